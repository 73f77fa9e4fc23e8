"""What the image starts: what is written down, or else what the app's code tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_buildpack.app.files import AppFiles
from python_buildpack.start_commands.command_checks import CommandNotice, check_commands
from python_buildpack.start_commands.processes import (
    BP_WEB_COMMAND,
    PROCFILE,
    RELOAD,
    Installed,
    StartCommand,
    default_process,
)

if TYPE_CHECKING:
    from python_buildpack.start_commands.live_reload import ReloadUnavailable
    from python_buildpack.start_commands.missing_imports import ImportNotice
    from python_buildpack.start_commands.results import Ambiguous, DetectionNotice, NotDetected

    StartWarning = (
        Ambiguous | NotDetected | DetectionNotice | ImportNotice | CommandNotice | ReloadUnavailable
    )


@dataclass(frozen=True)
class StartCommands:
    """What the image starts.

    Attributes:
        default: the one that is started where no other is named, or None.
        framework: that the code of the web process uses, such as "Flask", if that is known.
    """

    commands: tuple[StartCommand, ...] = ()
    default: StartCommand | None = None
    framework: str | None = None
    warnings: tuple[StartWarning, ...] = ()

    @property
    def are_detected(self) -> bool:
        """Whether any process comes from the app's code."""
        return any(each.source not in (PROCFILE, BP_WEB_COMMAND) for each in self.commands)


def determine_start_commands(
    files: AppFiles,
    written: tuple[StartCommand, ...],
    installed: Installed,
    *,
    live_reload: bool = False,
    environment: Mapping[str, str] | None = None,
    directory: str = "",
) -> StartCommands:
    """Return what the image starts.

    Where only the web process is written down, and there is no Procfile, the rest is what the
    code tells.

    Args:
        directory: whose code is looked at, relative to the app; "" for all of it.
    """
    app_dir = files.directory
    commands, framework = written, None
    warnings: tuple[StartWarning, ...] = ()
    if not (app_dir / PROCFILE).is_file() or not written:
        from python_buildpack.start_commands.detection import detect_start_commands
        from python_buildpack.start_commands.missing_imports import check_process_imports
        from python_buildpack.start_commands.results import Detected
        from python_buildpack.start_commands.source_tree import read_source_tree

        tree = read_source_tree(app_dir, directory)
        detection = detect_start_commands(
            tree, files, installed, has_web=bool(written), environment=environment
        )
        if isinstance(detection, Detected):
            commands = (*written, *detection.processes)
            framework = detection.framework
            checked = check_process_imports(tree, detection.processes, installed)
            warnings = (*detection.notices, *checked)
        else:
            warnings = (detection,)
    warnings = (*warnings, *check_commands(app_dir, commands, installed))
    if live_reload:
        from python_buildpack.start_commands.live_reload import determine_reload

        reload = determine_reload(commands, installed)
        if isinstance(reload, StartCommand):
            commands = (*(each for each in commands if each.name != RELOAD), reload)
        else:
            warnings = (*warnings, reload)
    default = default_process(commands, live_reload=live_reload)
    return StartCommands(commands, default, framework, warnings)
