"""The build phase: read the app, decide, contribute its layers, say what the image starts."""

from __future__ import annotations

from dataclasses import replace

from python_buildpack.app.checks import check_environment
from python_buildpack.app.request import Build, BuildOutcome, remembered
from python_buildpack.build_log import show_python, show_unset, show_warnings, warn_of_libraries
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.image.image import Image, app_image
from python_buildpack.image.report import report_label
from python_buildpack.layers.app_build import AppBuild
from python_buildpack.layers.app_layers import finish_app_layers, install_app_layers
from python_buildpack.layers.cache_policy import has_later_buildpacks
from python_buildpack.layers.django import write_django_layer
from python_buildpack.layers.python import PythonLayer, inspect_python_layer
from python_buildpack.layers.python_alone import build_python_alone
from python_buildpack.layers.sizing import write_sizing_layer
from python_buildpack.layers.venv import venv_layer
from python_buildpack.messages.python_version import source_text
from python_buildpack.messages.start_commands import show_start_commands
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.package_managers.python_evidence.choice import choose_python, explain_misfit
from python_buildpack.package_managers.reading import check_dependencies
from python_buildpack.package_managers.registry import URL_VARIABLES
from python_buildpack.post_install.steps import read_post_install_steps, run_post_install
from python_buildpack.project import Project, read_project
from python_buildpack.start_commands.determination import determine_start_commands
from python_buildpack.system.errors import BuildpackError


def build(build: Build) -> BuildOutcome:
    """Build the app's layers, and decide what the image starts.

    Raises:
        BuildpackError: the build can't go on; worded in messages/.
    """
    check_environment(build.environment, URL_VARIABLES)
    project = read_project(build.context.app_dir, build.settings, build.environment)
    dependencies = project.dependencies
    build.output.hide(project.known_secrets)
    resolution = choose_python(build, project.version_sources, dependencies)
    show_warnings(build, project, resolution)
    show_unset(
        build, dependencies, check_dependencies(build, dependencies, str(resolution.version))
    )
    show_python(build, project, resolution)
    # What other buildpacks have asked for is theirs to change.
    detect_changes = dependencies is None or has_later_buildpacks(build.context.layers_dir)
    layers = Layers(build.context.layers_dir, detect_changes=detect_changes)
    python = inspect_python_layer(
        layers, resolution.artifact, build.environment, build.context.buildpack_dir
    )
    if dependencies is None:
        image = Image(build_python_alone(build, layers, python))
    else:
        image = _build_app(build, project, dependencies, layers, python)
    if build.settings.report:
        source = source_text(resolution.source)
        label = report_label(build, python.version, source, dependencies, image)
        image = replace(image, launch=replace(image.launch, labels=(*image.launch.labels, label)))
    store = remembered(python.series, made_environment=dependencies is not None)
    return BuildOutcome(store, image.launch)


def _build_app(
    build: Build, project: Project, dependencies: Dependencies, layers: Layers, python: PythonLayer
) -> Image:
    files, written = project.files, project.start_commands
    app_dir = files.directory
    directory = dependencies.start_directory
    work = read_post_install_steps(app_dir, build.settings, build.environment, written, directory)
    static = work.collected(layers, files, venv_layer(layers, python.environment).environment)
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
    try:
        made = install_app_layers(app)
        installed, venv = made.record.versions, made.venv
        static = static and static.of(made.record, is_reused=made.is_reused)
        always = run_post_install(
            work, files, venv.python, venv.environment, installed, build.output, static
        )
        finish_app_layers(app, made, needed_by_app=always)
    except BuildpackError as error:
        raise explain_misfit(error, build, dependencies, python.version) from error
    write_sizing_layer(layers, python)
    write_django_layer(layers, work.launch_env(app_dir, installed))
    start = determine_start_commands(
        files,
        written,
        installed,
        live_reload=build.settings.live_reload,
        environment=build.environment,
        directory=directory,
    )
    show_start_commands(start, build.output)
    working_dir = str(files.directory) if files.path else ""
    manager = dependencies.manager.name
    return app_image(made.decisions, installed, python.version, manager, start, working_dir)
