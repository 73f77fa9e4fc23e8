"""Running other programs."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.system.errors import InternalError
from python_buildpack.system.redaction import redact_urls

# Enough for any diagnosis, little enough for a build that prints for an hour.
_KEPT_LINES = 4000


@dataclass(eq=False)
class CommandFailedError(InternalError):
    """A program that has no reason to fail failed, or could not be started."""

    command: tuple[str, ...]
    exit_status: int | None
    output: str


@dataclass(frozen=True)
class CommandResult:
    """What a program left: its exit status (negative: the signal that ended it), its output."""

    exit_status: int
    output: str


def run_command(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    working_dir: Path,
    on_line: Callable[[str], None] = lambda _line: None,
) -> CommandResult:
    """Run ``command`` and hand on each line of its output as it comes.

    Standard error is merged into standard output; credentials in URLs are masked in both the
    lines and the result. The last 4,000 lines are kept.

    Raises:
        CommandFailedError: the program could not be started.
    """
    argv = tuple(str(argument) for argument in command)
    lines: deque[str] = deque(maxlen=_KEPT_LINES)
    try:
        process = subprocess.Popen(
            argv,
            env=dict(environment),
            cwd=working_dir,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise CommandFailedError(argv, None, str(error)) from None
    with process:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        for raw in process.stdout:
            line = redact_urls(raw.rstrip("\n"))
            lines.append(line)
            on_line(line)
    return CommandResult(process.returncode, "\n".join(lines))


def check_command(
    command: Sequence[str | Path], *, environment: Mapping[str, str], working_dir: Path
) -> str:
    """Run a command that has no reason to fail and return its output.

    Raises:
        CommandFailedError: it failed all the same.
        DiskFullError, OutOfMemoryError: the machine hasn't got what it takes.
    """
    result = run_command(command, environment=environment, working_dir=working_dir)
    if result.exit_status != 0:
        from python_buildpack.system.machine import diagnose_machine

        argv = tuple(str(argument) for argument in command)
        error = diagnose_machine(result.output, result.exit_status, Path(argv[0]).name)
        if error is not None:
            raise error
        raise CommandFailedError(argv, result.exit_status, result.output)
    return result.output


def with_first_on_path(environment: Mapping[str, str], directory: Path) -> dict[str, str]:
    """Return ``environment`` in which the programs of ``directory`` are found first."""
    path = environment.get("PATH", "")
    return {**environment, "PATH": f"{directory}:{path}" if path else str(directory)}
