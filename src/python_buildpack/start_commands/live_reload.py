"""The ``reload`` process: the app's default process, started again when its code changes.

A server's own way is used where it has one. Everything else is started by watchfiles, if the app
has that among its dependencies.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from python_buildpack.start_commands.command_line import argument_vector, last_command
from python_buildpack.start_commands.frameworks import DJANGO_WSGI
from python_buildpack.start_commands.processes import RELOAD, default_process
from python_buildpack.start_commands.procfile import StartCommand

# Not debuggers and debug modes, which run what a request says, and show the app's secrets.
_RELOAD = "--reload"
_SERVERS: Mapping[str, str] = {
    "gunicorn": _RELOAD,
    "uvicorn": _RELOAD,
    "hypercorn": _RELOAD,
    "granian": _RELOAD,
    "sanic": "--auto-reload",
}
# The programs whose option belongs to their subcommand ``run``.
_RUNNERS: Mapping[str, str] = {
    "fastapi": _RELOAD,
    "flask": _RELOAD,
    "litestar": _RELOAD,
    "quart": _RELOAD,
    # It always reads a changed file for the next visitor; with this, open pages follow, too.
    "streamlit": "--server.runOnSave true",
}
WATCHFILES = "watchfiles"
_ASSIGNMENTS = r"(?:[A-Za-z_]\w*=(?:[^\s\"';&|<>()`]|\"[^\"]*\"|'[^']*')*\s+)*"
_START = re.compile(
    rf"\s*(?:exec\s+)?(?:env\s+)?{_ASSIGNMENTS}"
    r"(?:python[\d.]*\s+-m\s+)?(?P<program>[^\s;&|<>()\"'`$]+)"
)
# Not the module of that name, as in `flask --app run run`.
_RUN = re.compile(r"(?<!\s--app)(?<!\s-A)\srun(?=\s|$)")
_RUNSERVER = re.compile(r"python[\d.]*\s+(\S*/)?manage\.py\s+runserver(?=\s|$)")
# What keeps the code that a server has loaded from being loaded again.
_AGAINST_RELOADING = re.compile(r"\s--(?:preload|noreload)(?=\s|$)")


class Obstacle(Enum):
    """Why there is no ``reload`` process."""

    NO_PROCESS = "there is no process to make it of"
    SHELL = "a shell stays around the command"
    PROGRAM = "the program can't do it"


@dataclass(frozen=True)
class NoReload:
    """There is no ``reload`` process.

    Attributes:
        obstacle: why.
        process: that it would have been made of; None where there is none.
        program: of that process; "" where none can be made out.
    """

    obstacle: Obstacle
    process: StartCommand | None = None
    program: str = ""


def determine_reload(
    commands: Sequence[StartCommand], installed: Mapping[str, str]
) -> StartCommand | NoReload:
    """Return the ``reload`` process: the one that is written down, or else one made of the default.

    Args:
        commands: the image's processes.
        installed: the version of each installed distribution, by its normalised name.
    """
    written = next((each for each in commands if each.name == RELOAD), None)
    if written is not None:
        return written
    base = default_process(commands)
    if base is None:
        return NoReload(Obstacle.NO_PROCESS)
    split = last_command(base.text)
    if split is None:
        return NoReload(Obstacle.SHELL, base)
    before, last = split
    start = _START.match(last)
    program = start["program"].rpartition("/")[2] if start is not None else ""
    reloading = _reloading(last, start.end() if start is not None else 0, program, installed)
    if reloading is not None:
        text = before + reloading
        return replace(base, name=RELOAD, text=text, command=argument_vector(text))
    if _leaves_a_shell(base.command):
        return NoReload(Obstacle.SHELL, base)
    if WATCHFILES not in installed:
        return NoReload(Obstacle.PROGRAM, base, program)
    options = ("--filter", "python", "--target-type", "command")
    command = (WATCHFILES, *options, shlex.join(base.command), ".")
    return replace(base, name=RELOAD, text=shlex.join(command), command=command)


def _leaves_a_shell(command: tuple[str, ...]) -> bool:
    """Tell whether a shell stays, which wouldn't hand on the signal that ends the command."""
    if command[:2] != ("sh", "-c"):
        return False
    split = last_command(command[2])
    return split is None or re.match(rf"\s*{_ASSIGNMENTS}exec\s", split[1]) is None


def _reloading(command: str, end: int, program: str, installed: Mapping[str, str]) -> str | None:
    """Return a command with the program's own option; None where it has none.

    Args:
        command: a simple one.
        end: of the program's name in it.
        program: its name.
        installed: the version of each installed distribution, by its normalised name.
    """
    if _RUNSERVER.search(command):
        return _AGAINST_RELOADING.sub("", command)
    option = _SERVERS.get(program) if _can_reload(program, installed) else None
    if program in _RUNNERS:
        run = _RUN.search(command, end)
        if run is None:
            return None
        option, end = _RUNNERS[program], run.end()
    if option is None:
        return None
    if f" {option} " in f"{command} ":
        return command
    return f"{command[:end]} {option}{_AGAINST_RELOADING.sub('', command[end:])}"


def _can_reload(program: str, installed: Mapping[str, str]) -> bool:
    """Tell whether the option of a server has the effect that it should have."""
    if program == "granian":
        # https://github.com/emmett-framework/granian#options
        return WATCHFILES in installed
    # It looks at the modules that are loaded at the start; Django loads most of an app with the
    # first request.
    return program != "hypercorn" or DJANGO_WSGI.distribution not in installed
