"""The layers of a Python app: planned, then installed, then declared for the next build."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from python_buildpack.cnb.layers_dir import Layer, LayerState, Restored
from python_buildpack.environment.resolution import Resolution
from python_buildpack.layers import python as python_layer
from python_buildpack.layers import venv as venv_module
from python_buildpack.layers.app_build import AppBuild
from python_buildpack.layers.bytecode.compiler import BytecodeCompiler, bytecode_compiler
from python_buildpack.layers.cache_policy import CachePolicy
from python_buildpack.layers.judgement import Decision, discarded, reused
from python_buildpack.layers.libpython import libpython_decision
from python_buildpack.layers.part_names import part_layers, remove_parts
from python_buildpack.layers.plan import Action, Plan, Wanted, plan_layers
from python_buildpack.layers.python import finish_python_layer, install_python
from python_buildpack.layers.tools import (
    PIP,
    Tool,
    finish_tool_layers,
    install_tool,
    wanted_tools,
)
from python_buildpack.layers.venv import VenvLayer, finish_venv_layer, venv_layer
from python_buildpack.layers.venv_record import BUILD_VARIABLES, VenvRecord, changed_versions
from python_buildpack.layers.wheels import (
    finish_wheels_layer,
    keep_wheels_layer,
    open_wheels_layer,
    wheels_metadata,
)
from python_buildpack.package_managers.protocol import ToolRun
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.text import joined

if TYPE_CHECKING:
    from python_buildpack.layers.app_environment import MadeEnvironment

SAME_RESOLUTION = "Unchanged after resolving: reusing the previous environment"


@dataclass(frozen=True)
class InstalledApp:
    """The layers of an app, on disk or in the image, before they are declared.

    Attributes:
        policy: who needs what is installed at the next build.
        tools: whose layers stay.
        parts: the layers of large distributions.
    """

    record: VenvRecord
    policy: CachePolicy
    tools: tuple[Tool, ...]
    venv: VenvLayer
    parts: tuple[Layer, ...]
    decisions: tuple[Decision, ...]

    @property
    def is_reused(self) -> bool:
        """Whether the environment is that of the last build."""
        name = self.venv.name
        return all(each.is_reused for each in self.decisions if each.layer == name)


@dataclass(frozen=True)
class PlannedLayers:
    """What becomes of the layers.

    Attributes:
        tools: that this build would use.
        parts: the layers of large distributions that the last build left, by name.
    """

    plan: Plan
    tools: tuple[Tool, ...]
    parts: Mapping[str, LayerState]


def install_app_layers(app: AppBuild) -> InstalledApp:
    """Make the layers of an app, or keep those of the last build.

    Raises:
        BuildpackError: a layer can't be made; what was made for this build is removed.
    """
    planned = plan_app_layers(app)
    tools, python, layers, parts = planned.tools, app.python, app.layers, planned.parts
    plan, has_bundled_pip = _resolved(app, planned), tools[0].bundled is not None
    with layers.removed_on_failure():
        with bytecode_compiler(python.executable, output=app.output) as compiler:
            provided = _provide_python(app, plan, compiler)
            tools, made = _provide_tools(app, plan, tools, compiler)
            venv, environment = _provide_venv(app, plan, tools, compiler)
        if isinstance(venv, VenvRecord):
            record, divided = venv, _kept_layers(parts, venv)
            others = tuple(replace(environment, layer=layer.name) for layer in divided)
        else:
            from python_buildpack.layers.app_environment import divide_environment

            record, divided, others = divide_environment(app, venv)
    policy = plan.wanted.cache_policy(record, has_bundled_pip=has_bundled_pip)
    remove_parts(layers, record.parts)
    decisions = (provided, libpython_decision(provided), *made, environment, *others)
    installed = venv_layer(layers, python.environment)
    return InstalledApp(record, policy, tools, installed, divided, decisions)


def finish_app_layers(app: AppBuild, installed: InstalledApp, *, needed_by_app: bool) -> None:
    """Declare the layers, whose contents are complete.

    Args:
        needed_by_app: whether the next build needs them for the app itself, whatever changes.
    """
    policy, record = replace(installed.policy, app=needed_by_app), installed.record
    finish_tool_layers(app.layers, installed.tools, cached=policy.are_tools_cached)
    finish_venv_layer(app.layers, record, policy.venv)
    for part in installed.parts:
        app.layers.finish(part, policy.venv)
    app.layers.remove(venv_module.CONDA)
    needs_libpython = record.needs_libpython
    finish_python_layer(app.layers, app.python, policy.python, needs_libpython=needs_libpython)


def plan_app_layers(app: AppBuild) -> PlannedLayers:
    """Decide what becomes of the layers, as far as that is known without the package manager."""
    return _planned(app, _wanted(app), _wanted_tools(app))


def _planned(app: AppBuild, wanted: Wanted, tools: tuple[Tool, ...]) -> PlannedLayers:
    layers, python = app.layers, app.python
    parts = {name: layers.read(name) for name in part_layers(layers)}
    state = layers.read(venv_module.NAME)
    plan = plan_layers(wanted, python.restored, python.libpython_restored, tools, state, parts)
    return PlannedLayers(plan, tools, parts)


def _resolved(app: AppBuild, planned: PlannedLayers) -> Plan:
    """Resolve what isn't pinned, if that needs no layer; return the plan with what it tells."""
    plan, tool = planned.plan, planned.tools[0]
    if plan.record is None or tool.bundled is None or not plan.can_resolve_first:
        return plan
    resolution = _resolve_first(app, tool, tool.bundled, plan.record)
    if resolution is not None:
        return _planned(app, replace(plan.wanted, resolution=resolution), planned.tools).plan
    # Next time, Python and pip are on disk, unless the environment is another by then.
    return replace(plan, record=replace(plan.record, interpreter=""))


