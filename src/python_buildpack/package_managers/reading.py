"""Reading what an app depends on, as its package manager declares it."""

from __future__ import annotations

from collections.abc import Mapping

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.package_managers.choice import FoundManager
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.protocol import App, Dependencies


def read_dependencies(
    files: AppFiles,
    found: FoundManager | None,
    settings: Settings,
    environment: Mapping[str, str],
) -> Dependencies:
    """Return the dependencies; those of an app without any are pip's to install, too.

    Args:
        files: the app's.
        found: its package manager and the file it was found by; None where it has none.
        settings: the BP_ settings.
        environment: what the package manager will see.

    Raises:
        NoArchiveError, UnreadableWheelsError: a wheel that they name would make the tool wait.
        HashesRequiredError: BP_REQUIRE_HASHES is set, and something has no hash.
        BuildpackError: a file is missing, unreadable, or certainly wrong; with file and line.
    """
    manager = found.manager if found is not None else PIP
    app = App(files, settings, environment, manager)
    dependencies = manager.read(app, found.file if found is not None else None)
    dependencies.check_local_files()
    if not settings.require_hashes:
        return dependencies
    from python_buildpack.package_managers.required_hashes import require_hashes

    return require_hashes(dependencies)
