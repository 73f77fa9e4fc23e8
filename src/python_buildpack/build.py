"""The build phase: read the app, decide, contribute its layers, say what the image starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from python_buildpack.app.request import Build, BuildOutcome, remembered
from python_buildpack.image.image import Image, app_image
from python_buildpack.image.report import report_label
from python_buildpack.layers.app_build import EnvironmentBuild
from python_buildpack.layers.app_layers import (
    InstalledApp,
    finish_app_layers,
    install_app_layers,
)
from python_buildpack.layers.django import write_django_layer
from python_buildpack.layers.python_alone import build_python_alone
from python_buildpack.layers.sizing import write_sizing_layer
from python_buildpack.messages.python_version import source_text
from python_buildpack.messages.start_commands import show_start_commands
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.package_managers.python_evidence.choice import explain_misfit
from python_buildpack.post_install.steps import PostInstallSteps, run_post_install
from python_buildpack.preparation import PreparedApp, PreparedConda, prepare
from python_buildpack.project import Project
from python_buildpack.start_commands.determination import StartCommands, determine_start_commands
from python_buildpack.system.errors import BuildpackError

if TYPE_CHECKING:
    from python_buildpack.post_install.static_layer import StaticLayer


def build(build: Build) -> BuildOutcome:
    """Build the app's layers, and decide what the image starts.

    Raises:
        BuildpackError: the build can't go on; worded in messages/.
    """
    prepared = prepare(build)
    if isinstance(prepared, PreparedConda):
        return _build_conda(prepared)
    python, dependencies = prepared.python, prepared.project.dependencies
    if prepared.app is None:
        image = Image(build_python_alone(build, prepared.layers, python))
    else:
        image = _build_app(prepared.project, prepared.app)
    image = _reported(
        build, image, dependencies, python.version, source_text(prepared.python_source)
    )
    store = remembered(python.series, made_environment=dependencies is not None)
    return BuildOutcome(store, image.launch)


def _reported(
    build: Build, image: Image, dependencies: Dependencies | None, version: str, source: str
) -> Image:
    """Return the image with a report of its build, if one is wanted.

    Args:
        version: of Python, X.Y.Z.
        source: what chose it, as in the log.
    """
    if not build.settings.report:
        return image
    label = report_label(build, version, source, dependencies, image)
    return replace(image, launch=replace(image.launch, labels=(*image.launch.labels, label)))


def start_commands(
    project: Project, app: EnvironmentBuild, installed: Mapping[str, str]
) -> StartCommands:
    """Determine what the image starts, and print it.

    Args:
        installed: the version of each installed distribution, by its normalised name.
    """
    start = determine_start_commands(
        project.files,
        project.start_commands,
        installed,
        live_reload=app.build.settings.live_reload,
        environment=app.build.environment,
        directory=app.dependencies.start_directory,
    )
    show_start_commands(start, app.output)
    return start


def _build_app(project: Project, prepared: PreparedApp) -> Image:
    app, work, python = prepared.build, prepared.work, prepared.build.python
    try:
        made = install_app_layers(app)
        always = _after_installation(project, app, work, prepared.static, made)
        finish_app_layers(app, made, needed_by_app=always)
    except BuildpackError as error:
        raise explain_misfit(error, app.build, app.dependencies, python.version) from error
    return _image(project, app, work, made, python.executable, python.version)


def _build_conda(prepared: PreparedConda) -> BuildOutcome:
    """Build an app whose environment brings a Python."""
    from python_buildpack.layers.conda import finish_conda_layers, install_conda_layers

    project, app, work = prepared.project, prepared.build, prepared.work
    made = install_conda_layers(app, project.version_sources)
    always = _after_installation(project, app, work, prepared.static, made)
    finish_conda_layers(app, made, needed_by_app=always)
    image = _image(project, app, work, made, made.interpreter, made.python_version)
    dependencies = app.dependencies
    source = f"from {dependencies.display_name}"
    image = _reported(app.build, image, dependencies, made.python_version, source)
    return BuildOutcome(remembered(made.series, made_environment=True), image.launch)


def _after_installation(
    project: Project,
    app: EnvironmentBuild,
    work: PostInstallSteps,
    static: StaticLayer | None,
    made: InstalledApp,
) -> bool:
    """Do what the build does to the app; return whether the next one does it whatever changes."""
    static = static and static.of(made.record, is_reused=made.is_reused)
    venv, versions = made.venv, made.record.versions
    layers_dir, output = app.layers.directory, app.output
    return run_post_install(
        work, project.files, layers_dir, venv.python, venv.environment, versions, output, static
    )


def _image(
    project: Project,
    app: EnvironmentBuild,
    work: PostInstallSteps,
    made: InstalledApp,
    interpreter: Path,
    version: str,
) -> Image:
    """Return the image, whose processes are sized and started as the app and its files say.

    Args:
        interpreter: of the image.
        version: of Python, X.Y.Z.
    """
    files, installed = project.files, made.record.versions
    write_sizing_layer(app.layers, interpreter)
    write_django_layer(app.layers, work.launch_env(files.directory, installed))
    start = start_commands(project, app, installed)
    working_dir = str(files.directory) if files.path else ""
    manager = app.dependencies.manager.name
    return app_image(made.decisions, installed, version, manager, start, working_dir)
