"""The build phase: check, read, decide, then contribute one layer after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from python_buildpack.app.checks import check_environment
from python_buildpack.app.files import leaves_app
from python_buildpack.app.request import Build
from python_buildpack.cnb.launch import Launch
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.cnb.store import Store
from python_buildpack.image.labels import image_labels
from python_buildpack.layers.app_layers import AppBuild, finish_app_layers, install_app_layers
from python_buildpack.layers.cache_policy import has_later_buildpacks
from python_buildpack.layers.django import write_django_layer
from python_buildpack.layers.python import PythonLayer, inspect_python_layer
from python_buildpack.layers.python_alone import build_python_alone
from python_buildpack.layers.sizing import write_sizing_layer
from python_buildpack.messages.environment import (
    committed_credentials_warning,
    committed_environments_warning,
)
from python_buildpack.messages.python_version import (
    notice_text,
    source_text,
    unused_version_text,
)
from python_buildpack.messages.start_commands import show_start_commands
from python_buildpack.package_managers.offline import require_offline_capable
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.package_managers.registry import URL_VARIABLES
from python_buildpack.post_install.steps import read_post_install_steps, run_post_install
from python_buildpack.project import Project, read_project
from python_buildpack.python_version.inventory import Inventory, read_inventory
from python_buildpack.python_version.resolve import (
    Notice,
    PythonVersionResolution,
    resolve_python_version,
)
from python_buildpack.python_version.sources import VersionSource
from python_buildpack.python_version.tool_versions import unused_tool_versions
from python_buildpack.start_commands.determination import (
    determine_start_commands,
    import_detection,
)
from python_buildpack.start_commands.processes import processes
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.output import Output
from python_buildpack.system.secrets import union

if TYPE_CHECKING:
    from python_buildpack.environment.linkage.check import MissingLibrary

_LAST_PYTHON_KEY = "python_version"
_MADE_KEY = "environment"


@dataclass(frozen=True)
class BuildOutcome:
    """What the lifecycle is told: what the next build has to know, and what the image starts."""

    store: Store
    launch: Launch


def build(run: Build) -> BuildOutcome:
    """Build the app's layers, and decide what the image starts.

    Raises:
        BuildpackError: the build can't go on; worded in messages/.
    """
    check_environment(run.environment, URL_VARIABLES)
    project = read_project(run.context.app_dir, run.settings, run.environment)
    run.output.hide(
        union((project.secrets, *(each.secrets for each in project.committed_credentials)))
    )
    resolution = _resolve_python(run, project)
    _show_warnings(run, project, resolution)
    _check_dependencies(run, project, resolution)
    layers = _layers(run, project)
    python = inspect_python_layer(
        layers, resolution.artifact, run.environment, run.context.buildpack_dir
    )
    run.output.section("Python")
    run.output.line(f"Using Python {resolution.version}, {source_text(resolution.source)}")
    _show_unused_versions(run.output, project, resolution)
    if project.dependencies is None:
        build_python_alone(run, layers, python)
        # The image's processes are those of the buildpacks that have asked for it.
        built = _Built(Launch(), {})
    else:
        built = _build_app(run, project, project.dependencies, layers, python)
    launch = _reported(run, project, resolution, built) if run.settings.report else built.launch
    made = {_MADE_KEY: "made"} if project.dependencies is not None else {}
    return BuildOutcome(Store({_LAST_PYTHON_KEY: python.series, **made}), launch)


@dataclass(frozen=True)
class _Built:
    """What the image starts, and the versions of what is installed in it."""

    launch: Launch
    installed: Mapping[str, str]


def _layers(run: Build, project: Project) -> Layers:
    layers_dir = run.context.layers_dir
    # What other buildpacks have asked for is theirs to change.
    is_for_others = project.dependencies is None
    return Layers(layers_dir, detect_changes=is_for_others or has_later_buildpacks(layers_dir))


def _build_app(
    run: Build, project: Project, dependencies: Dependencies, layers: Layers, python: PythonLayer
) -> _Built:
    """Build the app's layers, and decide what the image starts."""
    work = read_post_install_steps(
        run.context.app_dir,
        run.settings,
        run.environment,
        project.start_commands,
        dependencies.start_directory,
    )
    app = AppBuild(
        build=run,
        layers=layers,
        dependencies=dependencies,
        notices=project.notices,
        python=python,
        post_install=work.name,
        was_made=_MADE_KEY in run.store.metadata,
        secrets=project.secrets,
        while_waiting=import_detection,
        on_missing_libraries=lambda missing: _warn_of_libraries(missing, run.output),
    )
    try:
        installed = install_app_layers(app)
        versions, in_venv = installed.record.versions, installed.venv.environment
        run_post_install(
            work, run.context.app_dir, installed.venv.python, in_venv, versions, run.output
        )
        finish_app_layers(app, installed)
    except BuildpackError as error:
        raise _explained(run, dependencies, python, error) from error
    write_sizing_layer(layers, python)
    write_django_layer(layers, work.launch_env(run.context.app_dir, versions))
    start = determine_start_commands(
        run.context.app_dir,
        project.start_commands,
        versions,
        live_reload=run.settings.live_reload,
        environment=run.environment,
        directory=dependencies.start_directory,
    )
    show_start_commands(start, run.output)
    launch = Launch(
        labels=image_labels(python.version, dependencies.manager.name, start),
        processes=processes(start.commands, start.default),
    )
    return _Built(launch, versions)


