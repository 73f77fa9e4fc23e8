"""The buildpack as tests and ``scripts/try`` use it: packaged, with Pythons to install.

The real archives are too large, and their host too often out of reach, for tests; interpreters
of this machine, packed the same way, go down the very same path.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.console import say
from tools.environment import locked
from tools.errors import ToolError
from tools.lifecycle_build import Buildpack
from tools.run_image import host_target

_PREFERRED_MINOR = "3.13"
_REACHABLE_SECONDS = 5.0


@dataclass(frozen=True)
class PreparedBuildpack:
    """A packaged buildpack.

    Attributes:
        buildpack: its directory, which lies in the checkout.
        runtimes_dir: archives of this machine's interpreters and their ``inventory.toml``;
            None where the real archives are used.
        versions: X.Y.Z of what ``runtimes_dir`` has, the newest first.
        cnb_files: what pack made of it.
    """

    buildpack: Buildpack
    runtimes_dir: Path | None
    versions: tuple[str, ...]
    cnb_files: tuple[Path, ...]


def prepare_with_local_runtimes(
    root: Path, pythons: Sequence[str], pack: Path | None = None, *, offline: bool = False
) -> PreparedBuildpack:
    """Package the buildpack into ``root/.cache`` with interpreters of this machine.

    Args:
        root: the checkout.
        pythons: arguments of scripts/local-runtime, such as ``--all``; none for the running one.
        pack: the pack program, for ``.cnb`` files.
        offline: whether the buildpack carries one of them for closed networks, its own.

    Raises:
        ToolError: a script fails; its messages are on this process's output.
    """
    with locked(root / ".cache" / "prepared.lock"):
        return _prepare_with_local_runtimes(root, pythons, pack, offline=offline)


def _prepare_with_local_runtimes(
    root: Path, pythons: Sequence[str], pack: Path | None, *, offline: bool
) -> PreparedBuildpack:
    # Each selection has a directory of its own: an inventory lists those of its last run only.
    name = "-".join(["local", *(re.sub(r"[^a-z0-9.]", "", python) for python in pythons)])
    runtimes_dir = root / ".cache" / "local-runtimes" / name
    _run_script(root, "local-runtime", [str(runtimes_dir), "--machine", *pythons])
    inventory = runtimes_dir / "inventory.toml"
    versions = tuple(re.findall(r'(?m)^version = "([^"]+)"', inventory.read_text("utf-8")))
    preferred = [version for version in versions if version.startswith(f"{_PREFERRED_MINOR}.")]
    carried = [*preferred, *versions][0]
    output = root / ".cache" / "dist" / (f"{name}-offline" if offline else name)
    arguments = ["--inventory", str(inventory), "--python", carried]
    arguments += ["--offline", carried] if offline else []
    return _package(root, output, arguments, pack, runtimes_dir, versions)


def prepare_with_real_runtimes(root: Path, pack: Path | None = None) -> PreparedBuildpack:
    """Package the buildpack into ``root/dist``, as it is released."""
    return _package(root, root / "dist", [], pack, None, ())


def _package(
    root: Path,
    output: Path,
    arguments: Sequence[str],
    pack: Path | None,
    runtimes_dir: Path | None,
    versions: tuple[str, ...],
) -> PreparedBuildpack:
    arch = host_target().architecture
    with_pack = ["--pack", str(pack)] if pack is not None else []
    target = ["--target", f"linux/{arch}", "--output", str(output)]
    _run_script(root, "package", [*arguments, *target, *with_pack])
    directory = output / f"linux-{arch}"
    description = (directory / "buildpack.toml").read_text("utf-8")
    return PreparedBuildpack(
        Buildpack(directory, _value(description, "id"), _value(description, "version")),
        runtimes_dir,
        versions,
        tuple(sorted(output.glob(f"*linux-{arch}*.cnb"))),
    )


def _run_script(root: Path, name: str, arguments: Sequence[str]) -> None:
    command = [sys.executable, str(root / "scripts" / name), *arguments]
    if subprocess.run(command, env=os.environ, check=False).returncode != 0:
        raise ToolError(f"scripts/{name} failed; see above.")


def _value(description: str, key: str) -> str:
    match = re.search(rf'(?m)^{key} = "([^"]+)"', description)
    if match is None:
        raise ToolError(f"buildpack.toml has no {key}.")
    return match[1]


def is_reachable(url: str) -> bool:
    """Tell whether the host of Python's archives answers, and say so where it doesn't."""
    # One byte: what answers to HEAD only may be a proxy that refuses the rest.
    request = urllib.request.Request(url, headers={"Range": "bytes=0-0"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_REACHABLE_SECONDS) as response:  # noqa: S310
            return bool(response.read(1))
    except OSError:
        say(f"{url.split('/')[2]}, which has the Python archives, can't be reached from here.")
        return False
