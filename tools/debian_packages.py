"""Programs of Debian packages, installed where the machine is there to be changed: in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tools.console import say, section

_ATTEMPTS = 4


def find_program(program: str, package: str) -> Path | None:
    """Return a program's path, or None if this machine has none.

    With CI=true, as root and on a Debian, the package that has it is installed first.
    """
    if shutil.which(program) is None and os.environ.get("CI") == "true":
        install_packages([package])
    found = shutil.which(program)
    return Path(found) if found else None


def install_packages(packages: Sequence[str]) -> None:
    """Install Debian packages, as root on a Debian; elsewhere nothing happens."""
    if not packages or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    with section(f"Install {' '.join(packages)}"):
        _retry(["apt-get", "update"])
        _retry(["apt-get", "install", "--yes", "--no-install-recommends", *packages])


def _retry(command: Sequence[str]) -> None:
    # RUNLEVEL=1: a package's service is not started; invoke-rc.d(8) takes the level from it.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for attempt in range(1, _ATTEMPTS + 1):
        result = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        if result.returncode == 0:
            return
        say(f"    {' '.join(command)} failed:\n{result.stderr[-2000:]}")
        if attempt < _ATTEMPTS:
            time.sleep(5 * attempt)