def _warn_of_libraries(missing: tuple[MissingLibrary, ...], output: Output) -> None:
    # Imported here: most environments have all.
    from python_buildpack.messages.linkage import missing_libraries_warning

    warning = missing_libraries_warning(missing)
    output.warning(warning.heading, warning.body)


def _reported(
    run: Build, project: Project, resolution: PythonVersionResolution, built: _Built
) -> Launch:
    """Return the launch configuration with a report of the build, which is logged too."""
    # Imported here: few builds are asked for one.
    from python_buildpack.image.report import report_label

    label = report_label(run, resolution, project.dependencies, built.installed)
    return replace(built.launch, labels=(*built.launch.labels, label))


def _check_dependencies(run: Build, project: Project, resolution: PythonVersionResolution) -> None:
    """Check what the tool, or the network that it needs, would refuse only after a download.

    Raises:
        BuildpackError: it would.
    """
    if project.dependencies is not None and project.dependencies.outdated is not None:
        raise project.dependencies.outdated
    require_offline_capable(project.dependencies, run.environment)
    if project.dependencies is not None:
        project.dependencies.check(str(resolution.version), run.environment, run.output)


def _resolve_python(run: Build, project: Project) -> PythonVersionResolution:
    target = run.context.target
    return resolve_python_version(
        project.version_sources,
        _read_inventory(run),
        target.os,
        target.arch,
        run.store.metadata.get(_LAST_PYTHON_KEY),
        run.today,
        lambda candidates: _suggested_python(run, project.dependencies, candidates),
    )


def _read_inventory(run: Build) -> Inventory:
    path = run.settings.python_inventory
    return read_inventory(Path(path) if path else run.context.buildpack_dir / "inventory.toml")


def _suggested_python(
    run: Build, dependencies: Dependencies | None, candidates: Sequence[Version]
) -> VersionSource | None:
    if dependencies is None:
        return None
    # Imported here: only first builds of apps that name no Python ask.
    from python_buildpack.package_managers.python_evidence.suggestion import (
        Question,
        suggested_source,
    )

    question = Question(run.context.app_dir, dependencies, run.environment, run.context.target.arch)
    return suggested_source(question, candidates, run.context.buildpack_dir)


def _explained(
    run: Build, dependencies: Dependencies, python: PythonLayer, error: BuildpackError
) -> BuildpackError:
    """Return an error with the Python that would do, where there is one."""
    # Imported here: nothing fails in most builds.
    from python_buildpack.package_managers.python_evidence.suggestion import (
        Question,
        misfits_explained,
    )

    target, buildpack_dir = run.context.target, run.context.buildpack_dir
    question = Question(run.context.app_dir, dependencies, run.environment, target.arch)
    versions = _read_inventory(run).versions(target.os, target.arch)
    return misfits_explained(error, question, versions, Version(python.version), buildpack_dir)


def _show_unused_versions(
    output: Output, project: Project, resolution: PythonVersionResolution
) -> None:
    unused = unused_tool_versions(
        project.tool_versions, project.version_sources, resolution.version
    )
    for each in unused:
        output.line(unused_version_text(each))


def _show_warnings(run: Build, project: Project, resolution: PythonVersionResolution) -> None:
    output = run.output
    notices: tuple[Notice, ...] = (*resolution.notices, *resolution.warnings)
    for notice in notices:
        output.warning("Python version", notice_text(notice))
    if project.committed_environments:
        warning = committed_environments_warning(project.committed_environments)
        output.warning(warning.heading, warning.body)
    # What a link leads to outside of the app is no part of the image.
    app_dir, found = run.context.app_dir, project.committed_credentials
    committed = [each for each in found if not leaves_app(app_dir, each.file)]
    if committed:
        warning = committed_credentials_warning(committed)
        output.warning(warning.heading, warning.body)