def _resolve_first(
    app: AppBuild, tool: Tool, bundled: Path, record: VenvRecord
) -> Resolution | None:
    """Return the resolution of the bundled pip if it is what is installed; print why it isn't."""
    from python_buildpack.package_managers.pip.without_python import is_final, without_python

    question = f"Resolving {app.dependencies.display_name} with the bundled pip"
    with tempfile.TemporaryDirectory(prefix="python-buildpack-") as cache, app.explained():
        run = _tool_run(app, tool, Path(cache))
        run = without_python(run, bundled, record.interpreter)
        try:
            with app.output.timed(question):
                resolution = app.dependencies.resolve(run)
        except BuildpackError as error:
            if is_final(error):
                raise
            app.output.line("It can't tell: resolving again with the app's Python")
            return None
    causes = differences(record, resolution)
    if causes:
        app.output.line(f"Resolving again with the app's Python: {joined(causes, 3)}")
    return None if causes else resolution


def _wanted(app: AppBuild) -> Wanted:
    python = app.python
    return app.wanted({"Python": python.version, "Python's archive": python.artifact.sha256})


def _wanted_tools(app: AppBuild) -> tuple[Tool, ...]:
    """Return what installs the dependencies, and after it what is wanted beside it."""
    tool = app.dependencies.manager.tool
    # A later buildpack may have asked for pip, whatever installs the dependencies.
    is_required = PIP in app.build.plan.names()
    wants_pip = (is_required or app.build.settings.pip_at_launch) and tool != PIP
    names = (tool, PIP) if wants_pip else (tool,)
    required = app.dependencies.tool_requirement
    return wanted_tools(app.build, app.layers, app.python, names, required)


def _provide_python(app: AppBuild, plan: Plan, compiler: BytecodeCompiler) -> Decision:
    if plan.python.action is Action.KEEP:
        kept = "Unchanged: reused from the previous image"
        return reused(app.output, python_layer.NAME, kept)
    return install_python(app.build, app.layers, app.python, compiler)


def _provide_tools(
    app: AppBuild, plan: Plan, tools: tuple[Tool, ...], compiler: BytecodeCompiler
) -> tuple[tuple[Tool, ...], tuple[Decision, ...]]:
    """Return the tools that stay, and what became of those that are installed where planned."""
    if any(step.action is Action.MAKE for step in plan.tools):
        app.output.section(" and ".join(tool.name for tool in tools))
    staying, decisions = [], []
    for tool, step in zip(tools, plan.tools, strict=True):
        if step.action is Action.KEEP:
            staying.append(tool)
        elif step.action is not Action.LEAVE_OUT:
            installed, decision = install_tool(app.build, app.layers, tool, compiler)
            staying.append(installed)
            decisions.append(decision)
    return tuple(staying), tuple(decisions)


