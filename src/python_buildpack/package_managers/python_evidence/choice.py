"""The Python that a build gets, and which would do where an installation failed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from packaging.version import Version

from python_buildpack.app.request import Build
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.python_version.inventory import Inventory, read_inventory
from python_buildpack.python_version.resolve import PythonVersionResolution, resolve_python_version
from python_buildpack.python_version.sources import VersionSource
from python_buildpack.system.errors import BuildpackError


def choose_python(
    build: Build, sources: Sequence[VersionSource], dependencies: Dependencies | None
) -> PythonVersionResolution:
    """Choose the newest release that satisfies all sources; as ``resolve_python_version``.

    Args:
        dependencies: may tell which Python an app was written for that asks for none.
    """

    def suggest(candidates: Sequence[Version]) -> VersionSource | None:
        if dependencies is None:
            return None
        from python_buildpack.package_managers.python_evidence.suggestion import suggested_source

        return suggested_source(build, dependencies, candidates)

    target = build.context.target
    return resolve_python_version(
        sources, _inventory(build), target.os, target.arch, build.last_python, build.today, suggest
    )


def explain_misfit(
    error: BuildpackError, build: Build, dependencies: Dependencies, python_version: str
) -> BuildpackError:
    """Return why an installation failed, with the Python that would do, where there is one."""
    from python_buildpack.package_managers.python_evidence.suggestion import misfits_explained

    versions = _inventory(build).versions(build.context.target.os, build.context.target.arch)
    return misfits_explained(error, build, dependencies, versions, Version(python_version))


def _inventory(build: Build) -> Inventory:
    path = build.settings.python_inventory
    return read_inventory(Path(path) if path else build.context.buildpack_dir / "inventory.toml")
