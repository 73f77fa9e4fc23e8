"""Failures that can happen anywhere: of the file system, and bugs."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb

from python_buildpack.system.errors import BuildpackError, InternalError, ServiceError
from python_buildpack.system.redaction import redact_urls

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(eq=False)
class DiskFullError(ServiceError):
    """There is no space left, or a quota is used up; ``path`` may be unknown."""

    path: str | None


@dataclass(eq=False)
class FileSystemError(InternalError):
    """A file could not be read or written; ``path`` may be unknown."""

    path: str | None
    problem: str


@dataclass(eq=False)
class UnexpectedError(InternalError):
    """A bug: an exception that nothing in this buildpack raises on purpose.

    ``location`` is the file and line that raised it, ``main.py:12`` for example.
    """

    kind: str
    text: str
    location: str


def to_buildpack_error(error: Exception) -> BuildpackError:
    """Return what an error means that nobody expected."""
    return file_system_fault(error) if isinstance(error, OSError) else unexpected_fault(error)


def file_system_fault(error: OSError) -> BuildpackError:
    """Return the error that tells a user of ``error``."""
    path = str(error.filename) if error.filename else None
    if error.errno in _DISK_FULL:
        return DiskFullError(path)
    return FileSystemError(path, error.strerror or str(error))


def unexpected_fault(error: Exception) -> UnexpectedError:
    """Return the error that tells a user of a bug."""
    frames = extract_tb(error.__traceback__)
    location = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    return UnexpectedError(type(error).__name__, redact_urls(str(error)), location)
