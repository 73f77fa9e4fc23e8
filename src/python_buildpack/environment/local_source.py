"""Directories of sources: what one holds, and what building leaves in it."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from python_buildpack.app.files import leaves_app
from python_buildpack.system.digests import digest_of, sha256_of

_SETUPTOOLS_BUILD_NAMES = ("bdist.", "lib", "scripts-", "temp.")
_PROJECT_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
# Of version control, in the clone of a repository: logs and indexes that differ from clone to
# clone, and the URL with which it was cloned, credentials included.
_REPOSITORIES = frozenset({".bzr", ".git", ".hg", ".svn"})


def tree_digest(path: Path) -> str | None:
    """Return the SHA-256 of a file, or of all names, modes and contents in a directory.

    None if it isn't there or can't be read. Symbolic links aren't followed.
    """
    digest = hashlib.sha256()
    try:
        for file in [path] if not path.is_dir() else _files(path):
            digest.update(_identity(path, file))
    except OSError:
        return None
    return digest.hexdigest()


def local_digests(app_dir: Path, root: Path, paths: Collection[str]) -> dict[str, str]:
    """Return digests of local projects, and of directories of wheels; "" where one is unreadable.

    The build of a project may read whatever is in the repository: ``../VERSION``, the README that
    all of its projects share. So all of it counts.

    Args:
        root: of the repository that the app is in.
        paths: of files and directories, relative to the app.

    Returns:
        Digests, by what the log calls them.
    """
    projects = {path for path in paths if is_project(app_dir / path)}
    outside = {path for path in projects if leaves_app(root, app_dir / path)}
    counted = {
        f"the contents of {path}": app_dir / path for path in outside | ({*paths} - projects)
    }
    if projects:
        counted["the contents of the app"] = root
    return {name: tree_digest(counted[name]) or "" for name in sorted(counted)}


def is_project(directory: Path) -> bool:
    """Return whether a directory has a file by which a build backend knows its project."""
    return any((directory / name).exists() for name in _PROJECT_FILES)


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
    else:
        contents = sha256_of(file).encode() if stat.S_ISREG(mode) else b""
    name = os.fsencode(file.relative_to(root))
    kind = f"{stat.S_IFMT(mode):o} {mode & stat.S_IXUSR:o} {len(name)} {len(contents)}\n"
    return kind.encode() + name + contents


FileStates = Mapping[str, tuple[int, ...]]


def file_states(directory: Path) -> FileStates:
    """Return what tells whether a file is written to: by its path, relative to ``directory``."""
    states = {}
    for parent, directories, names in os.walk(directory):
        for name in (*directories, *names):
            path = os.path.join(parent, name)  # noqa: PTH118 - an app may have many files
            states[os.path.relpath(path, directory)] = _state(os.lstat(path))
    return states


def written_files(before: FileStates, after: FileStates) -> tuple[str, ...]:
    """Return the paths that were added, changed or removed in between, sorted."""
    paths = {*before, *after}
    return tuple(sorted(path for path in paths if before.get(path) != after.get(path)))


def _state(status: os.stat_result) -> tuple[int, ...]:
    if stat.S_ISDIR(status.st_mode):
        # Its times change with what is in it, which is looked at by itself.
        return (status.st_mode,)
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return (status.st_mode, status.st_size, status.st_ino, *times)


def names_digest(directory: Path) -> str:
    """Return the SHA-256 of all names, modes and links, but for what version control keeps."""
    entries: dict[str, int | str] = {}
    for parent, directories, names in os.walk(directory):
        directories[:] = [name for name in directories if name not in _REPOSITORIES]
        for name in (*directories, *names):
            path = os.path.join(parent, name)  # noqa: PTH118 - an app may have many files
            mode = os.lstat(path).st_mode
            is_link = stat.S_ISLNK(mode)
            entries[os.path.relpath(path, directory)] = os.readlink(path) if is_link else mode  # noqa: PTH115
    return digest_of(entries)


def remove_repositories(directory: Path) -> None:
    """Remove what version control keeps beside the sources in clones below ``directory``."""
    for parent, directories, names in os.walk(directory):
        for name in _REPOSITORIES.intersection(directories):
            shutil.rmtree(Path(parent, name))
        directories[:] = [name for name in directories if name not in _REPOSITORIES]
        # A submodule has a file that names the directory of the whole.
        for name in _REPOSITORIES.intersection(names):
            Path(parent, name).unlink()


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
