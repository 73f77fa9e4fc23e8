"""The layers of a Python app: what is reused, what is made, and what the next build will find."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.app.settings import Settings
from python_buildpack.cnb.contexts import BuildContext
from python_buildpack.cnb.layers_dir import read_layer
from python_buildpack.environment.local_source import (
    file_states,
    remove_repositories,
    removed_leftovers,
    written_files,
)
from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.layers import pip as pip_layer
from python_buildpack.layers import python as python_layer
from python_buildpack.layers import venv as venv_module
from python_buildpack.layers.build_variables import build_variables_digest
from python_buildpack.layers.bytecode.compiler import BytecodeCompiler
from python_buildpack.layers.bytecode.venv import compiling_bytecode
from python_buildpack.layers.cache_policy import CachePolicy, has_later_buildpacks
from python_buildpack.layers.python import PythonLayer, finish_python_layer, python_installed
from python_buildpack.layers.tool import ToolLayer, finish_tool_layer, keep_tool_layer
from python_buildpack.layers.tools import inspect_tools, remove_other_tools, tools_installed
from python_buildpack.layers.venv import (
    VenvLayer,
    finish_venv_layer,
    new_venv,
    venv_layer,
    write_lock_and_sbom,
)
from python_buildpack.layers.venv_record import BUILD_VARIABLES, VenvRecord, changed_versions
from python_buildpack.layers.venv_reuse import Resolve, Reuse, ReuseDecision, decide_reuse
from python_buildpack.layers.wheels import (
    finish_wheels_layer,
    keep_wheels_layer,
    wheels_layer,
    wheels_metadata,
)
from python_buildpack.package_managers.offline import explain_offline_failures
from python_buildpack.package_managers.protocol import Dependencies, ToolRun
from python_buildpack.post_install.steps import PostInstallSteps, run_post_install
from python_buildpack.system.output import Output
from python_buildpack.system.secrets import Secrets
from python_buildpack.system.text import printable

# Of the files that an installation has written into the app, those that the log names.
_MOST_PATHS = 5


@dataclass(frozen=True)
class AppBuild:
    """What the layers of an app are made from.

    Attributes:
        notices: what was decided for the user of ``dependencies``; lines of the log.
        work: what the build does to the app itself, once its environment is there.
        was_made: whether the last build, of which the image is there, made an environment.
        wants_pip: whether a later buildpack has asked for pip, whatever installs the dependencies.
        while_waiting: what can be done while the package index is asked; doesn't fail.
        secrets: that URLs of the app's requirements refer to.
    """

    context: BuildContext
    settings: Settings
    environment: Mapping[str, str]
    dependencies: Dependencies
    notices: tuple[str, ...]
    python: PythonLayer
    work: PostInstallSteps
    was_made: bool
    wants_pip: bool
    while_waiting: Callable[[], None]
    secrets: Secrets
    output: Output


def build_app_layers(app: AppBuild) -> Mapping[str, str]:
    """Make, or keep, the layers of an app; return the version of each installed distribution.

    Raises:
        BuildpackError: a layer can't be made.
    """
    layers_dir = app.context.layers_dir
    followed = has_later_buildpacks(layers_dir)
    needed_by = "a later buildpack" if followed else app.work.name
    tools = _inspect_tools(app)
    inputs = _inputs(app)
    decision = decide_reuse(
        read_layer(layers_dir, venv_module.NAME),
        inputs,
        clean=app.settings.clean_build,
        needed_by=needed_by,
        was_made=app.was_made,
    )
    are_launched_in_place = all(tool.restored.is_ready or not tool.is_at_launch for tool in tools)
    provided: tuple[ToolLayer, ...] = ()
    if isinstance(decision, Reuse) and not followed and are_launched_in_place:
        record = _reuse_without_restoring(app, tools, decision.record)
    else:
        record, provided = _install(app, tools, inputs, decision)
    needs = CachePolicy(
        resolver=record.kind is not Pinning.LOCKED,
        later_buildpack=followed,
        app=app.work.name is not None,
    )
    for tool in provided:
        finish_tool_layer(layers_dir, tool, cached=needs.are_tools_cached, detect_changes=followed)
    remove_other_tools(layers_dir, [tool.name for tool in tools])
    _run_post_install(app, record)
    finish_venv_layer(layers_dir, record, needs.venv, detect_changes=followed)
    finish_python_layer(layers_dir, app.python, needs.python, detect_changes=followed)
    return record.versions


def _reuse_without_restoring(
    app: AppBuild, tools: tuple[ToolLayer, ...], record: VenvRecord
) -> VenvRecord:
    """Reuse the environment of the last build, without starting what installs into it."""
    if app.python.restored.is_same and app.work.name is None:
        kept = "Unchanged: reused from the previous image"
        app.output.reused(python_layer.NAME, kept)
    else:
        with _python_installed(app):
            pass
    for tool in tools:
        keep_tool_layer(app.context.layers_dir, tool)
    return _reuse(app, record)


def _install(
    app: AppBuild, tools: tuple[ToolLayer, ...], inputs: Mapping[str, str], decision: ReuseDecision
) -> tuple[VenvRecord, tuple[ToolLayer, ...]]:
    """Reuse the environment or make it, with everything at hand.

    Returns:
        What is remembered of it, and the tools that are on disk.
    """
    with _python_installed(app) as compiler, _tools_installed(app, tools, compiler) as provided:
        return _reuse_or_install(app, provided[0], compiler, inputs, decision), provided


def _run_post_install(app: AppBuild, record: VenvRecord) -> None:
    venv = venv_layer(app.context.layers_dir, app.python.environment)
    python = venv.directory / "bin" / "python"
    app_dir, installed = app.context.app_dir, record.versions
    run_post_install(app.work, app_dir, python, venv.environment, installed, app.output)


def _inspect_tools(app: AppBuild) -> tuple[ToolLayer, ...]:
    """Return what installs the dependencies, and after it what is wanted beside it."""
    settings, tool = app.settings, app.dependencies.manager.tool
    wants_pip = app.wants_pip or settings.pip_at_launch
    names = (tool, *((pip_layer.NAME,) if wants_pip and tool != pip_layer.NAME else ()))
    return inspect_tools(
        app.context.layers_dir,
        app.python,
        names,
        versions=settings.tool_versions,
        required=app.dependencies.tool_requirement,
        buildpack_dir=app.context.buildpack_dir,
        pip_at_launch=settings.pip_at_launch,
    )


def _inputs(app: AppBuild) -> dict[str, str]:
    """Return all that an installation depends on, beside the package index; name → value."""
    target = app.context.target
    return {
        "Python": app.python.version,
        "Python's archive": app.python.artifact.sha256,
        "architecture": f"{target.os}/{target.arch}{target.arch_variant or ''}",
        "distribution": _distribution(app),
        "package manager": app.dependencies.manager.name,
        BUILD_VARIABLES: build_variables_digest(app.environment),
        **app.dependencies.fingerprint(app.environment),
    }


def _distribution(app: AppBuild) -> str:
    target = app.context.target
    return f"{target.distro_name or 'unknown'} {target.distro_version or ''}".rstrip()


def _python_installed(app: AppBuild) -> AbstractContextManager[BytecodeCompiler]:
    mirror = app.settings.dependency_mirror
    return python_installed(app.context.layers_dir, app.python, mirror=mirror, output=app.output)


def _tools_installed(
    app: AppBuild, tools: tuple[ToolLayer, ...], compiler: BytecodeCompiler
) -> AbstractContextManager[tuple[ToolLayer, ...]]:
    if not all(tool.restored.is_ready for tool in tools):
        app.output.section(" and ".join(tool.name for tool in tools))
    return tools_installed(app.context.layers_dir, tools, compiler=compiler, output=app.output)


def _begin_section(app: AppBuild) -> None:
    app.output.section("Dependencies")
    for notice in app.notices:
        app.output.line(notice)


def _reuse(app: AppBuild, record: VenvRecord) -> VenvRecord:
    _begin_section(app)
    count = len(record.versions)
    counted = f"{count} distribution" if count == 1 else f"{count} distributions"
    app.output.reused(
        venv_module.NAME,
        f"Unchanged, and all pinned: reusing the environment of the last build ({counted})",
    )
    keep_wheels_layer(app.context.layers_dir)
    return record


def _reuse_or_install(
    app: AppBuild,
    tool: ToolLayer,
    compiler: BytecodeCompiler,
    inputs: Mapping[str, str],
    decision: ReuseDecision,
) -> VenvRecord:
    """Reuse the environment or make it; return what is to be remembered of it."""
    if isinstance(decision, Reuse):
        return _reuse(app, decision.record)
    layers_dir, output = app.context.layers_dir, app.output
    _begin_section(app)
    metadata = _wheels_metadata(app, inputs)
    clean = app.settings.clean_build
    resolution: Resolution | None
    with wheels_layer(layers_dir, metadata, clean=clean) as cache_dir:
        venv = venv_layer(layers_dir, tool.environment)
        run = _tool_run(app, tool, venv, cache_dir)
        if isinstance(decision, Resolve):
            resolution = _resolve(app, run)
            causes = _differences(decision.record, resolution)
        else:
            causes = decision.causes
        if isinstance(decision, Resolve) and not causes:
            same = "Unchanged after resolving: reusing the environment of the last build"
            output.reused(venv_module.NAME, same)
            record = decision.record
        else:
            output.made_anew(venv_module.NAME, "environment", causes)
            resolution, written = _install_fresh(app, venv, run, compiler)
            record = _record(app, inputs, resolution, writes_app=bool(written))
        if resolution is not None:
            advice = app.dependencies.advice(resolution, app.python.version)
            if advice is not None:
                output.line(advice)
        finish_wheels_layer(layers_dir, metadata, _origins(resolution), output.masked)
    return record


def _wheels_metadata(app: AppBuild, inputs: Mapping[str, str]) -> dict[str, str]:
    return wheels_metadata(
        app.python.series,
        f"{inputs['architecture']} {inputs['distribution']}",
        f"{app.dependencies.build_settings(app.environment)} {inputs[BUILD_VARIABLES]}",
    )


def _tool_run(app: AppBuild, tool: ToolLayer, venv: VenvLayer, cache_dir: Path) -> ToolRun:
    return ToolRun(
        executable=tool.executable,
        python=app.python.executable,
        version=tool.version,
        environment=venv.environment,
        venv_dir=venv.directory,
        cache_dir=cache_dir,
        python_version=app.python.version,
        output=app.output,
    )


def _resolve(app: AppBuild, run: ToolRun) -> Resolution | None:
    question = f"Resolving {app.dependencies.display_name}"
    with app.output.timed(question), _meanwhile(app.while_waiting), _explained(app):
        return app.dependencies.resolve(run)


@contextmanager
def _meanwhile(work: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    thread.join()


def _install_fresh(
    app: AppBuild, venv: VenvLayer, run: ToolRun, compiler: BytecodeCompiler
) -> tuple[Resolution, tuple[str, ...]]:
    """Make the environment from nothing.

    Returns:
        What was installed, and which files of the app that has written.
    """
    dependencies, output = app.dependencies, app.output
    before = file_states(app.context.app_dir)
    with (
        new_venv(app.context.layers_dir, venv, app.python),
        compiling_bytecode(venv.directory, compiler),
        removed_leftovers(app.context.app_dir, venv.directory),
    ):
        if dependencies.is_empty:
            names = dependencies.display_name or "The app"
            output.line(f"{names} declares no dependencies: the environment is empty")
            resolution = Resolution(())
        else:
            by = f"{dependencies.manager.tool} {run.version}"
            with (
                output.timed(f"Installing from {dependencies.display_name} with {by}"),
                _explained(app),
            ):
                resolution = dependencies.install(run)
            # Imported here: a build that reuses the environment, which is to take no time, installs none.
            from python_buildpack.layers.venv_normalization import normalize_installed

            normalize_installed(venv.directory, app.secrets.masked)
        # Where pip and Poetry put the clones of repositories.
        remove_repositories(venv.directory / "src")
        described = resolution.masked(app.secrets.masked)
        write_lock_and_sbom(app.context.layers_dir, venv, app.python, described)
        _check_linkage(app, venv)
    written = written_files(before, file_states(app.context.app_dir))
    if written:
        output.line(f"Written into the app: {_first(written)}.")
        output.line("Every build installs the dependencies, so that every image has these files.")
    return resolution, written


def _first(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _MOST_PATHS} more" if len(paths) > _MOST_PATHS else ""
    return f"{', '.join(map(printable, paths[:_MOST_PATHS]))}{more}"


def _explained(app: AppBuild) -> AbstractContextManager[None]:
    arch, version = app.context.target.arch, app.python.version
    return explain_offline_failures(app.environment, app.dependencies, version, arch)


def _check_linkage(app: AppBuild, venv: VenvLayer) -> None:
    # Imported here: a build that reuses the environment, which is to take no time, checks none.
    from python_buildpack.environment.linkage.check import check_linkage

    strict = app.settings.strict_linkage
    missing = check_linkage(venv.directory, venv.environment, strict=strict)
    if missing:
        from python_buildpack.messages.linkage import missing_libraries_warning

        warning = missing_libraries_warning(missing)
        app.output.warning(warning.heading, warning.body)


def _record(
    app: AppBuild, inputs: Mapping[str, str], resolution: Resolution, *, writes_app: bool
) -> VenvRecord:
    kind = app.dependencies.pinning(resolution, app.python.version, app.environment)
    if writes_app:
        kind = Pinning.WRITES_APP
    if not any(each.is_built for each in resolution.distributions):
        inputs = {name: inputs[name] for name in inputs if name != BUILD_VARIABLES}
    return VenvRecord(inputs, kind, resolution.digest(), resolution.versions)


def _origins(resolution: Resolution | None) -> frozenset[str]:
    distributions = resolution.distributions if resolution else ()
    return frozenset(distribution.url for distribution in distributions)


def _differences(record: VenvRecord, resolution: Resolution | None) -> tuple[str, ...]:
    """Return how a resolution differs from the one that is installed; () where it doesn't."""
    if resolution is None:
        return ("what it would be now can't be asked",)
    if resolution.digest() == record.resolution:
        return ()
    versions = tuple(changed_versions(record.versions, resolution.versions))
    return versions or ("the files of some distributions on the index changed",)
