"""Unpacking archives that nobody has to trust."""

from __future__ import annotations

import errno
import os
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from python_buildpack.system.errors import ServiceError

# In a directory that was empty, these come from names that don't fit together, or are too long.
_CAUSED_BY_MEMBERS = frozenset(
    {errno.EEXIST, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR}
)


@dataclass(eq=False)
class UnsafeArchiveError(ServiceError):
    """A member would be written, or points, outside the destination, or is a device."""

    archive: str
    member: str
    problem: str


@dataclass(eq=False)
class BrokenArchiveError(ServiceError):
    """The file isn't a complete gzip-compressed tar archive."""

    archive: str
    problem: str


def unpack_archive(archive: Path, destination: Path, *, root: str = "python") -> None:
    """Unpack a ``.tar.gz``, all of whose members lie below ``root/``, into ``destination``.

    ``root`` itself is stripped. Modes become 0755 or 0644, owners those of this process, so that
    the result depends on the archive alone. What is unpacked before an error is left behind:
    the caller removes it.

    Raises:
        UnsafeArchiveError: ``..``, an absolute path, a link out of the tree, a device.
        BrokenArchiveError: not a gzip-compressed tar archive, or a truncated one.
        OSError: ``destination`` can't be written.
    """
    destination.mkdir(parents=True, exist_ok=True)
    links = _Links(set(), {})
    try:
        with tarfile.open(archive, "r:gz") as tar:
            # Checked here and by the "data" filter, which Debian 12's Python does not have yet.
            # https://docs.python.org/3/library/tarfile.html#extraction-filters
            if hasattr(tarfile, "data_filter"):
                tar.extraction_filter = staticmethod(tarfile.data_filter)
            # By default, a mode that can't be set goes unnoticed.
            tar.errorlevel = 2
            tar.extractall(destination, _checked_members(tar, archive.name, root, links))  # noqa: S202
            links.require(destination)
    except tarfile.ExtractError as error:
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise BrokenArchiveError(archive.name, str(error)) from None
    except KeyError as error:
        # A hard link to what isn't in the archive; str() of a KeyError has quotes.
        raise BrokenArchiveError(archive.name, str(error.args[0])) from None
    # The last two: headers that hold a NUL, or a number that the system can't take.
    except (tarfile.TarError, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise BrokenArchiveError(archive.name, str(error) or type(error).__name__) from None
    except OSError as error:
        # gzip's own complaints have no errno; those of the file system do.
        if error.errno is not None and error.errno not in _CAUSED_BY_MEMBERS:
            raise
        raise BrokenArchiveError(archive.name, error.strerror or str(error)) from None


@dataclass(frozen=True)
class _Links:
    """The links that were met so far, by their full names; hard ones with what they are to."""

    symbolic: set[PurePosixPath]
    hard: dict[PurePosixPath, PurePosixPath]

    def require(self, destination: Path) -> None:
        """Fail where tarfile has written a copy, as it does where a link can't be made."""
        for link in self.symbolic:
            path = _unpacked(destination, link)
            if not path.is_symlink():
                raise OSError(errno.EPERM, "A symbolic link could not be made", str(path))
        for link, target in self.hard.items():
            path = _unpacked(destination, link)
            if path.is_dir():
                raise tarfile.ExtractError(f"{link} is a hard link to a directory")
            if not path.samefile(_unpacked(destination, target)):
                raise OSError(errno.EPERM, "A hard link could not be made", str(path))


def _unpacked(destination: Path, member: PurePosixPath) -> Path:
    return destination.joinpath(*member.parts[1:])


def _checked_members(
    tar: tarfile.TarFile, archive: str, root: str, links: _Links
) -> Iterator[tarfile.TarInfo]:
    """Yield what is to be unpacked; add to ``links`` each one of them."""
    for member in tar:
        path = PurePosixPath(member.name)
        problem = _problem(member, path, root, links.symbolic)
        if problem:
            raise UnsafeArchiveError(archive, member.name, problem)
        if len(path.parts) == 1:
            continue
        if member.issym():
            links.symbolic.add(path)
        elif member.islnk():
            links.hard[path] = PurePosixPath(member.linkname)
        yield _relocated(member, path)


def _problem(
    member: tarfile.TarInfo, path: PurePosixPath, root: str, links: set[PurePosixPath]
) -> str | None:
    """Return why ``member`` must not be unpacked, None if it may be."""
    if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        return "is neither a file, a directory nor a link"
    if not _lies_below(path, root):
        return f"does not lie below {root}/"
    # A name below a link is resolved by the file system, so that counting ".." says nothing.
    if links.intersection(path.parents) or path in links:
        return "is written through a link"
    if member.islnk() and not _lies_below(PurePosixPath(member.linkname), root):
        return f"is a link to {member.linkname}, which does not lie below {root}/"
    # What leads nowhere bad from there may lead out of the tree from here.
    if member.islnk() and PurePosixPath(member.linkname) in links:
        return f"is a link to {member.linkname}, which is a link itself"
    if member.issym() and not _stays_inside(path, PurePosixPath(member.linkname)):
        return f"is a link to {member.linkname}, which leads out of the tree"
    return None


def _lies_below(path: PurePosixPath, root: str) -> bool:
    return path.parts[:1] == (root,) and ".." not in path.parts


def _stays_inside(path: PurePosixPath, target: PurePosixPath) -> bool:
    """Return whether a symbolic link at ``path`` stays below the first part of ``path``."""
    ups = [part == ".." for part in target.parts]
    leading = ups.index(False) if False in ups else len(ups)
    return not target.is_absolute() and not any(ups[leading:]) and leading <= len(path.parts) - 2


def _relocated(member: tarfile.TarInfo, path: PurePosixPath) -> tarfile.TarInfo:
    """Return ``member`` without its first directory, its owner and its permissions."""
    member.name = str(PurePosixPath(*path.parts[1:]))
    if member.islnk():
        member.linkname = str(PurePosixPath(*PurePosixPath(member.linkname).parts[1:]))
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
    return member
