"""Reading what an app depends on, as its package manager declares it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from python_buildpack.configuration import Configuration
from python_buildpack.package_managers.choice import FoundManager, Manager
from python_buildpack.package_managers.manager import Dependencies


@dataclass(frozen=True)
class App:
    """An app that is to be read.

    Attributes:
        directory: its root.
        configuration: the BP_ settings.
        environment: what the package manager will see.
    """

    directory: Path
    configuration: Configuration
    environment: Mapping[str, str]


class _Module(Protocol):
    def read(self, app: App, file: str | None) -> Dependencies: ...


# Imported when it is known which one: each takes its time.
_MODULES = {
    Manager.PIP: "pip_requirements",
    Manager.UV: "uv",
    Manager.POETRY: "poetry",
    Manager.PDM: "pdm",
    Manager.PYLOCK: "pylock",
    Manager.PIPENV: "pipenv",
    Manager.PYPROJECT: "project_install",
    Manager.SETUPTOOLS: "project_install",
}


def read_dependencies(
    app_dir: Path,
    found: FoundManager | None,
    configuration: Configuration,
    environment: Mapping[str, str],
) -> Dependencies:
    """Return the dependencies; those of an app without any are pip's to install, too.

    Args:
        app_dir: the app.
        found: its package manager and the file it was found by; None where it has none.
        configuration: the BP_ settings.
        environment: what the package manager will see.

    Raises:
        NoArchiveError, UnreadableWheelsError: a wheel that they name would make the tool wait.
        HashesRequiredError: BP_REQUIRE_HASHES is set, and something has no hash.
        BuildpackError: a file is missing, unreadable, or certainly wrong; with file and line.
    """
    manager = found.manager if found is not None else Manager.PIP
    name = f"python_buildpack.package_managers.{_MODULES[manager]}"
    module = cast("_Module", importlib.import_module(name))
    app = App(app_dir, configuration, environment)
    dependencies = module.read(app, found.file if found is not None else None)
    dependencies.check_local_files()
    if not configuration.require_hashes:
        return dependencies
    from python_buildpack.package_managers.required_hashes import with_required_hashes

    return with_required_hashes(dependencies)
