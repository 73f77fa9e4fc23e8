"""Reading what an app depends on, as its package manager declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from python_buildpack.app.files import AppFiles
from python_buildpack.app.request import Build
from python_buildpack.app.settings import Settings
from python_buildpack.package_managers.choice import FoundManager
from python_buildpack.package_managers.offline import require_offline_capable
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.protocol import App, Dependencies, Unhashed
from python_buildpack.system.errors import UserError


@dataclass(eq=False)
class HashesRequiredError(UserError):
    """BP_REQUIRE_HASHES is set, and some of what would be installed has no hash.

    Args:
        unhashed: empty if nothing at all has a hash, for there is no lock.
    """

    names: str
    unhashed: tuple[Unhashed, ...]
    command: str


@dataclass(frozen=True)
class UnsetVariables:
    """Requirements refer to variables that aren't set, so that a server may refuse access.

    Attributes:
        names: of the variables.
        files: that declare the requirements, as the log names them.
    """

    names: tuple[str, ...]
    files: str


def read_dependencies(
    files: AppFiles,
    found: FoundManager | None,
    settings: Settings,
    environment: Mapping[str, str],
) -> Dependencies:
    """Return the dependencies; those of an app without any are pip's to install, too.

    Those of a member of a workspace are read from there, as if the user had chosen the member.

    Args:
        found: its package manager and the file it was found by; None if it has none.

    Raises:
        NoArchiveError, UnreadableWheelsError: a wheel that they name would make the tool wait.
        HashesRequiredError: BP_REQUIRE_HASHES is set, and something has no hash.
    """
    if found is None:
        read = PIP.read(App(files, settings, environment, PIP), None)
    elif found.workspace is not None:
        chosen = replace(settings, uv_package=settings.uv_package or found.workspace.member)
        app = App(found.workspace.files, chosen, environment, found.manager)
        # The app itself is started in its own directory.
        read = replace(found.manager.read(app, None), start_directory="")
    else:
        read = found.manager.read(App(files, settings, environment, found.manager), found.file)
    notices = (*(found.notices if found else ()), *read.notices)
    dependencies = replace(read, root=files.root, notices=notices)
    dependencies.check_local_files()
    return _require_hashes(dependencies) if settings.require_hashes else dependencies


def _require_hashes(dependencies: Dependencies) -> Dependencies:
    """Return ``dependencies`` such that nothing without a hash is installed.

    A full commit hash of a repository counts in a lock file: it is a digest of what is in the commit.
    pip checks neither repositories nor directories by hash, so that requirements files can't have them.
    The app's own projects, which a lock lists by their directory, come with the app.
    """
    if dependencies.is_empty:
        return dependencies
    unhashed = dependencies.unhashed()
    if unhashed is None or unhashed:
        command = dependencies.manager.hash_command
        raise HashesRequiredError(dependencies.display_name, unhashed or (), command)
    return dependencies.with_required_hashes()


def check_dependencies(
    build: Build, dependencies: Dependencies, python_version: str
) -> UnsetVariables | None:
    """Check what the tool, or the network that it needs, would refuse only after a download.

    Returns the variables that the app's files refer to, where some aren't set.
    """
    if dependencies.outdated is not None:
        raise dependencies.outdated
    require_offline_capable(build.settings, dependencies)
    names = dependencies.check(python_version, build.environment)
    return UnsetVariables(names, dependencies.display_name) if names else None
