"""The interpreter that a packaged buildpack contains: chosen, fetched, and slimmed."""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.messages.wording import message_for
from python_buildpack.python_version.inventory import Artifact, Inventory, read_inventory
from python_buildpack.python_version.sources import parse_plain_version
from python_buildpack.system.archive import BrokenArchiveError, UnsafeArchiveError, unpack_archive
from python_buildpack.system.download import ChecksumMismatchError, DownloadError, download_file
from python_buildpack.system.errors import BuildpackError
from tools.console import say
from tools.errors import ToolError
from tools.packaging.targets import Target
from tools.runtimes.inventory_file import MACHINES

_DEFAULT_MINOR = "3.13"
_ATTEMPTS = 3
_TIMEOUT_SECONDS = 20.0

# Relative to lib/pythonX.Y. Nothing that the buildpack or pip's resolver imports, of the standard
# library or of vendor/, needs any of them.
_UNUSED = (
    *("site-packages", "config-*", "ensurepip", "venv", "lib2to3", "distutils"),
    *("idlelib", "tkinter", "turtledemo", "turtle.py", "curses", "dbm", "sqlite3", "_pyrepl"),
    *("pydoc.py", "pydoc_data", "doctest.py", "unittest", "ctypes", "wsgiref", "xmlrpc"),
    *("test", "*/test", "*/tests", "*/idle_test", "__pycache__", "**/__pycache__"),
)
_UNUSED_MODULES = (
    *("_test*", "_ctypes*", "_tkinter*", "_curses*", "_dbm*", "_gdbm*", "_sqlite3*", "readline*"),
    *("xx*", "_xx*", "_codecs_*", "ossaudiodev*", "nis*"),
)


@dataclass(frozen=True)
class Runtime:
    """The interpreter that one target carries.

    Attributes:
        artifact: what the inventory says of it.
        archive: the verified file.
        host_archive: the archive of the same version for this machine, None if there is none.
    """

    artifact: Artifact
    archive: Path
    host_archive: Path | None

    @property
    def minor(self) -> str:
        """The version as ``X.Y``."""
        return f"{self.artifact.version.major}.{self.artifact.version.minor}"


def host_target() -> Target:
    """Return the platform that this runs on."""
    machine = platform.machine()
    architectures = {name: arch for arch, name in MACHINES.items()}
    return Target(sys.platform, architectures.get(machine, machine))


def fetch_runtimes(
    inventory_file: Path, targets: Sequence[Target], requested_version: str | None, cache_dir: Path
) -> dict[Target, Runtime]:
    """Fetch the interpreter of each target that the inventory has one for.

    Args:
        inventory_file: where the interpreters come from.
        targets: the platforms; what is left out is said.
        requested_version: X.Y.Z; None for the newest 3.13.
        cache_dir: where the archives are kept.

    Raises:
        ToolError: the inventory has none for any target, or an archive can't be fetched.
    """
    inventory = read_runtimes(inventory_file)
    wanted = requested_version or _DEFAULT_MINOR
    chosen = {target: choose_artifact(inventory, target, wanted) for target in targets}
    found = {target: artifact for target, artifact in chosen.items() if artifact is not None}
    if not found:
        raise ToolError(
            f"{inventory_file} has no Python {wanted} for {' or '.join(map(str, targets))}."
            f" Choose another with --python X.Y.Z: it has {_versions(inventory.artifacts)}."
        )
    for target in targets:
        if target not in found:
            say(f"Left out: {target}, for which {inventory_file} has no Python {wanted}")
    archives = {target: ensure_archive(item, cache_dir) for target, item in found.items()}
    host = host_target()
    host_version = found[host].version if host in found else None
    return {
        target: Runtime(
            artifact,
            archives[target],
            archives[host] if artifact.version == host_version else None,
        )
        for target, artifact in found.items()
    }


def read_runtimes(file: Path) -> Inventory:
    """Read an inventory file.

    Raises:
        ToolError: it isn't one.
    """
    try:
        return read_inventory(file)
    except BuildpackError as error:
        message = message_for(error)
        raise ToolError(f"{message.heading}\n{message.body}") from error


def choose_artifact(
    inventory: Inventory, target: Target, wanted: str, option: str = "--python"
) -> Artifact | None:
    """Return the newest archive of a version ``X.Y``, ``X.Y.Z`` or ``X.Yt``, if there is one.

    ``option`` is what asks for it, for the message.

    Raises:
        ToolError: ``wanted`` isn't a version.
    """
    if not re.fullmatch(r"\d+\.\d+(\.\d+)?t?", wanted):
        raise ToolError(f"{option}: {wanted} is no version such as 3.13.0.")
    source = parse_plain_version(option, None, wanted)
    found = [
        artifact
        for artifact in inventory.for_platform(target.os, target.arch)
        if source.allows(artifact.version)
    ]
    return max(found, key=lambda artifact: artifact.version, default=None)


