"""BP_OFFLINE: what is refused in a build without a network, and why what fails there does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from python_buildpack.app.request import Build
from python_buildpack.app.settings import Settings
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.system.errors import BuildpackError


def require_offline_capable(settings: Settings, dependencies: Dependencies) -> None:
    """Refuse, before anything is made, a lock whose tool would ask for what it can't get.

    Raises:
        LockNeedsIndexError: the tool tries again and again, for many seconds.
    """
    if settings.offline and dependencies.needs_index:
        from python_buildpack.package_managers.offline_failures import LockNeedsIndexError

        raise LockNeedsIndexError(dependencies.manager, dependencies.display_name)


@contextmanager
def explain_offline_failures(
    build: Build, dependencies: Dependencies, python_version: str
) -> Iterator[None]:
    """Give what fails in the block, for lack of a network, the message that helps there."""
    try:
        yield
    except BuildpackError as error:
        if not build.settings.offline:
            raise
        from python_buildpack.package_managers.offline_failures import WheelSearch, offline_failure

        directories = tuple(build.environment.get("PIP_FIND_LINKS", "").split())
        search = WheelSearch(python_version, build.context.target.arch, directories)
        better = offline_failure(error, dependencies, search)
        if better is None:
            raise
        raise better from error
