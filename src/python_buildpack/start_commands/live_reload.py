"""The ``reload`` process: the app's default process, started again when its code changes.

A server's own way is used where it has one. Everything else is started by watchfiles, if the app
has that among its dependencies.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from python_buildpack.start_commands.command_checks import PROGRAMS, Program
from python_buildpack.start_commands.command_line import last_command
from python_buildpack.start_commands.processes import (
    RELOAD,
    Installed,
    StartCommand,
    default_process,
)

WATCHFILES = "watchfiles"
_PROGRAMS = {**PROGRAMS, "manage.py": Program(subcommand="runserver", reload="")}
_ASSIGNMENTS = r"(?:[A-Za-z_]\w*=(?:[^\s\"';&|<>()`]|\"[^\"]*\"|'[^']*')*\s+)*"
_EXECUTED = re.compile(rf"\s*{_ASSIGNMENTS}exec\s")
# A module's name may be `run`, too, as in `flask --app run run`.
_START = re.compile(
    rf"\s*(?:exec\s+)?(?:env\s+)?{_ASSIGNMENTS}(?:python[\d.]*\s+(?:-m\s+)?(?!-))?"
    r"(?P<program>[^\s;&|<>()\"'`$]+)"
    r"(?P<run>(?:\s+(?:--app|-A)[\s=]\S+)?\s+(?P<subcommand>run|runserver)(?=\s|$))?"
)
# What keeps the code that a server has loaded from being loaded again.
_AGAINST_RELOADING = re.compile(r"\s--(?:preload|noreload)(?=\s|$)")


class Reason(Enum):
    """Why there is no ``reload`` process."""

    NO_PROCESS = "there is no process to make it of"
    SHELL = "a shell stays around the command"
    PROGRAM = "the program can't do it"


@dataclass(frozen=True)
class ReloadUnavailable:
    """There is no ``reload`` process."""

    reason: Reason
    process: StartCommand | None = None
    program: str = ""


def determine_reload(
    commands: Sequence[StartCommand], installed: Installed
) -> StartCommand | ReloadUnavailable:
    """Return the ``reload`` process: the one that is written down, or else one made of the default."""
    written = next((each for each in commands if each.name == RELOAD), None)
    if written is not None:
        return written
    base = default_process(commands)
    if base is None:
        return ReloadUnavailable(Reason.NO_PROCESS)
    split = last_command(base.text)
    if split is None:
        return ReloadUnavailable(Reason.SHELL, base)
    before, last = split
    start = _START.match(last)
    program = start["program"].rpartition("/")[2] if start is not None else ""
    reloading = _reloading(last, start, installed) if start is not None else None
    if reloading is not None:
        return StartCommand.of(RELOAD, before + reloading, base.source, base.line)
    # A shell that stays wouldn't hand on the signal that ends the command.
    if base.command[:2] == ("sh", "-c"):
        started = last_command(base.command[2])
        if started is None or _EXECUTED.match(started[1]) is None:
            return ReloadUnavailable(Reason.SHELL, base)
    if WATCHFILES not in installed:
        return ReloadUnavailable(Reason.PROGRAM, base, program)
    options = ("--filter", "python", "--target-type", "command")
    command = (WATCHFILES, *options, shlex.join(base.command), ".")
    return replace(base, name=RELOAD, text=shlex.join(command), command=command)


def _reloading(command: str, start: re.Match[str], installed: Installed) -> str | None:
    """Return a command with the program's own option; None if it has none."""
    name = start["program"].rpartition("/")[2]
    program = _PROGRAMS.get(name, Program())
    end = start.end() if program.subcommand else start.end("program")
    is_server = program.subcommand in ("", start["subcommand"])
    # https://github.com/emmett-framework/granian#options
    needs_watchfiles = name == "granian" and WATCHFILES not in installed
    # It looks at the modules that are loaded at the start; Django loads most of an app with the
    # first request.
    is_late = name == "hypercorn" and "django" in installed
    option = program.reload
    if option is None or not is_server or needs_watchfiles or is_late:
        return None
    rest = _AGAINST_RELOADING.sub("", command[end:])
    is_there = not option or f" {option} " in f"{command} "
    return command[:end] + (rest if is_there else f" {option}{rest}")
