"""The development environment: ``.venv`` with the hash-pinned packages of requirements/dev.txt."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.console import say
from tools.errors import ToolError

# The first two would have pip install elsewhere or not at all; the rest would have another Python
# than the environment's own, or its packages, take part.
_MISLEADING_VARIABLES = frozenset(
    {
        *("PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV", "PIP_ROOT", "PIP_TARGET", "PIP_USER"),
        *("PIP_PYTHON", "PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "VIRTUAL_ENV"),
    }
)


def ensure_dev_environment(root: Path) -> Path:
    """Return the Python of ``root/.venv``, which has the packages of requirements/dev.txt.

    It is made on first use, and again when requirements/dev.txt has changed. One whose making was
    cut off has no stamp, and is made again from scratch.

    Args:
        root: the checkout.

    Raises:
        ToolError: the environment can't be made, or the packages can't be installed.
    """
    requirements = root / "requirements" / "dev.txt"
    environment = root / ".venv"
    python = environment / "bin" / "python"
    stamp = environment / "requirements.sha256"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    with locked(root / ".cache" / "venv.lock"):
        if python.exists() and stamp.exists() and stamp.read_text().strip() == wanted:
            return python
        say(f"Making {environment} from requirements/dev.txt (about half a minute, once)")
        _run(
            [sys.executable, "-m", "venv", "--clear", str(environment)],
            f"{sys.executable} can't make a virtual environment."
            " On Debian and Ubuntu, install the package python3-venv.",
        )
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command += ["--require-hashes", "--timeout=30", "--retries=5", "-r", str(requirements)]
        _run(command, "The development packages could not be installed; see pip's output above.")
        stamp.write_text(f"{wanted}\n")
    return python


def pip_environment() -> dict[str, str]:
    """Return this process's environment without what makes pip install elsewhere.

    Indexes, proxies and certificates of the user's are kept.
    """
    return {name: value for name, value in os.environ.items() if name not in _MISLEADING_VARIABLES}


def _run(command: Sequence[str], failure: str) -> None:
    if subprocess.run(command, env=pip_environment(), check=False).returncode != 0:
        raise ToolError(failure)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock, so that two tools started at once don't make the same thing both."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
