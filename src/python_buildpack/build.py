"""The build phase: check, read, decide, then contribute one layer after the other."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.cnb.buildpack_plan import BuildpackPlan
from python_buildpack.cnb.contexts import BuildContext
from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.store import Store
from python_buildpack.configuration import Configuration
from python_buildpack.detect import PYTHON
from python_buildpack.environment_checks import check_environment
from python_buildpack.error_messages.environment import committed_environments_warning
from python_buildpack.error_messages.python_version import notice_text, source_text
from python_buildpack.inventory import read_inventory
from python_buildpack.layers.pip import PipLayer, contribute_pip_layer
from python_buildpack.layers.python import PythonLayer, contribute_python_layer
from python_buildpack.layers.venv import VenvLayer, contribute_venv_layer
from python_buildpack.output import Output
from python_buildpack.package_managers.pip import install_requirements
from python_buildpack.pip_wheel import read_vendored_pip
from python_buildpack.project import Project, read_project
from python_buildpack.python_version import Notice, PythonVersionResolution, resolve_python_version

_LAST_PYTHON_KEY = "python_version"


@dataclass(frozen=True)
class Build:
    """What a build works with: all that comes from outside."""

    context: BuildContext
    plan: BuildpackPlan
    store: Store
    configuration: Configuration
    environment: Mapping[str, str]
    today: datetime.date
    output: Output


def build(run: Build) -> Store:
    """Build the app's layers and return what the next build has to know.

    Raises:
        BuildpackError: the build can't go on; as error_messages explains.
    """
    check_environment(run.environment)
    project = read_project(run.context.app_dir, run.configuration, run.environment)
    resolution = _resolve_python(run, project)
    _show_warnings(run.output, project, resolution)

    run.output.section("Python")
    run.output.line(f"Using Python {resolution.version}, {source_text(resolution.source)}")
    python = contribute_python_layer(
        run.context.layers_dir,
        resolution.artifact,
        _python_types(run.plan, project),
        mirror=run.configuration.dependency_mirror,
        environment=run.environment,
        output=run.output,
    )
    if project.is_python:
        run.output.section("pip")
        pip = _contribute_pip(run, python)
        run.output.section("Dependencies")
        _contribute_dependencies(run, project, python, pip)
    return Store({_LAST_PYTHON_KEY: python.series})


def _resolve_python(run: Build, project: Project) -> PythonVersionResolution:
    inventory_path = run.configuration.python_inventory
    inventory = read_inventory(
        Path(inventory_path) if inventory_path else run.context.buildpack_dir / "inventory.toml"
    )
    target = run.context.target
    return resolve_python_version(
        project.version_sources,
        inventory,
        target.os,
        target.arch,
        run.store.metadata.get(_LAST_PYTHON_KEY),
        run.today,
    )


def _show_warnings(output: Output, project: Project, resolution: PythonVersionResolution) -> None:
    notices: tuple[Notice, ...] = (*resolution.notices, *resolution.warnings)
    for notice in notices:
        output.warning("Python version", notice_text(notice))
    if project.committed_environments:
        warning = committed_environments_warning(project.committed_environments)
        output.warning(warning.heading, warning.body)


def _python_types(plan: BuildpackPlan, project: Project) -> LayerTypes:
    """Return the layer types of Python: an app runs with it, another buildpack says if it does.

    ``launch`` in a requirement's metadata is how buildpacks ask for it in the run image.
    """
    is_required_at_launch = any(
        entry.name == PYTHON and entry.metadata.get("launch") is True for entry in plan.entries
    )
    return LayerTypes(launch=project.is_python or is_required_at_launch, build=True, cache=True)


def _contribute_pip(run: Build, python: PythonLayer) -> PipLayer:
    return contribute_pip_layer(
        run.context.layers_dir,
        python,
        requested_version=run.configuration.pip_version,
        vendored=read_vendored_pip(run.context.buildpack_dir),
        at_launch=run.configuration.pip_at_launch,
        output=run.output,
    )


def _contribute_dependencies(
    run: Build,
    project: Project,
    python: PythonLayer,
    pip: PipLayer,
) -> VenvLayer:
    requirements = project.requirements

    def install(venv: VenvLayer) -> None:
        if requirements is None:
            run.output.line("The app declares no dependencies: the virtual environment is empty")
        elif requirements.closure.is_empty:
            run.output.line(f"{requirements.names} asks for nothing: the environment is empty")
        else:
            with run.output.timed(f"Installing from {requirements.names} with pip {pip.version}"):
                install_requirements(
                    requirements, pip, venv, python_version=python.version, output=run.output
                )

    return contribute_venv_layer(
        run.context.layers_dir,
        python,
        environment=pip.environment,
        install=install,
        output=run.output,
    )
