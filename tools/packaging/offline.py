"""What a buildpack for offline builds carries: Python's archives, and the wheels of its tools."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.digests import sha256_of
from tools.console import say
from tools.environment import pip_environment
from tools.errors import ToolError
from tools.packaging.runtime import choose_artifact, ensure_archive, read_runtimes
from tools.packaging.targets import Target
from tools.pinned_wheels import pip_command
from tools.runtimes.inventory_file import MACHINES, render_inventory
from tools.runtimes.inventory_file import Artifact as InventoryEntry

# Where the buildpack looks for them, below vendor/: layers/python.py and layers/index_tool.py.
_RUNTIMES, _WHEELS, _SERIES = "runtimes", "wheels", "series.txt"
# The oldest system that an image may be of has glibc 2.28; a tag names the oldest one that it is for.
_GLIBC = (28, 27, 26, 24, 17)
_LEGACY_TAGS = ("manylinux2014",)


@dataclass(frozen=True)
class Offline:
    """What is carried for one platform.

    Attributes:
        archives: by what the inventory says of each, the verified file.
        wheels: of the tools, for each of the bundled Pythons.
    """

    archives: dict[Artifact, Path]
    wheels: tuple[Path, ...]

    @property
    def series(self) -> tuple[str, ...]:
        """X.Y, or X.Yt, of each carried Python."""
        return tuple(dict.fromkeys(artifact.series for artifact in self.archives))

    @property
    def digest(self) -> str:
        """A digest of all of it, and of where the archives come from."""
        lines = [f"{each.version} {each.url} {each.sha256}" for each in self.archives]
        lines += [f"{wheel.name} {sha256_of(wheel)}" for wheel in self.wheels]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def fetch_offline(
    root: Path,
    inventory_file: Path,
    target: Target,
    versions: Sequence[str],
    tools: Sequence[Path],
) -> Offline | None:
    """Fetch what a platform's buildpack carries; None if the inventory has nothing for it.

    Args:
        root: the checkout, which keeps what was fetched in ``.cache``.
        inventory_file: has the archives.
        target: the platform.
        versions: each X.Y, for its newest release, or X.Y.Z; with a t for a free-threaded build.
        tools: requirements files with hashes.

    Raises:
        ToolError: the inventory has some of the versions only, or something can't be fetched.
    """
    inventory = read_runtimes(inventory_file)
    chosen = {each: choose_artifact(inventory, target, each, "--offline") for each in versions}
    found = [artifact for artifact in chosen.values() if artifact is not None]
    if not found:
        return None
    missing = [version for version, artifact in chosen.items() if artifact is None]
    if missing:
        raise ToolError(
            f"{inventory_file} has no Python {' and no '.join(missing)} for {target}."
            " Leave it out of --offline, or name another inventory with --inventory."
        )
    archives = {each: ensure_archive(each, root / ".cache" / "runtimes") for each in found}
    wheels = {
        wheel.name: wheel
        for series in dict.fromkeys(each.series for each in found)
        for requirements in tools
        for wheel in _ensure_wheels(root, requirements, target, series)
    }
    return Offline(archives, tuple(wheels[name] for name in sorted(wheels)))


def add_offline(offline: Offline, made: Path) -> None:
    """Put into a buildpack in the making what it carries, and an inventory of no more than that."""
    vendor = made / "vendor"
    for directory in (vendor / _RUNTIMES, vendor / _WHEELS):
        directory.mkdir()
    for artifact, archive in offline.archives.items():
        shutil.copyfile(archive, vendor / _RUNTIMES / f"{artifact.sha256}.tar.gz")
    for wheel in offline.wheels:
        shutil.copyfile(wheel, vendor / _WHEELS / wheel.name)
    series = "".join(f"{each}\n" for each in offline.series)
    (vendor / _WHEELS / _SERIES).write_text(series, encoding="utf-8")
    entries = [
        InventoryEntry(
            str(each.version),
            each.os,
            each.arch,
            each.url,
            each.sha256,
            each.libraries,
        )
        for each in offline.archives
    ]
    text = render_inventory(entries, source="scripts/package --offline")
    (made / "inventory.toml").write_text(text, encoding="utf-8")
    names = ", ".join(str(each.version) for each in offline.archives)
    say(f"  Carries Python {names} and {len(offline.wheels)} wheels of uv and Poetry")


def requirements_for(contents: str, target: Target, series: str) -> str:
    """Return the lines of a requirements file that hold for a Python, without their markers.

    pip, asked to download for another Python or platform, still judges markers by its own.
    """
    series = series.removesuffix("t")
    environment = {
        "implementation_name": "cpython",
        "implementation_version": f"{series}.0",
        "os_name": "posix",
        "platform_machine": MACHINES[target.arch],
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{series}.0",
        "python_version": series,
        "sys_platform": target.os,
        "extra": "",
    }
    kept = []
    lines = contents.replace("\\\n", " ").splitlines()
    for line in (line.strip() for line in lines):
        pin, _, options = line.partition(" --hash=")
        requirement, _, marker = pin.partition(";")
        if not line or line.startswith("#"):
            continue
        if not marker.strip() or Marker(marker.strip()).evaluate(environment):
            kept.append(f"{requirement.strip()} --hash={options}\n")
    return "".join(kept)


def _ensure_wheels(root: Path, requirements: Path, target: Target, series: str) -> list[Path]:
    """Return the wheels of a tool for a Python and a platform, downloaded on first use."""
    text = requirements_for(requirements.read_text("utf-8"), target, series)
    key = hashlib.sha256(f"{target} {series} {_GLIBC}\n{text}".encode()).hexdigest()[:16]
    directory = root / ".cache" / "offline-wheels" / f"{requirements.stem}-{series}-{key}"
    if not directory.is_dir():
        say(f"Downloading the wheels of {requirements.stem} for Python {series} on {target}")
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent) as temporary:
            _download(root, text, target, series, Path(temporary))
            (Path(temporary) / "wheels").rename(directory)
    wheels = sorted(directory.glob("*.whl"))
    pinned = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", text))
    altered = [wheel for wheel in wheels if sha256_of(wheel) not in pinned]
    if altered or len(wheels) != text.count("\n"):
        raise ToolError(f"{directory} is not what was downloaded; remove it, and try again.")
    return wheels


def _download(root: Path, text: str, target: Target, series: str, temporary: Path) -> None:
    file = temporary / "requirements.txt"
    file.write_text(text, encoding="utf-8")
    machine = MACHINES[target.arch]
    tags = [*(f"manylinux_2_{minor}" for minor in _GLIBC), *_LEGACY_TAGS]
    command = [*pip_command(root), "download", "--quiet", "--disable-pip-version-check"]
    command += ["--only-binary=:all:", "--python-version", series.removesuffix("t")]
    command += ["--implementation=cp"]
    if series.endswith("t"):
        command += [f"--abi=cp{series.replace('.', '')}", "--abi=none"]
    command += [f"--platform={tag}_{machine}" for tag in tags]
    command += ["--no-deps", "--require-hashes", "--timeout=30", "--retries=5"]
    command += ["--dest", str(temporary / "wheels"), "-r", str(file)]
    if subprocess.run(command, env=pip_environment(), check=False).returncode != 0:
        raise ToolError(
            "The wheels that an offline buildpack carries could not be downloaded; see pip's output"
            " above. Behind a proxy or with an index of your own, configure pip (pip config, PIP_*)."
        )
