"""The build phase: read the app, decide, contribute its layers, say what the image starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from python_buildpack.app.request import Build, BuildOutcome, remembered
from python_buildpack.image.image import Image, app_image
from python_buildpack.image.report import report_label
from python_buildpack.layers.app_build import AppBuild
from python_buildpack.layers.app_layers import finish_app_layers, install_app_layers
from python_buildpack.layers.django import write_django_layer
from python_buildpack.layers.python_alone import build_python_alone
from python_buildpack.layers.sizing import write_sizing_layer
from python_buildpack.messages.python_version import source_text
from python_buildpack.messages.start_commands import show_start_commands
from python_buildpack.package_managers.python_evidence.choice import explain_misfit
from python_buildpack.post_install.steps import run_post_install
from python_buildpack.preparation import PreparedApp, prepare
from python_buildpack.project import Project
from python_buildpack.start_commands.determination import StartCommands, determine_start_commands
from python_buildpack.system.errors import BuildpackError


def build(build: Build) -> BuildOutcome:
    """Build the app's layers, and decide what the image starts.

    Raises:
        BuildpackError: the build can't go on; worded in messages/.
    """
    prepared = prepare(build)
    python, dependencies = prepared.python, prepared.project.dependencies
    if prepared.app is None:
        image = Image(build_python_alone(build, prepared.layers, python))
    else:
        image = _build_app(prepared.project, prepared.app)
    if build.settings.report:
        source = source_text(prepared.python_source)
        label = report_label(build, python.version, source, dependencies, image)
        image = replace(image, launch=replace(image.launch, labels=(*image.launch.labels, label)))
    store = remembered(python.series, made_environment=dependencies is not None)
    return BuildOutcome(store, image.launch)


def start_commands(project: Project, app: AppBuild, installed: Mapping[str, str]) -> StartCommands:
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
    files, app, work = project.files, prepared.build, prepared.work
    python = app.python
    try:
        made = install_app_layers(app)
        installed, venv, static = made.record.versions, made.venv, prepared.static
        static = static and static.of(made.record, is_reused=made.is_reused)
        always = run_post_install(
            work, files, venv.python, venv.environment, installed, app.output, static
        )
        finish_app_layers(app, made, needed_by_app=always)
    except BuildpackError as error:
        raise explain_misfit(error, app.build, app.dependencies, python.version) from error
    write_sizing_layer(app.layers, python)
    write_django_layer(app.layers, work.launch_env(files.directory, installed))
    start = start_commands(project, app, installed)
    working_dir = str(files.directory) if files.path else ""
    manager = app.dependencies.manager.name
    return app_image(made.decisions, installed, python.version, manager, start, working_dir)
