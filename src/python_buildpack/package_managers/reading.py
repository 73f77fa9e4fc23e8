"""Reading what an app depends on, as its package manager declares it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from python_buildpack.app.settings import Settings
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.package_managers.registry import FoundManager, Manager


@dataclass(frozen=True)
class App:
    """An app that is to be read.

    Attributes:
        directory: its root.
        settings: the BP_ settings.
        environment: what the package manager will see.
    """

    directory: Path
    settings: Settings
    environment: Mapping[str, str]


class _Module(Protocol):
    def read(self, app: App, file: str | None) -> Dependencies: ...


# Imported when it is known which one: each takes its time.
_MODULES = {
    Manager.PIP: "pip.reading",
    Manager.UV: "uv.strategy",
    Manager.POETRY: "poetry.strategy",
    Manager.PDM: "lock.pdm",
    Manager.PYLOCK: "lock.pylock",
    Manager.PIPENV: "lock.pipenv",
    Manager.PYPROJECT: "project.strategy",
    Manager.SETUPTOOLS: "project.strategy",
}


def read_dependencies(
    app_dir: Path,
    found: FoundManager | None,
    settings: Settings,
    environment: Mapping[str, str],
) -> Dependencies:
    """Return the dependencies; those of an app without any are pip's to install, too.

    Args:
        app_dir: the app.
        found: its package manager and the file it was found by; None where it has none.
        settings: the BP_ settings.
        environment: what the package manager will see.

    Raises:
        NoArchiveError, UnreadableWheelsError: a wheel that they name would make the tool wait.
        HashesRequiredError: BP_REQUIRE_HASHES is set, and something has no hash.
        BuildpackError: a file is missing, unreadable, or certainly wrong; with file and line.
    """
    manager = found.manager if found is not None else Manager.PIP
    name = f"python_buildpack.package_managers.{_MODULES[manager]}"
    module = cast("_Module", importlib.import_module(name))
    app = App(app_dir, settings, environment)
    dependencies = module.read(app, found.file if found is not None else None)
    dependencies.check_local_files()
    if not settings.require_hashes:
        return dependencies
    from python_buildpack.package_managers.required_hashes import with_required_hashes

    return with_required_hashes(dependencies)
