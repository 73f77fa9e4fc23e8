"""What the image starts, and what the log says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from python_buildpack.messages.start_commands import start_command_lines
from python_buildpack.start_commands.command_checks import check_commands
from python_buildpack.start_commands.processes import BP_WEB_COMMAND, RELOAD, default_process
from python_buildpack.start_commands.procfile import PROCFILE, StartCommand
from python_buildpack.system.output import Output

_FOUND = "Found in the app's files; a Procfile or BP_WEB_COMMAND chooses others"


@dataclass(frozen=True)
class StartCommands:
    """What the image starts.

    Attributes:
        commands: the processes.
        default: the one that is started where no other is named; None where there is none.
        framework: that the code of the web process uses, such as "Flask", if that is known.
    """

    commands: tuple[StartCommand, ...] = ()
    default: StartCommand | None = None
    framework: str | None = None


def import_detection() -> None:
    """Import what reads the app's code: a quarter of what a build imports, and not always needed."""
    import_module("python_buildpack.start_commands.declared_scripts")
    import_module("python_buildpack.messages.detected_commands")


def determine_start_commands(
    app_dir: Path,
    written: tuple[StartCommand, ...],
    installed: Mapping[str, str],
    output: Output,
    *,
    live_reload: bool = False,
    flask_app: str | None = None,
    directory: str = "",
) -> StartCommands:
    """Return what is written down, or else what the app's code tells, and show it.

    Where only the web process is written down, and there is no Procfile, the rest is what the
    code tells.

    Args:
        app_dir: the app.
        written: in the Procfile or by the user.
        installed: the version of each installed distribution, by its normalised name.
        output: the log.
        live_reload: whether there shall be a process that follows changes of the code.
        flask_app: the variable FLASK_APP of the build.
        directory: whose code is looked at, relative to the app; "" for all of it.
    """
    commands, framework = written, None
    if not (app_dir / PROCFILE).is_file() or not written:
        found, framework = _detected(
            app_dir,
            installed,
            output,
            has_web=bool(written),
            flask_app=flask_app,
            directory=directory,
        )
        commands = (*written, *found)
    _check(app_dir, commands, installed, output)
    if live_reload:
        commands = _with_reload(commands, installed, output)
    default = default_process(commands, live_reload=live_reload)
    if commands:
        output.section("Start commands")
    for line in start_command_lines(commands, default.name if default is not None else None):
        output.line(line)
    if any(each.source not in (PROCFILE, BP_WEB_COMMAND) for each in commands):
        output.line(_FOUND)
    return StartCommands(commands, default, framework)


def _check(
    app_dir: Path, commands: tuple[StartCommand, ...], installed: Mapping[str, str], output: Output
) -> None:
    for notice in check_commands(app_dir, commands, installed):
        # Imported here: few builds have anything to say.
        from python_buildpack.messages.command_checks import command_notice

        message = command_notice(notice)
        output.warning(message.heading, message.body)


def _with_reload(
    commands: tuple[StartCommand, ...], installed: Mapping[str, str], output: Output
) -> tuple[StartCommand, ...]:
    # Imported here: few builds ask for it.
    from python_buildpack.messages.live_reload import no_reload_warning
    from python_buildpack.start_commands.live_reload import NoReload, determine_reload

    reload = determine_reload(commands, installed)
    if isinstance(reload, NoReload):
        warning = no_reload_warning(reload)
        output.warning(warning.heading, warning.body)
        return commands
    return (*(each for each in commands if each.name != RELOAD), reload)


def _detected(
    app_dir: Path,
    installed: Mapping[str, str],
    output: Output,
    *,
    has_web: bool,
    flask_app: str | None,
    directory: str,
) -> tuple[tuple[StartCommand, ...], str | None]:
    """Return the processes that the code tells of, and the framework of the web process."""
    # Imported here: an app with a Procfile needs nothing of it.
    from python_buildpack.messages.detected_commands import (
        ambiguous_warning,
        nothing_warning,
        start_command_notice,
    )
    from python_buildpack.start_commands.below import below
    from python_buildpack.start_commands.declared_scripts import read_declared_project
    from python_buildpack.start_commands.detected import (
        Ambiguous,
        Found,
        detect_start_commands,
    )

    project = read_declared_project(app_dir / directory)
    detected = below(
        directory,
        detect_start_commands(
            app_dir / directory, installed, project, has_web=has_web, flask_app=flask_app
        ),
    )
    if isinstance(detected, Found):
        messages = [start_command_notice(notice) for notice in detected.notices]
    elif isinstance(detected, Ambiguous):
        messages = [ambiguous_warning(detected)]
    else:
        messages = [nothing_warning(detected)]
    for message in messages:
        output.warning(message.heading, message.body)
    return (detected.processes, detected.framework) if isinstance(detected, Found) else ((), None)
