"""Commands that are measured, or that lead to what is measured."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.errors import ToolError

_SHOWN_CHARACTERS = 2000


def timed_command(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> float:
    """Run a command and return its seconds; what was written before it is on the disk.

    Raises:
        ToolError: it failed; the text has the end of its output.
    """
    os.sync()
    started = time.monotonic()
    run_command(command, cwd, environment)
    return time.monotonic() - started


def run_command(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> None:
    """Run a command in exactly this environment.

    Raises:
        ToolError: it failed; the text has the end of its output.
    """
    result = subprocess.run(
        command,
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        end = result.stdout[-_SHOWN_CHARACTERS:]
        raise ToolError(f"{' '.join(command)} failed:\n{end}")
