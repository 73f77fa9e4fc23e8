"""What is known and decided before anything is made: it is what a build does, and explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_buildpack.app.checks import check_environment
from python_buildpack.app.request import Build
from python_buildpack.build_log import show_python, show_warnings, warn_of_libraries
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.app_build import AppBuild, EnvironmentBuild
from python_buildpack.layers.cache_policy import has_later_buildpacks
from python_buildpack.layers.python import PythonLayer, inspect_python_layer
from python_buildpack.layers.venv import venv_layer
from python_buildpack.messages.warning import show_warning
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.package_managers.python_evidence.choice import choose_python
from python_buildpack.package_managers.reading import check_dependencies
from python_buildpack.package_managers.registry import URL_VARIABLES
from python_buildpack.post_install.steps import PostInstallSteps, read_post_install_steps
from python_buildpack.project import Project, read_project
from python_buildpack.python_version.sources import VersionSource

if TYPE_CHECKING:
    from python_buildpack.post_install.static_layer import StaticLayer


@dataclass(frozen=True)
class PreparedApp:
    """An app before its layers are made.

    Attributes:
        build: what its layers are made from.
        work: what is done to the app itself.
        static: what collectstatic has left; None where it always runs.
    """

    build: AppBuild
    work: PostInstallSteps
    static: StaticLayer | None


@dataclass(frozen=True)
class Prepared:
    """A build whose app is read, and whose Python is chosen.

    Attributes:
        python_source: what has chosen it.
        layers: this buildpack's, with what the last build left.
        app: None where other buildpacks want Python alone.
    """

    project: Project
    python_source: VersionSource
    layers: Layers
    python: PythonLayer
    app: PreparedApp | None


@dataclass(frozen=True)
class PreparedConda:
    """A build whose app is read, and whose environment brings a Python; attributes as above."""

    project: Project
    build: EnvironmentBuild
    work: PostInstallSteps
    static: StaticLayer | None


def prepare(build: Build) -> Prepared | PreparedConda:
    """Read the app and choose its Python; print which, and what the user should know.

    Nothing is written, and nothing is downloaded but pages of package indexes.
    """
    check_environment(build.environment, URL_VARIABLES)
    project = read_project(build.context.app_dir, build.settings, build.environment)
    dependencies = project.dependencies
    build.output.hide(project.known_secrets)
    # What other buildpacks have asked for is theirs to change.
    detect_changes = dependencies is None or has_later_buildpacks(build.context.layers_dir)
    layers = Layers(build.context.layers_dir, detect_changes=detect_changes)
    if dependencies is not None and dependencies.manager.has_own_python:
        return _prepare_conda(build, project, dependencies, layers)
    resolution = choose_python(build, project.version_sources, dependencies)
    show_warnings(build, project, (*resolution.notices, *resolution.warnings))
    if dependencies is not None:
        unset = check_dependencies(build, dependencies, str(resolution.version))
        if unset is not None:
            show_warning(unset, build.output)
    show_python(build, project, resolution)
    python = inspect_python_layer(
        layers, resolution.artifact, build.environment, build.context.buildpack_dir
    )
    app = _prepare_app(build, project, dependencies, layers, python) if dependencies else None
    return Prepared(project, resolution.source, layers, python, app)


def _prepare_app(
    build: Build, project: Project, dependencies: Dependencies, layers: Layers, python: PythonLayer
) -> PreparedApp:
    environment = venv_layer(layers, python.environment).environment
    work, static = _prepare_work(build, project, dependencies, layers, environment)
    app = AppBuild(
        build=build,
        layers=layers,
        dependencies=dependencies,
        python=python,
        post_install=work.name,
        is_collected=static is not None and static.is_current,
        secrets=project.secrets,
        on_missing_libraries=lambda missing: warn_of_libraries(build, missing),
    )
    return PreparedApp(app, work, static)


def _prepare_conda(
    build: Build, project: Project, dependencies: Dependencies, layers: Layers
) -> PreparedConda:
    from python_buildpack.layers.conda import conda_layer

    show_warnings(build, project, ())
    check_dependencies(build, dependencies, "")
    environment = conda_layer(layers, build.environment).environment
    work, static = _prepare_work(build, project, dependencies, layers, environment)
    app = EnvironmentBuild(
        build=build,
        layers=layers,
        dependencies=dependencies,
        post_install=work.name,
        is_collected=static is not None and static.is_current,
        secrets=project.secrets,
        on_missing_libraries=lambda missing: warn_of_libraries(build, missing),
    )
    return PreparedConda(project, app, work, static)


def _prepare_work(
    build: Build,
    project: Project,
    dependencies: Dependencies,
    layers: Layers,
    environment: Mapping[str, str],
) -> tuple[PostInstallSteps, StaticLayer | None]:
    """Return what the build does to the app, and what the last one has collected.

    Args:
        environment: for the programs of the build.
    """
    work = read_post_install_steps(
        project.files.directory,
        build.settings,
        build.environment,
        project.start_commands,
        dependencies.start_directory,
    )
    return work, work.collected(layers, project.files, environment)
