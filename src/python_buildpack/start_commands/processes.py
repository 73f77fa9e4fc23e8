"""The image's processes that are written down: in the Procfile, and BP_WEB_COMMAND.

https://devcenter.heroku.com/articles/procfile
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from python_buildpack.cnb.launch import Process
from python_buildpack.start_commands.command_line import (
    NoCommandError,
    argument_vector,
    without_runner,
)
from python_buildpack.system.errors import UserError
from python_buildpack.system.text import place_text
from python_buildpack.system.text_file import read_text_file

# The version of each installed distribution, by its normalised name.
Installed = Mapping[str, str]
PROCFILE = "Procfile"
_LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+)\s*:(?P<command>.*)")


@dataclass(frozen=True)
class StartCommand:
    """A process of the image, or one that it might have.

    Attributes:
        runner: what stood before the command, such as "uv run"; "" for nothing.
    """

    name: str
    text: str
    command: tuple[str, ...]
    source: str
    line: int | None
    runner: str = ""

    @classmethod
    def of(cls, name: str, text: str, source: str, line: int | None = None) -> StartCommand:
        """Return the process of a command line.

        Raises:
            NoCommandError: it can't be started.
        """
        return cls(name, text, argument_vector(text), source, line)

    @property
    def place(self) -> str:
        """Where it comes from, such as "app.py:2"."""
        return place_text(self.source, self.line)

    @property
    def procfile_line(self) -> str:
        """The line of a Procfile that chooses it."""
        return f"{self.name}: {self.text}"


@dataclass(eq=False)
class InvalidProcfileLineError(UserError):
    """A line of the Procfile isn't of the form ``name: command``, or its command can't work."""

    line: int
    text: str
    problem: str


@dataclass(eq=False)
class DuplicateProcessError(UserError):
    """The Procfile has two lines for one process; ``lines`` counted from 1."""

    name: str
    lines: tuple[int, int]


def read_procfile(app_dir: Path) -> tuple[StartCommand, ...]:
    """Read the app's Procfile, or ().

    Raises:
        InvalidProcfileLineError, DuplicateProcessError: it means nothing.
    """
    text = read_text_file(app_dir, PROCFILE)
    return () if text is None else parse_procfile(text)


def parse_procfile(text: str) -> tuple[StartCommand, ...]:
    """Parse the contents of a Procfile; blank lines and comments are passed over.

    Raises:
        InvalidProcfileLineError, DuplicateProcessError: it means nothing.
    """
    found: dict[str, StartCommand] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        written = line.strip()
        if not written or written.startswith("#"):
            continue
        command = _parse_line(number, written)
        before = found.setdefault(command.name, command)
        if before is not command:
            raise DuplicateProcessError(command.name, (before.line or 1, number))
    return tuple(found.values())


def _parse_line(number: int, line: str) -> StartCommand:
    match = _LINE.fullmatch(line)
    if match is None:
        raise InvalidProcfileLineError(number, line, "it is not of the form name: command")
    text = match["command"].strip()
    if not text:
        raise InvalidProcfileLineError(number, line, "it has no command")
    try:
        return StartCommand.of(match["name"], text, PROCFILE, number)
    except NoCommandError as error:
        raise InvalidProcfileLineError(number, line, str(error)) from None


WEB = "web"
RELOAD = "reload"
BP_WEB_COMMAND = "BP_WEB_COMMAND"


@dataclass(eq=False)
class InvalidWebCommandError(UserError):
    """BP_WEB_COMMAND can't be a command; ``problem`` says why. It isn't shown: it may be secret."""

    problem: str


def read_start_commands(app_dir: Path, web_command: str | None) -> tuple[StartCommand, ...]:
    """Return the commands that the app or the user has written down, each process once.

    Args:
        web_command: BP_WEB_COMMAND, which replaces the Procfile's web process.

    Raises:
        InvalidWebCommandError: ``web_command`` means nothing.
    """
    found = read_procfile(app_dir)
    if web_command is not None:
        try:
            web = StartCommand.of(WEB, web_command, BP_WEB_COMMAND)
        except NoCommandError as error:
            raise InvalidWebCommandError(str(error)) from None
        found = (web, *(other for other in found if other.name != WEB))
    return tuple(map(_without_runner, found))


def _without_runner(command: StartCommand) -> StartCommand:
    text, runner = without_runner(command.text)
    if not runner:
        return command
    stripped = StartCommand.of(command.name, text, command.source, command.line)
    return replace(stripped, runner=runner)


def default_process(
    commands: Sequence[StartCommand], *, live_reload: bool = False
) -> StartCommand | None:
    """Return the process that the image starts: ``web``, or the only one there is.

    Args:
        live_reload: whether ``reload`` comes before, where there is one.
    """
    by_name = {each.name: each for each in commands}
    if live_reload and RELOAD in by_name:
        return by_name[RELOAD]
    return by_name.get(WEB, commands[0] if len(commands) == 1 else None)


def processes(
    commands: Sequence[StartCommand], default: StartCommand | None, working_dir: str = ""
) -> tuple[Process, ...]:
    """Return the image's processes, of which it starts ``default``."""
    return tuple(
        Process(each.name, each.command, default=each is default, working_dir=working_dir)
        for each in commands
    )
