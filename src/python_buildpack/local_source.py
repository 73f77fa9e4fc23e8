"""Directories of sources: what one holds, and what building leaves in it."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SETUPTOOLS_BUILD_NAMES = ("bdist.", "lib", "scripts-", "temp.")


def tree_digest(path: Path) -> str | None:
    """Return the SHA-256 of a file, or of all names, modes and contents in a directory.

    None where it isn't there or can't be read. Symbolic links aren't followed.
    """
    digest = hashlib.sha256()
    try:
        for file in [path] if not path.is_dir() else _files(path):
            digest.update(_identity(path, file))
    except OSError:
        return None
    return digest.hexdigest()


def _files(directory: Path) -> list[Path]:
    found = []
    for parent, directories, names in os.walk(directory, onerror=_fail):
        links = [name for name in directories if Path(parent, name).is_symlink()]
        found += [Path(parent, name) for name in (*names, *links)]
    return sorted(found)


def _fail(error: OSError) -> None:
    raise error


def _identity(root: Path, file: Path) -> bytes:
    mode = file.lstat().st_mode
    if stat.S_ISLNK(mode):
        contents = os.fsencode(file.readlink())
    elif stat.S_ISREG(mode):
        contents = file.read_bytes()
    else:
        contents = b""
    name = os.fsencode(file.relative_to(root))
    kind = f"{stat.S_IFMT(mode):o} {mode & stat.S_IXUSR:o} {len(name)} {len(contents)}\n"
    return kind.encode() + name + contents


@contextmanager
def removed_leftovers(app_dir: Path, venv_dir: Path) -> Iterator[None]:
    """Remove what setuptools leaves in source directories when the block builds projects there.

    It would be in the image of a build that installs, and not in that of one that reuses.

    Args:
        app_dir: the app, with all local projects in it.
        venv_dir: what they are installed into.
    """
    before = frozenset(_leftovers(app_dir))
    yield
    # What ``setup.py develop`` has installed is described by nothing else.
    if any(venv_dir.glob("lib/python*/site-packages/*.egg-link")):
        return
    for directory in _leftovers(app_dir):
        if directory not in before:
            shutil.rmtree(directory)


def _leftovers(directory: Path) -> list[Path]:
    found = []
    for parent, directories, _ in os.walk(directory):
        mine = [name for name in directories if _is_leftover(Path(parent, name))]
        found += [Path(parent, name) for name in mine]
        directories[:] = [name for name in directories if name not in mine]
    return found


def _is_leftover(directory: Path) -> bool:
    if directory.is_symlink():
        return False
    if directory.name != "build":
        return directory.name.endswith(".egg-info")
    # Other tools have a directory of this name too, and may need it.
    names = [path.name for path in directory.iterdir()]
    return bool(names) and all(name.startswith(_SETUPTOOLS_BUILD_NAMES) for name in names)
