"""Directories of archives with an inventory: what is up to date is not packed again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from tools.console import say
from tools.environment import locked
from tools.runtimes.inventory_file import Artifact, render_inventory


class Runtime(Protocol):
    """A Python that can be packed into an archive."""

    @property
    def version(self) -> str:
        """X.Y.Z."""

    @property
    def arch(self) -> str:
        """As the Buildpack API has it, such as ``amd64``."""

    @property
    def archive_name(self) -> str:
        """The file's name, which differs between runtimes."""

    @property
    def libraries(self) -> tuple[tuple[str, str], ...]:
        """The name and version of each that is linked into it, as far as they are known."""

    def fingerprint(self) -> str:
        """Return a digest that differs where the archive would."""

    def write(self, archive: Path, staging: Path) -> None:
        """Write the archive; ``staging`` is an empty directory on the same file system.

        Raises:
            ToolError: it can't be packed.
        """


def pack_runtimes(directory: Path, runtimes: Sequence[Runtime]) -> Path:
    """Pack each runtime into ``directory`` and return the inventory file that lists them alone.

    An archive that is there already, made of the same files, is kept.

    Raises:
        ToolError: a runtime can't be packed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (
        locked(directory / ".packing.lock"),
        ThreadPoolExecutor(max_workers=os.cpu_count()) as pool,
    ):
        artifacts = list(pool.map(lambda runtime: _ensure(directory, runtime), runtimes))
        inventory = directory / "inventory.toml"
        temporary = directory / ".inventory.toml"
        temporary.write_text(render_inventory(artifacts, source="scripts/local-runtime"), "utf-8")
        return temporary.replace(inventory)


def _ensure(directory: Path, runtime: Runtime) -> Artifact:
    name = runtime.archive_name
    archive, stamp = directory / name, directory / f".{name}.json"
    fingerprint = runtime.fingerprint()
    sha256 = _kept_sha256(archive, stamp, fingerprint)
    if sha256 is None:
        stamp.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=directory, prefix=".packing-") as staging:
            runtime.write(archive, Path(staging))
        sha256 = _sha256(archive)
        stamp.write_text(json.dumps({"fingerprint": fingerprint, "sha256": sha256}), "utf-8")
        say(f"Packed {name}: {archive.stat().st_size / 1e6:.1f} MB")
    else:
        say(f"{name} is up to date")
    return Artifact(runtime.version, "linux", runtime.arch, name, sha256, runtime.libraries)


def _kept_sha256(archive: Path, stamp: Path, fingerprint: str) -> str | None:
    """Return the digest of an archive that need not be made again, else None."""
    try:
        stamped = json.loads(stamp.read_text("utf-8"))
        sha256 = _sha256(archive)
    except (OSError, ValueError):
        return None
    if not isinstance(stamped, dict) or stamped != {"fingerprint": fingerprint, "sha256": sha256}:
        return None
    return sha256


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
