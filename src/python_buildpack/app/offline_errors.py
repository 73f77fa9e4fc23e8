"""What can't be done in a build without a network.

A module of its own: nothing of it is needed where nothing fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from python_buildpack.system.errors import UserError


class FindLinksProblem(Enum):
    """Why a directory of BP_FIND_LINKS can't be used."""

    MISSING = "missing"
    OUTSIDE = "outside"
    NO_DIRECTORY = "no directory"


@dataclass(eq=False)
class FindLinksError(UserError):
    """BP_FIND_LINKS names what is no directory of the app."""

    directory: str
    problem: FindLinksProblem


@dataclass(eq=False)
class NoArchiveError(UserError):
    """Something in a directory of wheels has the name of a distribution, and isn't a file.

    Args:
        path: relative to the app where it is inside.
        named_by: the variable, or the file and line, that names its directory; empty for the
            default one.
    """

    path: str
    named_by: str


@dataclass(eq=False)
class UnreadableWheelsError(UserError):
    """A directory of wheels, or a wheel, can't be read.

    Args:
        path: relative to the app where it is inside.
        named_by: as that of ``NoArchiveError``.
        detail: the operating system's explanation.
    """

    path: str
    named_by: str
    detail: str


@dataclass(eq=False)
class OfflineDownloadError(UserError):
    """Something would have to be downloaded, in a build that is to use no network.

    Args:
        what: such as ``Python 3.13.1``.
        url: without credentials.
    """

    what: str
    url: str


@dataclass(eq=False)
class ToolNotBundledError(UserError):
    """The buildpack has no wheels of a tool, and may not download them.

    Args:
        requirement: such as ``uv==0.13.9``.
        series: of the Python that runs it, X.Y.
    """

    requirement: str
    series: str


@dataclass(eq=False)
class WheelNotFoundOfflineError(UserError):
    """No directory has a distribution that is required, for this Python and platform.

    Args:
        requirement: such as ``requests>=2``.
        required_by: the distribution that asks for it; empty where the app does.
        available: the versions that are there, for this Python or another.
        python_version: X.Y.Z.
        arch: as Go names it.
        directories: as pip was given them.
    """

    requirement: str
    required_by: str
    available: tuple[str, ...]
    python_version: str
    arch: str
    directories: tuple[str, ...]


@dataclass(eq=False)
class BuildBackendMissingOfflineError(UserError):
    """A source distribution is to be built, and no directory has what builds it.

    Args:
        distribution: its name; may be empty.
        detail: what the tool says is missing; may be empty.
    """

    distribution: str
    detail: str
    python_version: str


@dataclass(eq=False)
class RemoteRequirementError(UserError):
    """A requirement is a URL or a repository.

    Args:
        detail: what the tool says; may be empty.
    """

    detail: str


@dataclass(eq=False)
class LockNeedsIndexError(UserError):
    """A tool installs what its lock has from the index that the lock names, and nowhere else.

    Args:
        manager: the tool.
        lock: its file.
    """

    manager: str
    lock: str