def ensure_archive(artifact: Artifact, cache_dir: Path) -> Path:
    """Return an artifact's archive, verified, downloaded on first use.

    Raises:
        ToolError: it can't be fetched, or its bytes are not those of the inventory.
    """
    archive = cache_dir / f"{artifact.sha256}.tar.gz"
    if archive.exists() and hashlib.sha256(archive.read_bytes()).hexdigest() == artifact.sha256:
        return archive
    cache_dir.mkdir(parents=True, exist_ok=True)
    say(f"Downloading Python {artifact.version} for {artifact.arch}: {artifact.url}")
    try:
        download_file(
            artifact.url,
            archive,
            sha256=artifact.sha256,
            timeout=_TIMEOUT_SECONDS,
            attempts=_ATTEMPTS,
        )
    except DownloadError as error:
        raise ToolError(
            f"Python {artifact.version} could not be downloaded from {error.url}: {error.problem}\n"
            "Where that host can't be reached, use the one that a Go module carries:\n"
            "  scripts/local-runtime DIR 3.13\n"
            "  scripts/package --inventory DIR/inventory.toml"
        ) from error
    except ChecksumMismatchError as error:
        raise ToolError(
            f"{error.url} is not what the inventory says: its sha256 is {error.actual_sha256},"
            f" not {error.expected_sha256}. If the file was made again, so must be its inventory."
        ) from error
    return archive


def unpack_runtime(archive: Path, destination: Path) -> None:
    """Unpack a runtime's archive.

    Raises:
        ToolError: the archive is broken or unsafe.
    """
    try:
        unpack_archive(archive, destination)
    except BrokenArchiveError as error:
        raise ToolError(f"{archive} is no whole archive: {error.problem}") from error
    except UnsafeArchiveError as error:
        raise ToolError(f"{archive}: {error.member} {error.problem}") from error


def slim_interpreter(runtime: Path, minor: str) -> None:
    """Remove what the buildpack's own code does not need from an unpacked runtime.

    Left are the executable with its links, libpython where the executable is linked to it, and
    most of the standard library.

    Args:
        runtime: the directory that has ``bin`` and ``lib``.
        minor: the interpreter's X.Y.
    """
    executable = runtime / "bin" / f"python{minor}"
    libpython = f"libpython{minor}.so.1.0"
    library = runtime / "lib" / f"python{minor}"
    kept = {executable, library, *(runtime / "bin" / name for name in ("python3", "python"))}
    # The name of a library that an executable is linked to stands in it as it is.
    if f"{libpython}\0".encode() in executable.read_bytes():
        kept.add(runtime / "lib" / libpython)
    inner = (runtime / "bin", runtime / "lib")
    outer = [path for path in runtime.iterdir() if path not in inner]
    for path in [*outer, *(path for directory in inner for path in directory.iterdir())]:
        if path not in kept:
            _remove(path)
    unused = [path for pattern in _UNUSED for path in library.glob(pattern)]
    unused += [
        path for pattern in _UNUSED_MODULES for path in library.glob(f"lib-dynload/{pattern}.so")
    ]
    for path in unused:
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def tree_megabytes(root: Path) -> float:
    """Return how much the files below ``root`` hold, in MB (of 1,000,000 bytes)."""
    return sum(path.lstat().st_size for path in root.rglob("*") if not path.is_dir()) / 1e6


def check_interpreter(packaged: Path) -> None:
    """Import all of ``src`` and pip with the bundled interpreter, which must be this machine's.

    Raises:
        ToolError: a module that it needs is missing.
    """
    code = (
        "import importlib, pkgutil, sys; sys.path[:0] = ['src', 'vendor'];"
        "import asyncio, http.client, lzma, python_buildpack, ssl, tarfile, urllib.request, zlib;"
        "[importlib.import_module(module.name) for module in pkgutil.walk_packages("
        "python_buildpack.__path__, 'python_buildpack.') "
        # The last one needs a layer with py-rattler.
        "if not module.name.endswith(('__main__', 'conda_environment'))];"
        "import glob; sys.path[:0] = glob.glob('vendor/pip-*/');"
        "import pip._internal.commands.install"
    )
    command = [str(packaged / "interpreter" / "bin" / "python3"), "-I", "-B", "-c", code]
    result = subprocess.run(command, cwd=packaged, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        problem = (result.stderr.strip().splitlines() or ["no output"])[-1]
        raise ToolError(
            f"The slimmed interpreter can't run the buildpack: {problem}\n"
            "What is left out of it is listed in tools/packaging/runtime.py."
        )


def _versions(artifacts: Sequence[Artifact]) -> str:
    """Return versions for a message, the newest first, such as ``3.13.0, 3.12.1``."""
    versions = sorted({artifact.version for artifact in artifacts}, reverse=True)
    return ", ".join(map(str, versions)) or "none"
