"""From what a tool says in a build without a network to what is missing there."""

from __future__ import annotations

from python_buildpack.app.offline_errors import (
    BuildBackendMissingOfflineError,
    LockNeedsIndexError,
    RemoteRequirementError,
    WheelNotFoundOfflineError,
)
from python_buildpack.package_managers.failures.causes import (
    BuildFailedError,
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
from python_buildpack.package_managers.pip.diagnosis import NoMatchingDistributionError
from python_buildpack.package_managers.poetry.diagnosis import LockedFilesMissingError
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.system.errors import BuildpackError

_NOTHING_FOUND = "No matching distribution found for "


def offline_failure(
    error: BuildpackError, dependencies: Dependencies, place: tuple[str, str, tuple[str, ...]]
) -> BuildpackError | None:
    """Return what a failure means in a build without a network; None if nothing else than it says.

    Args:
        error: as the tool's output was understood.
        dependencies: what was to be installed.
        place: the Python's version, the processor, and the directories that pip looked into.
    """
    # Others take what a lock has from the index that it names.
    is_pip = dependencies.manager.tool == "pip"
    match error:
        case NoMatchingDistributionError():
            available = error.available_versions
            ignored = tuple(each.version for each in error.ignored_versions)
            return WheelNotFoundOfflineError(
                error.requirement, error.required_by, (*ignored, *available), *place
            )
        case NoWheelError() if is_pip:
            return WheelNotFoundOfflineError(error.requirement, "", (), *place)
        case BuildFailedError() | ProjectBuildFailedError() if _NOTHING_FOUND in error.detail:
            missing = error.detail.partition(_NOTHING_FOUND)[2]
            return BuildBackendMissingOfflineError(
                error.distribution, missing, error.python_version
            )
        case IndexUnreachableError() | LockedFilesMissingError() | ToolFailedError() if not is_pip:
            return LockNeedsIndexError(dependencies.manager.name, dependencies.display_name)
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
