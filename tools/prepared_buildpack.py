"""The buildpack as tests and ``scripts/try`` use it: packaged, with Pythons to install.

The host of the real archives is out of reach too often for tests. The same runtimes out of Go modules,
or interpreters of this machine, go down the very same path.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tools.console import say
from tools.environment import locked
from tools.errors import ToolError
from tools.lifecycle_build import Buildpack
from tools.run_image import host_target

_PREFERRED_MINOR = "3.13"
_REACHABLE_SECONDS = 5.0


class RuntimeSource(Enum):
    """Where the Pythons come from, in the words of a log."""

    ARCHIVES = "python-build-standalone"
    GO_MODULES = "python-build-standalone, from a Go module"
    MACHINE = "this machine"


@dataclass(frozen=True)
class PreparedBuildpack:
    """A packaged buildpack.

    Attributes:
        buildpack: its directory, which lies in the checkout.
        source: where the Pythons come from.
        runtimes_dir: archives and their ``inventory.toml``; None if those of ``inventory.toml``
            in the checkout are used.
        versions: X.Y.Z of what ``runtimes_dir`` has, the newest first.
        cnb_files: what pack made of it.
    """

    buildpack: Buildpack
    source: RuntimeSource
    runtimes_dir: Path | None
    versions: tuple[str, ...]
    cnb_files: tuple[Path, ...]


def prepare_with_local_runtimes(
    root: Path,
    pythons: Sequence[str],
    pack: Path | None = None,
    *,
    offline: bool = False,
    headers: bool = False,
    arch: str | None = None,
) -> PreparedBuildpack:
    """Package the buildpack into ``root/.cache`` with Pythons that need no host of archives.

    They are those of Go modules; where these can't be fetched, this machine's.

    Args:
        root: the checkout.
        pythons: arguments of scripts/local-runtime, such as ``--all``; none for its default.
        pack: the pack program, for ``.cnb`` files.
        offline: whether the buildpack bundles one of them for offline builds, its own.
        headers: whether extensions are compiled for them, so that only this machine's will do.
        arch: another one than this machine's, as Go calls it.

    Raises:
        ToolError: a script fails; its messages are on this process's output.
    """
    with locked(root / ".cache" / "prepared.lock"):
        pythons = [*pythons, *(("--target", f"linux/{arch}") if arch else ())]
        source, runtimes_dir = make_runtimes(root, pythons, headers=headers)
        return _prepare_with_local_runtimes(
            root, source, runtimes_dir, pack, arch or host_target().architecture, offline=offline
        )


def make_runtimes(
    root: Path, pythons: Sequence[str], *, headers: bool = False
) -> tuple[RuntimeSource, Path]:
    """Return a directory of archives with its inventory, and where they come from.

    The arguments are those of ``prepare_with_local_runtimes``.
    """
    # Each selection has a directory of its own: an inventory lists those of its last run only.
    selection = [re.sub(r"[^a-z0-9.]", "", python) for python in pythons]
    directory = root / ".cache" / "local-runtimes"
    if not headers:
        standalone = directory / "-".join(["standalone", *selection])
        try:
            _run_script(root, "local-runtime", [str(standalone), *pythons])
        except ToolError:
            say("No Go module can be had: interpreters of this machine take the place of theirs.")
        else:
            return RuntimeSource.GO_MODULES, standalone
    local = directory / "-".join(["local", *selection])
    _run_script(root, "local-runtime", [str(local), "--machine", *pythons])
    return RuntimeSource.MACHINE, local


def _prepare_with_local_runtimes(
    root: Path,
    source: RuntimeSource,
    runtimes_dir: Path,
    pack: Path | None,
    arch: str,
    *,
    offline: bool,
) -> PreparedBuildpack:
    inventory = runtimes_dir / "inventory.toml"
    versions = tuple(re.findall(r'(?m)^version = "([^"]+)"', inventory.read_text("utf-8")))
    preferred = [version for version in versions if version.startswith(f"{_PREFERRED_MINOR}.")]
    carried = [*preferred, *versions][0]
    name = runtimes_dir.name
    output = root / ".cache" / "dist" / (f"{name}-offline" if offline else name)
    arguments = ["--inventory", str(inventory), "--python", carried]
    arguments += ["--offline", carried] if offline else []
    buildpack, cnb_files = _package(root, output, arguments, pack, arch)
    return PreparedBuildpack(buildpack, source, runtimes_dir, versions, cnb_files)


def prepare_with_real_runtimes(root: Path, pack: Path | None = None) -> PreparedBuildpack:
    """Package the buildpack into ``root/dist``, as it is released."""
    arch = host_target().architecture
    buildpack, cnb_files = _package(root, root / "dist", [], pack, arch)
    return PreparedBuildpack(buildpack, RuntimeSource.ARCHIVES, None, (), cnb_files)


def _package(
    root: Path, output: Path, arguments: Sequence[str], pack: Path | None, arch: str
) -> tuple[Buildpack, tuple[Path, ...]]:
    """Run scripts/package; return the buildpack and the .cnb files that pack has made of it."""
    with_pack = ["--pack", str(pack)] if pack is not None else []
    target = ["--target", f"linux/{arch}", "--output", str(output)]
    _run_script(root, "package", [*arguments, *target, *with_pack])
    directory = output / f"linux-{arch}"
    description = (directory / "buildpack.toml").read_text("utf-8")
    buildpack = Buildpack(directory, _value(description, "id"), _value(description, "version"))
    return buildpack, tuple(sorted(output.glob(f"*linux-{arch}*.cnb")))


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
    """Return whether the host of Python's archives answers, and say so where it doesn't."""
    # One byte: what answers to HEAD only may be a proxy that refuses the rest.
    request = urllib.request.Request(url, headers={"Range": "bytes=0-0"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_REACHABLE_SECONDS) as response:  # noqa: S310
            return bool(response.read(1))
    except OSError:
        say(f"{url.split('/')[2]}, which has the Python archives, can't be reached from here.")
        return False
