"""Directories that are the same, bit for bit, wherever and whenever they are made."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# 1980-01-01T00:00:01Z, as the lifecycle gives every file of a layer.
MODIFIED = 315532801


def copy_tree(source: Path, destination: Path) -> None:
    """Copy the files below ``source``, without the bytecode that lies among them."""
    shutil.copytree(
        source, destination, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"), symlinks=True
    )


def normalise_tree(root: Path) -> None:
    """Give everything at and below ``root`` fixed modes and times.

    What its owner may execute gets 0755, other files 0644.
    """
    for path in [*root.rglob("*"), root]:
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
        os.utime(path, (MODIFIED, MODIFIED), follow_symlinks=False)


def tree_digest(root: Path) -> str:
    """Return the sha256 of all names, modes, times, link targets and contents below ``root``."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        state = path.lstat()
        if path.is_symlink():
            content = os.fsencode(path.readlink())
        else:
            content = path.read_bytes() if path.is_file() else b""
        name = path.relative_to(root).as_posix()
        digest.update(f"{name}\0{state.st_mode:o} {int(state.st_mtime)} {len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


@contextmanager
def staging_beside(directory: Path) -> Iterator[Path]:
    """Make ``directory``, and in it a temporary one, from which a rename publishes what is whole."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory, prefix=".packaging-") as staging:
        yield Path(staging)


def publish(made: Path, destination: Path, staging: Path) -> None:
    """Move the directory ``made`` to ``destination``, in place of what is there."""
    if destination.exists():
        destination.rename(staging / "replaced")
    made.rename(destination)
