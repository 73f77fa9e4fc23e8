"""The image's processes: from BP_WEB_COMMAND, then the Procfile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from python_buildpack.cnb.launch import Process
from python_buildpack.start_commands.command_line import NoCommandError, without_runner
from python_buildpack.start_commands.procfile import StartCommand, read_procfile
from python_buildpack.system.errors import UserError

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
        BuildpackError: the Procfile can't be read, or means nothing.
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
