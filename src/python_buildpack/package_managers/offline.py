"""BP_OFFLINE: what is refused in a build without a network, and why what fails there does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from python_buildpack.app.offline import is_offline
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.system.errors import BuildpackError


def require_offline_capable(
    dependencies: Dependencies | None, environment: Mapping[str, str]
) -> None:
    """Refuse, before anything is made, a lock whose tool would ask for what it can't get.

    Raises:
        LockNeedsIndexError: the tool tries again and again, for many seconds.
    """
    if is_offline(environment) and dependencies is not None and dependencies.needs_index:
        from python_buildpack.package_managers.offline_failures import LockNeedsIndexError

        raise LockNeedsIndexError(dependencies.manager, dependencies.display_name)


@contextmanager
def explain_offline_failures(
    environment: Mapping[str, str], dependencies: Dependencies, python_version: str, arch: str
) -> Iterator[None]:
    """Give what fails in the block, for lack of a network, the message that helps there.

    Args:
        environment: of the build.
        dependencies: what is installed.
        python_version: X.Y.Z.
        arch: as Go names it.
    """
    try:
        yield
    except BuildpackError as error:
        if not is_offline(environment):
            raise
        # Imported here: nothing fails in most builds.
        from python_buildpack.package_managers.offline_failures import WheelSearch, offline_failure

        directories = tuple(environment.get("PIP_FIND_LINKS", "").split())
        search = WheelSearch(python_version, arch, directories)
        better = offline_failure(error, dependencies, search)
        if better is None:
            raise
        raise better from error
