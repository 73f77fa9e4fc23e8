"""The layers of a Python app: what is reused, what is made, and what the next build will find."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.cnb.contexts import BuildContext
from python_buildpack.cnb.layers_dir import read_layer
from python_buildpack.configuration import Configuration
from python_buildpack.layers import venv as venv_module
from python_buildpack.layers.bytecode import BytecodeCompiler
from python_buildpack.layers.needs import Needs, is_followed
from python_buildpack.layers.pip import (
    PipLayer,
    finish_pip_layer,
    inspect_pip_layer,
    keep_pip_layer,
    provided_pip,
)
from python_buildpack.layers.python import PythonLayer, finish_python_layer, provided_python
from python_buildpack.layers.venv import (
    VenvLayer,
    finish_venv_layer,
    made_venv,
    venv_layer,
    write_lock,
)
from python_buildpack.layers.venv_bytecode import compiled_venv
from python_buildpack.layers.venv_record import VenvRecord, changed_versions
from python_buildpack.layers.venv_reuse import AskResolver, Reuse, Verdict, judge
from python_buildpack.layers.wheels import (
    finish_wheels_layer,
    keep_wheels_layer,
    wheels_layer,
    wheels_metadata,
)
from python_buildpack.output import Output
from python_buildpack.package_managers import pip as pip_manager
from python_buildpack.package_managers.pip import PipRequirements, PipRun
from python_buildpack.package_managers.pip_inputs import (
    build_settings,
    pip_inputs,
    reads_other_files,
)
from python_buildpack.pip_wheel import read_vendored_pip
from python_buildpack.resolution import Kind, Resolution


@dataclass(frozen=True)
class AppBuild:
    """What the layers of an app are made from."""

    context: BuildContext
    configuration: Configuration
    environment: Mapping[str, str]
    requirements: PipRequirements
    python: PythonLayer
    output: Output


def build_app_layers(app: AppBuild) -> None:
    """Make, or keep, the layers of an app.

    Raises:
        BuildpackError: a layer can't be made.
    """
    layers_dir, output = app.context.layers_dir, app.output
    followed = is_followed(layers_dir)
    pip = _inspect_pip(app)
    inputs = _inputs(app)
    verdict = judge(
        read_layer(layers_dir, venv_module.NAME),
        inputs,
        clean=app.configuration.clean_build,
        contents_needed=followed,
    )
    is_in_place = app.python.restored.is_same and (pip.restored.is_ready or not pip.is_at_launch)
    if isinstance(verdict, Reuse) and not followed and is_in_place:
        output.line("Not needed for this build: the image keeps it as it is")
        keep_pip_layer(layers_dir, pip, output)
        record = _reuse(app, verdict.record)
    else:
        mirror = app.configuration.dependency_mirror
        with (
            provided_python(layers_dir, app.python, mirror=mirror, output=output) as compiler,
            _provided_pip(app, pip, compiler) as provided,
        ):
            record = _settle(app, provided, compiler, inputs, verdict)
        finish_pip_layer(layers_dir, provided, sealed=followed)
    needs = Needs(resolver=record.kind is not Kind.LOCKED, later_buildpack=followed)
    finish_venv_layer(layers_dir, record, needs.venv, sealed=followed)
    finish_python_layer(layers_dir, app.python, needs.python, sealed=followed)


def _inspect_pip(app: AppBuild) -> PipLayer:
    return inspect_pip_layer(
        app.context.layers_dir,
        app.python,
        requested_version=app.configuration.pip_version,
        vendored=read_vendored_pip(app.context.buildpack_dir),
        at_launch=app.configuration.pip_at_launch,
    )


def _inputs(app: AppBuild) -> dict[str, str]:
    """Return all that an installation depends on, beside the package index; name → value."""
    target = app.context.target
    return {
        "Python": app.python.version,
        "Python's archive": app.python.artifact.sha256,
        "architecture": f"{target.os}/{target.arch}{target.arch_variant or ''}",
        "distribution": _distribution(app),
        **pip_inputs(app.requirements.closure, app.environment),
    }


def _distribution(app: AppBuild) -> str:
    target = app.context.target
    return f"{target.distro_name or 'unknown'} {target.distro_version or ''}".rstrip()


def _provided_pip(
    app: AppBuild, pip: PipLayer, compiler: BytecodeCompiler
) -> AbstractContextManager[PipLayer]:
    app.output.section("pip")
    return provided_pip(
        app.context.layers_dir, pip, app.python, compiler=compiler, output=app.output
    )


def _reuse(app: AppBuild, record: VenvRecord) -> VenvRecord:
    app.output.section("Dependencies")
    count = len(record.versions)
    app.output.line(f"Reusing the environment of the last build: all of its {count} distributions")
    app.output.line("are pinned, and nothing they depend on has changed")
    keep_wheels_layer(app.context.layers_dir)
    return record


def _settle(
    app: AppBuild,
    pip: PipLayer,
    compiler: BytecodeCompiler,
    inputs: Mapping[str, str],
    verdict: Verdict,
) -> VenvRecord:
    """Reuse the environment or make it; return what is to be remembered of it."""
    if isinstance(verdict, Reuse):
        return _reuse(app, verdict.record)
    layers_dir, output = app.context.layers_dir, app.output
    output.section("Dependencies")
    metadata = _wheels_metadata(app, inputs)
    clean = app.configuration.clean_build
    resolution: Resolution | None
    with wheels_layer(layers_dir, metadata, clean=clean) as cache_dir:
        venv = venv_layer(layers_dir, pip.environment)
        run = _pip_run(app, pip, venv, cache_dir)
        if isinstance(verdict, AskResolver):
            resolution = _resolve(app, run)
            causes = _differences(verdict.record, resolution)
        else:
            causes = verdict.causes
        if isinstance(verdict, AskResolver) and not causes:
            output.line("Reusing the environment of the last build: it is still the same")
            record = verdict.record
        else:
            for cause in causes:
                output.line(f"Not reusing the environment of the last build: {cause}")
            resolution = _make(app, venv, run, compiler)
            record = _record(app, inputs, resolution)
        if resolution is not None:
            _advise_locking(app, resolution)
        finish_wheels_layer(layers_dir, metadata, _origins(resolution))
    return record


def _wheels_metadata(app: AppBuild, inputs: Mapping[str, str]) -> dict[str, str]:
    return wheels_metadata(
        app.python.series,
        f"{inputs['architecture']} {inputs['distribution']}",
        build_settings(app.requirements.closure, app.environment),
    )


def _pip_run(app: AppBuild, pip: PipLayer, venv: VenvLayer, cache_dir: Path) -> PipRun:
    return PipRun(
        executable=pip.executable,
        version=pip.version,
        environment=venv.environment,
        cache_dir=cache_dir,
        python_version=app.python.version,
        output=app.output,
    )


def _resolve(app: AppBuild, run: PipRun) -> Resolution:
    question = f"Asking the package index what {app.requirements.names} stands for"
    with app.output.timed(question):
        return pip_manager.resolve(app.requirements, run)


def _make(
    app: AppBuild, venv: VenvLayer, run: PipRun, compiler: BytecodeCompiler
) -> Resolution | None:
    """Make the environment from nothing; return what was installed, if pip tells."""
    requirements, output = app.requirements, app.output
    with (
        made_venv(app.context.layers_dir, venv, app.python),
        compiled_venv(venv.directory, compiler),
    ):
        if requirements.closure.is_empty:
            names = requirements.names or "The app"
            output.line(f"{names} asks for no dependencies: the environment is empty")
            return Resolution(())
        with output.timed(f"Installing from {requirements.names} with pip {run.version}"):
            resolution = pip_manager.install(requirements, run)
        if resolution is not None:
            write_lock(venv, resolution)
        return resolution


def _record(app: AppBuild, inputs: Mapping[str, str], resolution: Resolution | None) -> VenvRecord:
    kind = pip_manager.kind_of(resolution, app.requirements.closure, app.python.version)
    if reads_other_files(app.environment):
        kind = Kind.UNPROVEN
    if resolution is None:
        return VenvRecord(inputs, kind, "unknown", {})
    return VenvRecord(inputs, kind, resolution.digest(), resolution.versions)


def _origins(resolution: Resolution | None) -> frozenset[str]:
    distributions = resolution.distributions if resolution else ()
    return frozenset(distribution.url for distribution in distributions)


def _differences(record: VenvRecord, resolution: Resolution) -> tuple[str, ...]:
    """Return how a resolution differs from the one that is installed; () where it doesn't."""
    if resolution.digest() == record.resolution:
        return ()
    versions = tuple(changed_versions(record.versions, resolution.versions))
    return versions or ("the files of some distributions on the index changed",)


def _advise_locking(app: AppBuild, resolution: Resolution) -> None:
    closure, python_version = app.requirements.closure, app.python.version
    names = list(pip_manager.unpinned(resolution, closure, python_version))
    if names:
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        advice = "Pin all (pip freeze), and rebuilds needn't ask the index."
        app.output.line(f"Not pinned: {shown}. {advice}")
