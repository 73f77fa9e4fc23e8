"""The user's own command, run in the build once the dependencies are installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.environment.local_source import file_states, written_files
from python_buildpack.system.command import run_command
from python_buildpack.system.errors import UserError
from python_buildpack.system.machine import diagnose_machine
from python_buildpack.system.output import Output

BP_BUILD_COMMAND = "BP_BUILD_COMMAND"
_LAST_LINES = 10


@dataclass(eq=False)
class BuildCommandFailedError(UserError):
    """BP_BUILD_COMMAND failed; ``lines`` are the last that it printed."""

    exit_status: int
    lines: tuple[str, ...]


@dataclass(eq=False)
class ChangedLayersError(UserError):
    """BP_BUILD_COMMAND changed files of layers; ``paths`` begin with the layers' names."""

    paths: tuple[str, ...]


def run_build_command(
    command: str,
    app_dir: Path,
    layers_dir: Path,
    environment: Mapping[str, str],
    output: Output,
) -> None:
    """Run the command in the app's directory, by a shell that stops at the first failure.

    Raises:
        BuildCommandFailedError: it failed.
        DiskFullError, OutOfMemoryError: the machine hasn't got what it takes.
        ChangedLayersError: a layer isn't the one any more that the next build would reuse.
    """
    output.section("Build command")
    before = file_states(layers_dir)
    with output.timed(f"Running {BP_BUILD_COMMAND}"):
        result = run_command(
            ["sh", "-ec", command],
            environment=environment,
            working_dir=app_dir,
            on_line=output.command_line,
        )
        if status := result.exit_status:
            lines = [line for line in result.output.splitlines() if line.strip()]
            raise diagnose_machine(
                result.output, status, BP_BUILD_COMMAND
            ) or BuildCommandFailedError(status, tuple(lines[-_LAST_LINES:]))
    if changed := written_files(before, file_states(layers_dir)):
        raise ChangedLayersError(changed)