def _provide_venv(
    app: AppBuild, plan: Plan, tools: tuple[Tool, ...], compiler: BytecodeCompiler
) -> tuple[VenvRecord | MadeEnvironment, Decision]:
    """Reuse the environment or make it; return what is remembered of it, and why."""
    app.output.section("Dependencies")
    for notice in app.dependencies.notices:
        app.output.line(notice)
    if plan.record is not None and plan.venv.action is Action.REUSE:
        return _reuse_venv(app, plan.record, plan.wanted.resolution)
    from python_buildpack.layers.app_environment import make_environment, resolve

    inputs = plan.wanted.inputs
    metadata = _wheels_metadata(app, inputs)
    cache_dir = open_wheels_layer(app.layers, metadata, clean=app.build.settings.clean_build)
    run = _tool_run(app, tools[0], cache_dir)
    causes, resolution = plan.venv.causes, None
    if plan.record is not None:
        resolution = resolve(app, run)
        causes = differences(plan.record, resolution)
    provided: VenvRecord | MadeEnvironment
    if plan.record is not None and resolution is not None and not causes:
        decision = reused(app.output, venv_module.NAME, SAME_RESOLUTION)
        provided = plan.record
    else:
        decision = discarded(app.output, venv_module.NAME, "environment", causes)
        # What was done to the app for the last environment is done again.
        wanted = replace(plan.wanted, post_install=app.post_install)
        provided = make_environment(app, run, compiler, wanted, resolution)
        resolution = provided.resolution
    _show_advice(app, resolution)
    used = {distribution.url for distribution in resolution.distributions}
    finish_wheels_layer(app.layers, metadata, used, app.output.masked)
    return provided, decision


def _kept_layers(parts: Mapping[str, LayerState], record: VenvRecord) -> tuple[Layer, ...]:
    states = ((name, parts[name]) for name in record.parts)
    return tuple(
        Layer(name, state.metadata) for name, state in states if isinstance(state, Restored)
    )


def _reuse_venv(
    app: AppBuild, record: VenvRecord, resolution: Resolution | None
) -> tuple[VenvRecord, Decision]:
    same = SAME_RESOLUTION if resolution else all_pinned(record)
    decision = reused(app.output, venv_module.NAME, same)
    if resolution:
        _show_advice(app, resolution)
    keep_wheels_layer(app.layers)
    return record, decision


def all_pinned(record: VenvRecord) -> str:
    """Return the line of the log for an environment that is certainly the same."""
    count = len(record.versions)
    counted = f"{count} distribution" if count == 1 else f"{count} distributions"
    return f"Unchanged, and all pinned: reusing the previous environment ({counted})"


def _wheels_metadata(app: AppBuild, inputs: Mapping[str, str]) -> dict[str, str]:
    return wheels_metadata(
        app.python.series,
        f"{inputs['architecture']} {inputs['distribution']}",
        f"{app.dependencies.build_settings(app.build.environment)} {inputs[BUILD_VARIABLES]}",
    )


def _tool_run(app: AppBuild, tool: Tool, cache_dir: Path) -> ToolRun:
    venv = venv_layer(app.layers, tool.environment)
    return ToolRun(
        executable=tool.executable,
        python=app.python.executable,
        version=tool.version,
        environment=venv.environment,
        venv_dir=venv.directory,
        cache_dir=cache_dir,
        python_version=app.python.version,
        output=app.output,
        bundled=tool.bundled,
    )


def _show_advice(app: AppBuild, resolution: Resolution) -> None:
    advice = app.dependencies.advice(resolution, app.python.version)
    if advice:
        app.output.line(advice)


def differences(record: VenvRecord, resolution: Resolution) -> tuple[str, ...]:
    """Return how a resolution differs from the one that is installed; () where it doesn't."""
    if resolution.digest() == record.resolution:
        return ()
    versions = tuple(changed_versions(record.versions, resolution.versions))
    return versions or ("files of some distributions changed on the index",)
