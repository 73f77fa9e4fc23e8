"""Directories of wheels, and what in them would make a tool that looks into them wait or fail.

An index may be such a directory, too: with one for each distribution, and a page in that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from python_buildpack.system.errors import UserError

# Names of what pip and uv open in directories of wheels.
_OPENED = (
    *(".whl", ".zip", ".html", ".htm", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz"),
    *(".tar.xz", ".txz", ".tar.lz", ".tlz", ".tar.lzma"),
)


@dataclass(eq=False)
class NoArchiveError(UserError):
    """Something in a directory of wheels has the name of a distribution, and isn't a file.

    Args:
        named_by: the variable, or the file and line, that names its directory; empty for the
            default one.
    """

    path: str
    named_by: str


@dataclass(eq=False)
class UnreadableWheelsError(UserError):
    """A directory of wheels, or a wheel, can't be read."""

    path: str
    named_by: str
    detail: str


def check_find_links(app_dir: Path, links: Iterable[str], named_by: str) -> None:
    """Check directories of wheels; URLs and what isn't there are left to the tool.

    Args:
        named_by: the variable, or the file and line, that names them; empty for the default.

    Raises:
        NoArchiveError: something in one has the name of a distribution, and isn't a file.
        UnreadableWheelsError: one can't be read.
    """
    for link in links:
        directory = local_path(app_dir, link)
        if directory is not None:
            _check_directory(app_dir, directory, named_by)


def check_archive(app_dir: Path, link: str, named_by: str) -> None:
    """Check a wheel or source distribution that is given by its path; as ``check_find_links``."""
    path = local_path(app_dir, link)
    if path is None or not _is_opened(path):
        return
    with _readable(app_dir, path, named_by):
        # A directory is a project, whatever its name.
        is_wrong = path.exists() and not (path.is_file() or path.is_dir())
    if is_wrong:
        raise NoArchiveError(_shown(app_dir, path), named_by)


def local_path(directory: Path, link: str) -> Path | None:
    """Return what a link names on this machine, there or not.

    None for other URLs, for ``~``, which means nothing in a build, and for text with a NUL.

    Args:
        directory: which relative paths are relative to.
        link: a path, a ``file:`` URL, or another URL.
    """
    if link.startswith("file:"):
        try:
            link = unquote(urlsplit(link).path)
        except ValueError:
            return None
    is_path = not link.startswith("~") and "://" not in link and "\0" not in link
    return directory / link if is_path else None


def _check_directory(app_dir: Path, directory: Path, named_by: str) -> None:
    with _readable(app_dir, directory, named_by):
        files = sorted(directory.iterdir()) if directory.is_dir() else []
        files += sorted(page for page in directory.glob("*/index.html") if page.is_fifo())
        # A look at a named pipe or a device waits for nothing, opening it does.
        wrong = [path for path in files if _is_opened(path) and not path.is_file()]
    if wrong:
        raise NoArchiveError(_shown(app_dir, wrong[0]), named_by)


def _is_opened(path: Path) -> bool:
    return path.name.lower().endswith(_OPENED)


@contextmanager
def _readable(app_dir: Path, path: Path, named_by: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableWheelsError(_shown(app_dir, path), named_by, reason) from error


def _shown(app_dir: Path, path: Path) -> str:
    return str(path.relative_to(app_dir) if path.is_relative_to(app_dir) else path)
