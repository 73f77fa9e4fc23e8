"""Wording for start commands."""

from __future__ import annotations

from collections.abc import Sequence

from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.start_commands.determination import StartCommands
from python_buildpack.start_commands.processes import InvalidWebCommandError
from python_buildpack.start_commands.procfile import (
    DuplicateProcessError,
    InvalidProcfileLineError,
    StartCommand,
)
from python_buildpack.system.output import Output
from python_buildpack.system.text import printable

_FORM = """\
Each line names a process and the command that starts it:
  web: gunicorn --bind 0.0.0.0:$PORT app:app"""


_DETECTED = "Found in the app's files; a Procfile or BP_WEB_COMMAND chooses others"


def show_start_commands(start: StartCommands, output: Output) -> None:
    """Write to the log what the image starts, and what is wrong with it."""
    for each in start.warnings:
        # Imported here: few builds have anything to say.
        from python_buildpack.messages.start_warnings import start_warning

        message = start_warning(each)
        output.warning(message.heading, message.body)
    if not start.commands:
        return
    output.section("Start commands")
    for line in start_command_lines(start.commands, start.default):
        output.line(line)
    if start.are_detected:
        output.line(_DETECTED)


def _without(runner: str) -> str:
    return f", without {runner}, which the image doesn't need" if runner else ""


def start_command_lines(
    commands: Sequence[StartCommand], default: StartCommand | None
) -> list[str]:
    """Return what the log says of the image's processes."""
    return [
        f"Process {each.name}: {printable(each.text)} ({each.place}{_without(each.runner)})"
        + (", the default" if each is default else "")
        for each in commands
    ]


@message_for.register
def _(error: InvalidProcfileLineError) -> UserMessage:
    return UserMessage(
        "Invalid line in the Procfile",
        f"""\
Procfile:{error.line}: {printable(error.text)}
Problem: {error.problem}.

{_FORM}""",
    )


@message_for.register
def _(error: DuplicateProcessError) -> UserMessage:
    first, second = error.lines
    return UserMessage(
        f"The Procfile has two commands for {error.name}",
        f"""\
Lines {first} and {second}.

Remove one of them, or give it another name.""",
    )


@message_for.register
def _(error: InvalidWebCommandError) -> UserMessage:
    return UserMessage(
        "Invalid BP_WEB_COMMAND",
        f"""\
Problem: {error.problem}.

Set it to what starts the app, such as: gunicorn --bind 0.0.0.0:$PORT app:app""",
    )
