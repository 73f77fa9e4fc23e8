"""Wording for start commands."""

from __future__ import annotations

from collections.abc import Sequence

from python_buildpack.messages.links import SYSTEM_PACKAGES
from python_buildpack.messages.message import text_for
from python_buildpack.messages.warning import show_warning
from python_buildpack.start_commands.command_checks import (
    BrowsersNotice,
    GunicornNotice,
    LoopbackNotice,
    MissingProgramNotice,
)
from python_buildpack.start_commands.determination import StartCommands
from python_buildpack.start_commands.processes import (
    DuplicateProcessError,
    InvalidProcfileLineError,
    InvalidWebCommandError,
    StartCommand,
)
from python_buildpack.system.output import Output
from python_buildpack.system.text import printable

_FORM = """\
Write each line as a process and its command:
  web: gunicorn --bind 0.0.0.0:$PORT app:app"""
_DETECTED = "Detected in the app's files; to choose others, use a Procfile or BP_WEB_COMMAND"


def show_start_commands(start: StartCommands, output: Output) -> None:
    """Log the image's processes, and warnings about them."""
    for each in start.warnings:
        show_warning(each, output)
    if not start.commands:
        return
    output.section("Start commands")
    for line in start_command_lines(start.commands, start.default):
        output.line(line)
    if start.are_detected:
        output.line(_DETECTED)


def _without(runner: str) -> str:
    return f", without {runner}" if runner else ""


def start_command_lines(
    commands: Sequence[StartCommand], default: StartCommand | None
) -> list[str]:
    """Return the log lines for the image's processes."""
    return [
        f"Process {each.name}: {printable(each.text)} ({each.place}{_without(each.runner)})"
        + (", the default" if each is default else "")
        for each in commands
    ]


@text_for.register
def _loopback(warning: LoopbackNotice) -> str:
    command = warning.command
    condition = " unless PORT is set" if warning.without_port else ""
    return f"""\
The process {command.name} listens on 127.0.0.1{condition}
{command.place}: {printable(command.text)}

It can't be reached from outside of the container. Add the address to the command:
  {warning.advice}"""


@text_for.register
def _gunicorn(warning: GunicornNotice) -> str:
    setuptools = (
        f"setuptools {warning.setuptools} no longer has it"
        if warning.setuptools is not None
        else "setuptools isn't installed"
    )
    return f"""\
gunicorn {warning.gunicorn} can't start
It imports pkg_resources, and {setuptools}.

Use gunicorn 21 or newer, or add setuptools<82 to the dependencies."""


@text_for.register
def _browsers(warning: BrowsersNotice) -> str:
    return f"""\
{warning.distribution} needs a browser, which the image doesn't have
The package downloads browsers with a command of its own, and they need system packages.

Connect to a browser that runs elsewhere, or add one and its packages:
{SYSTEM_PACKAGES}#browsers"""


@text_for.register
def _missing_program(warning: MissingProgramNotice) -> str:
    command = warning.command
    return f"""\
The process {command.name} can't start: {warning.program} isn't installed
{command.place}: {printable(command.text)}

Add {warning.distribution} to the dependencies, or change the command. The image has no package
managers: remove prefixes such as pdm run."""


@text_for.register
def _(error: InvalidProcfileLineError) -> str:
    return f"""\
Invalid line in the Procfile
Procfile:{error.line}: {printable(error.text)}
Problem: {error.problem}.

{_FORM}"""


@text_for.register
def _(error: DuplicateProcessError) -> str:
    first, second = error.lines
    return f"""\
The Procfile has two commands for {error.name}
Lines {first} and {second}.

Remove or rename one of them."""


@text_for.register
def _(error: InvalidWebCommandError) -> str:
    return f"""\
Invalid BP_WEB_COMMAND
Problem: {error.problem}.

Set it to the command that starts the app, such as: gunicorn --bind 0.0.0.0:$PORT app:app"""
