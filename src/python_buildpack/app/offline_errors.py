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
