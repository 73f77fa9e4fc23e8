"""Inventories of runtimes of one file."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

from tools.packaging.targets import Target
from tools.runtimes.inventory_file import Artifact, render_inventory

AMD64 = Target("linux", "amd64")
ARM64 = Target("linux", "arm64")


def write_archive(path: Path, contents: bytes = b"x") -> str:
    """Write a runtime of one file and return its sha256."""
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo("python/bin/python3.13")
        member.size = len(contents)
        tar.addfile(member, io.BytesIO(contents))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_inventory(directory: Path, *versions: tuple[str, str], sha256: str | None = None) -> Path:
    artifacts = []
    for version, arch in versions:
        name = f"{version}-{arch}.tar.gz"
        digest = write_archive(directory / name, name.encode())
        artifacts.append(Artifact(version, "linux", arch, name, sha256 or digest))
    inventory = directory / "inventory.toml"
    inventory.write_text(render_inventory(artifacts, source="a test"))
    return inventory
