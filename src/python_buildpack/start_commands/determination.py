"""What the image starts, and what the log says of it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from python_buildpack.error_messages.start_commands import start_command_lines
from python_buildpack.output import Output
from python_buildpack.start_commands.processes import processes
from python_buildpack.start_commands.procfile import StartCommand


def import_detection() -> None:
    """Import what reads the app's code: a quarter of what a build imports, and not always needed."""
    import_module("python_buildpack.start_commands.declared_scripts")
    import_module("python_buildpack.error_messages.detected_commands")


def determine_start_commands(
    app_dir: Path,
    written: tuple[StartCommand, ...],
    installed: Mapping[str, str],
    output: Output,
) -> tuple[StartCommand, ...]:
    """Return what is written down, or else what the app's code tells, and show it.

    Args:
        app_dir: the app.
        written: in the Procfile or by the user.
        installed: the version of each installed distribution, by its normalised name.
        output: the log.
    """
    commands = written or _detected(app_dir, installed, output)
    default = next((each.type for each in processes(commands) if each.default), None)
    for line in start_command_lines(commands, default):
        output.line(line)
    return commands


def _detected(
    app_dir: Path, installed: Mapping[str, str], output: Output
) -> tuple[StartCommand, ...]:
    # Imported here: an app with a Procfile needs nothing of it.
    from python_buildpack.error_messages.detected_commands import (
        ambiguous_warning,
        nothing_warning,
        start_command_notice,
    )
    from python_buildpack.start_commands.declared_scripts import read_declared_project
    from python_buildpack.start_commands.detected import (
        Ambiguous,
        Found,
        detect_start_commands,
    )

    detected = detect_start_commands(app_dir, installed, read_declared_project(app_dir))
    if isinstance(detected, Found):
        messages = [start_command_notice(notice) for notice in detected.notices]
    elif isinstance(detected, Ambiguous):
        messages = [ambiguous_warning(detected)]
    else:
        warning = nothing_warning(detected)
        messages = [warning] if warning is not None else []
    for message in messages:
        output.warning(message.heading, message.body)
    return detected.processes if isinstance(detected, Found) else ()
