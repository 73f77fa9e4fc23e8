"""From what a tool says in a build without a network to what is missing there."""

from __future__ import annotations

from dataclasses import dataclass

from python_buildpack.package_managers.failures.causes import (
    BuildFailedError,
    LockedFilesMissingError,
    NoWheelError,
    ProjectBuildFailedError,
)
from python_buildpack.package_managers.failures.network import (
    GitAuthenticationError,
    GitFailedError,
    GitOverSshError,
    GitUnreachableError,
    IndexUnreachableError,
)
from python_buildpack.package_managers.locks import ToolFailedError
from python_buildpack.package_managers.manager import Manager
from python_buildpack.package_managers.pip.diagnosis import NoMatchingDistributionError
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.system.errors import BuildpackError, UserError


@dataclass(frozen=True)
class WheelSearch:
    """What pip looked for wheels for, and where.

    Attributes:
        arch: as Go names it.
        directories: as pip was given them.
    """

    python_version: str
    arch: str
    directories: tuple[str, ...]


@dataclass(eq=False)
class WheelNotFoundOfflineError(UserError):
    """No directory has a distribution that is required, for this Python and platform.

    Args:
        available: the versions that are there, for this Python or another.
    """

    requirement: str
    required_by: str
    available: tuple[str, ...]
    search: WheelSearch


@dataclass(eq=False)
class BuildBackendMissingOfflineError(UserError):
    """A source distribution is to be built, and no directory has what builds it."""

    distribution: str
    detail: str
    python_version: str


@dataclass(eq=False)
class RemoteRequirementError(UserError):
    """A requirement is a URL or a repository."""

    detail: str


@dataclass(eq=False)
class LockNeedsIndexError(UserError):
    """A tool installs what its lock has from the index that the lock names, and nowhere else."""

    manager: Manager
    lock: str


_NOTHING_FOUND = "No matching distribution found for "


def offline_failure(
    error: BuildpackError, dependencies: Dependencies, search: WheelSearch
) -> BuildpackError | None:
    """Return what a failure means in a build without a network; None for what it says itself."""
    # Others take what a lock has from the index that it names.
    takes_wheels = dependencies.manager.takes_local_wheels
    match error:
        case NoMatchingDistributionError():
            available = error.available_versions
            ignored = tuple(each.version for each in error.ignored_versions)
            return WheelNotFoundOfflineError(
                error.requirement, error.required_by, (*ignored, *available), search
            )
        case NoWheelError() if takes_wheels:
            return WheelNotFoundOfflineError(error.requirement, "", (), search)
        case BuildFailedError() | ProjectBuildFailedError() if _NOTHING_FOUND in error.detail:
            missing = error.detail.partition(_NOTHING_FOUND)[2]
            return BuildBackendMissingOfflineError(
                error.distribution, missing, error.python_version
            )
        case IndexUnreachableError() | LockedFilesMissingError() | ToolFailedError() if (
            not takes_wheels
        ):
            return LockNeedsIndexError(dependencies.manager, dependencies.display_name)
        case (
            IndexUnreachableError()
            | GitFailedError()
            | GitAuthenticationError()
            | GitOverSshError()
            | GitUnreachableError()
        ):
            return RemoteRequirementError(error.detail)
        case _:
            return None
