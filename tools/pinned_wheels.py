"""Wheels that are pinned by version and sha256, downloaded by pip and kept in ``.cache/wheels``."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.console import say
from tools.environment import ensure_dev_environment, pip_environment
from tools.errors import ToolError

_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[A-Za-z0-9.!+_]+)")
_HASH = re.compile(r"--hash=sha256:(?P<digest>[0-9a-f]{64})")


@dataclass(frozen=True)
class PinnedRequirement:
    """One line of a requirements file: a version, and the digests of its files."""

    name: str
    version: str
    sha256s: frozenset[str]


def parse_pinned_requirements(contents: str) -> tuple[PinnedRequirement, ...]:
    """Parse a requirements file of ``name==version --hash=sha256:…`` lines.

    Raises:
        ToolError: a line has another form, or no hash.
    """
    requirements = []
    lines = contents.replace("\\\n", " ").splitlines()
    for line in (line.strip() for line in lines):
        if not line or line.startswith("#"):
            continue
        pin = _PIN.match(line)
        digests = frozenset(match["digest"] for match in _HASH.finditer(line))
        if pin is None or not digests:
            raise ToolError(f"Not pinned by version and sha256: {line}")
        requirements.append(PinnedRequirement(_normalised(pin["name"]), pin["version"], digests))
    return tuple(requirements)


def ensure_wheels(root: Path, requirements: Path) -> tuple[Path, ...]:
    """Return the pure-Python wheels that ``requirements`` pins, in its order.

    They are downloaded on first use; each time, their digests are compared with the pinned ones.

    Args:
        root: the checkout; the wheels are kept in ``root/.cache/wheels``.
        requirements: a requirements file that names each package's dependencies too.

    Raises:
        ToolError: the file is not fully pinned, or a wheel can't be downloaded.
    """
    cache_dir = root / ".cache" / "wheels"
    pinned = parse_pinned_requirements(requirements.read_text("utf-8"))
    wheels = [_cached_wheel(cache_dir, requirement) for requirement in pinned]
    if None in wheels:
        _download(root, requirements, cache_dir)
        wheels = [_cached_wheel(cache_dir, requirement) for requirement in pinned]
    found = tuple(wheel for wheel in wheels if wheel is not None)
    if len(found) != len(pinned):
        raise ToolError(f"pip did not download every wheel of {requirements}.")
    return found


def _cached_wheel(cache_dir: Path, requirement: PinnedRequirement) -> Path | None:
    for wheel in sorted(cache_dir.glob("*.whl")):
        # https://packaging.python.org/en/latest/specifications/binary-distribution-format/
        name, version = wheel.name.split("-")[:2]
        if (_normalised(name), version) == (
            requirement.name,
            requirement.version,
        ) and hashlib.sha256(wheel.read_bytes()).hexdigest() in requirement.sha256s:
            return wheel
    return None


def _download(root: Path, requirements: Path, cache_dir: Path) -> None:
    say(f"Downloading the wheels of requirements/{requirements.name}")
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir) as temporary:
        # The options ask for the pure wheel where there is a compiled one for this machine, too.
        command = [*pip_command(root), "download", "--quiet", "--disable-pip-version-check"]
        command += ["--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none"]
        command += ["--no-deps", "--require-hashes", "--timeout=30", "--retries=5"]
        command += ["--dest", temporary, "-r", str(requirements)]
        if subprocess.run(command, env=pip_environment(), check=False).returncode != 0:
            raise ToolError(
                f"The wheels of {requirements} could not be downloaded; see pip's output above."
                " Behind a proxy or with an index of your own, configure pip (pip config, PIP_*)."
            )
        for wheel in Path(temporary).glob("*.whl"):
            wheel.replace(cache_dir / wheel.name)


def pip_command(root: Path) -> list[str]:
    """Return the command that runs pip, before its arguments."""
    # Debian's python3 comes without pip; the development environment has one.
    has_pip = importlib.util.find_spec("pip") is not None
    return [sys.executable if has_pip else str(ensure_dev_environment(root)), "-m", "pip"]


def _normalised(name: str) -> str:
    # https://packaging.python.org/en/latest/specifications/name-normalization/
    return re.sub(r"[-_.]+", "-", name).lower()
