"""The layer ``conda``: an environment of conda or pixi with its own Python, in place of two layers.

It is in a directory of the layer, since the lifecycle puts a layer's ``lib`` on LD_LIBRARY_PATH. The
libraries of conda find one another by their own paths; the system's programs must not load them.
"""

from __future__ import annotations

import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import Layer, Layers, Restored
from python_buildpack.environment.installed import installed_distributions
from python_buildpack.environment.linkage.check import check_linkage, read_needs
from python_buildpack.environment.linkage.libraries import VenvLibraries
from python_buildpack.environment.linkage.system import determine_system
from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.layers import libpython, venv, wheels
from python_buildpack.layers import python as python_layer
from python_buildpack.layers.app_build import EnvironmentBuild
from python_buildpack.layers.app_layers import (
    SAME_RESOLUTION,
    InstalledApp,
    all_pinned,
    differences,
)
from python_buildpack.layers.bytecode.compiler import bytecode_compiler, source_files
from python_buildpack.layers.bytecode.venv import TEST_DIRECTORIES
from python_buildpack.layers.conda_activation import activation_variables
from python_buildpack.layers.judgement import Decision, Same, discarded, reused
from python_buildpack.layers.part_names import remove_parts
from python_buildpack.layers.plan import Action, Step, Wanted, judge_environment
from python_buildpack.layers.python import interpreter_env
from python_buildpack.layers.tools import Tool, finish_tool_layers, install_tool, wanted_tools
from python_buildpack.layers.venv import VenvLayer
from python_buildpack.layers.venv_record import BUILD_VARIABLES, VenvRecord, parse_venv_record
from python_buildpack.package_managers.offline import explain_offline_failures
from python_buildpack.package_managers.protocol import ToolRun
from python_buildpack.python_version.sources import VersionSource, series_of
from python_buildpack.system.errors import UserError

NAME = venv.CONDA

_PYTHON = "python"


@dataclass(eq=False)
class NoPythonInEnvironmentError(UserError):
    """An environment of conda's or pixi's has no Python.

    Attributes:
        file: that declares it.
        command: what locks it; "" where nothing does.
    """

    file: str
    command: str


@dataclass(eq=False)
class OtherPythonLockedError(UserError):
    """An environment of conda's or pixi's has another Python than the app asks for elsewhere.

    Attributes:
        version: X.Y.Z, of the environment.
        file: that it is from.
        source: what asks for another.
        command: what locks it.
    """

    version: str
    file: str
    source: VersionSource
    command: str


@dataclass(frozen=True)
class OwnPython:
    """The Python that runs the buildpack, and py-rattler."""

    environment: Mapping[str, str]
    executable: Path = Path(sys.executable)
    version: str = platform.python_version()
    series: str = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class InstalledConda(InstalledApp):
    """An environment with its own Python.

    Attributes:
        env: what later buildpacks and the image's processes get.
    """

    env: LayerEnv

    @property
    def python_version(self) -> str:
        """X.Y.Z."""
        return self.record.versions[_PYTHON]

    @property
    def series(self) -> str:
        """X.Y."""
        return series_of(Version(self.python_version))

    @property
    def interpreter(self) -> Path:
        """The program, by its own name."""
        return self.venv.directory / "bin" / f"{_PYTHON}{self.series}"


def conda_layer(layers: Layers, environment: Mapping[str, str]) -> VenvLayer:
    """Return the environment, without making it."""
    prefix = _prefix(layers)
    return VenvLayer(NAME, prefix, _prefix_env(LayerEnv(), prefix).apply(Scope.BUILD, environment))


def install_conda_layers(app: EnvironmentBuild, sources: Sequence[VersionSource]) -> InstalledConda:
    """Make the environment, or keep that of the last build.

    Args:
        sources: where a Python version is requested.

    Raises:
        NoPythonInEnvironmentError, OtherPythonLockedError: its Python won't do.
        BuildpackError: it can't be made; what was made for this build is removed.
    """
    wanted = app.wanted({})
    record, step = plan_conda_layer(app, wanted)
    if record is not None and step.action is Action.KEEP:
        _check_python(app, record.versions.get(_PYTHON), sources)
        _show_python(app, record.versions[_PYTHON])
        app.output.section("Dependencies")
        return _kept(app, wanted, record, (), all_pinned(record))
    with app.layers.removed_on_failure():
        return _asked(app, wanted, record, step.causes, sources)


def plan_conda_layer(app: EnvironmentBuild, wanted: Wanted) -> tuple[VenvRecord | None, Step]:
    """Decide what becomes of the layer; return what is remembered of it, unless it is made again."""
    state = app.layers.read(NAME)
    record = parse_venv_record(state.metadata) if isinstance(state, Restored) else None
    judgement = judge_environment(wanted, state, record, {})
    if record is None or not isinstance(judgement, Same):
        return None, Step(Action.MAKE, judgement.causes)
    is_locked = record.kind is Pinning.LOCKED
    return record, Step(Action.KEEP if is_locked else Action.RESOLVE)


def finish_conda_layers(
    app: EnvironmentBuild, installed: InstalledConda, *, needed_by_app: bool
) -> None:
    """Declare the layers, whose contents are complete, and remove those of other environments.

    Args:
        needed_by_app: whether the next build needs them for the app itself, whatever changes.
    """
    policy = replace(installed.policy, app=needed_by_app)
    finish_tool_layers(app.layers, installed.tools, cached=policy.are_tools_cached)
    app.layers.finish(Layer(NAME, installed.record.to_metadata(), installed.env), policy.venv)
    for name in (python_layer.NAME, libpython.NAME, venv.NAME, wheels.NAME):
        app.layers.remove(name)
    remove_parts(app.layers)


def _asked(
    app: EnvironmentBuild,
    wanted: Wanted,
    record: VenvRecord | None,
    causes: tuple[str, ...],
    sources: Sequence[VersionSource],
) -> InstalledConda:
    """Ask py-rattler what is to be installed, and install it where it isn't what there is."""
    output, dependencies = app.output, app.dependencies
    tool, decision = _provide_tool(app)
    # Beside the layer: packages are linked, which needs the same file system.
    with (
        tempfile.TemporaryDirectory(prefix="python-buildpack-", dir=app.layers.directory) as work,
        explain_offline_failures(app.build, dependencies, ""),
    ):
        run = _tool_run(app, tool, Path(work))
        resolution = dependencies.resolve(run)
        _check_python(app, resolution.versions.get(_PYTHON), sources)
        _show_python(app, resolution.versions[_PYTHON])
        output.section("Dependencies")
        for notice in dependencies.notices:
            output.line(notice)
        # What is in a package isn't known before it is installed.
        if record is not None:
            named = {
                name: of for name, of in record.versions.items() if name in resolution.versions
            }
            causes = differences(replace(record, versions=named), resolution)
        if record is not None and not causes:
            kept = _kept(app, wanted, record, (tool,), SAME_RESOLUTION)
            return replace(kept, decisions=(decision, *kept.decisions))
        made = discarded(output, NAME, "environment", causes)
        app.layers.make(NAME)
        by = f"py-rattler {tool.version}"
        with output.timed(f"Installing from {dependencies.display_name} with {by}"):
            resolution = dependencies.install(run)
    return _made(app, wanted, resolution, tool, (decision, made))


def _show_python(app: EnvironmentBuild, version: str) -> None:
    app.output.section("Python")
    app.output.line(f"Using Python {version}, from {app.dependencies.display_name}")


def _provide_tool(app: EnvironmentBuild) -> tuple[Tool, Decision]:
    own = OwnPython(app.build.environment)
    names = (app.dependencies.manager.tool,)
    (tool,) = wanted_tools(app.build, app.layers, own, names, None)
    with bytecode_compiler(own.executable) as compiler:
        app.output.section(tool.name)
        return install_tool(app.build, app.layers, tool, compiler)


def _tool_run(app: EnvironmentBuild, tool: Tool, work: Path) -> ToolRun:
    return ToolRun(
        executable=tool.directory / "lib" / f"python{tool.python.series}" / "site-packages",
        python=tool.python.executable,
        version=tool.version,
        environment=app.build.environment,
        venv_dir=_prefix(app.layers),
        cache_dir=work,
        python_version="",
        output=app.output,
        launcher=(_prefix(app.layers) / "bin" / _PYTHON, "-I", tool.pip.path / "pip"),
    )


def _made(
    app: EnvironmentBuild,
    wanted: Wanted,
    resolution: Resolution,
    tool: Tool,
    decisions: tuple[Decision, ...],
) -> InstalledConda:
    """Complete what was installed: its form, bytecode, an SBOM, and the check of libraries."""
    from python_buildpack.environment.sbom.conda import conda_sbom
    from python_buildpack.environment.sbom.layer_sboms import write_layer_sbom
    from python_buildpack.layers.venv_normalization import normalize_installed
    from python_buildpack.package_managers.conda.strategy import wheels_of

    prefix = _prefix(app.layers)
    version = resolution.versions[_PYTHON]
    normalize_installed(prefix, app.secrets.masked)
    _compile(app, prefix)
    wheels = wheels_of(resolution).masked(app.secrets.masked)
    write_layer_sbom(app.layers, conda_sbom(NAME, prefix, version, wheels))
    _check_libraries(app, prefix)
    distributions: dict[str, str] = {
        each.name: each.version for each in installed_distributions(prefix)
    }
    others = {
        name: of
        for name, of in resolution.versions.items()
        if canonicalize_name(name) not in distributions
    }
    record = VenvRecord(
        # Nothing is built that could read variables.
        inputs={name: wanted.inputs[name] for name in wanted.inputs if name != BUILD_VARIABLES},
        kind=app.dependencies.pinning(resolution, version, app.build.environment),
        resolution=resolution.digest(),
        versions={**others, **distributions},
    )
    return _installed(app, wanted, record, (tool,), decisions)


def _compile(app: EnvironmentBuild, prefix: Path) -> None:
    """Compile all modules, in place of the bytecode that packages have, with time stamps in it."""
    for library in prefix.glob("lib/python3.*"):
        # Some packages of Python have a link beside it, for older ones of others.
        if library.is_symlink():
            continue
        for bytecode in library.rglob("__pycache__/*.pyc"):
            bytecode.unlink()
        with bytecode_compiler(prefix / "bin" / _PYTHON, output=app.output) as compiler:
            compiler.submit(source_files(library, TEST_DIRECTORIES))


def _check_libraries(app: EnvironmentBuild, prefix: Path) -> None:
    system = determine_system(app.build.environment)
    if system is None:
        return
    libraries = VenvLibraries(prefix, system.machine)
    needs = tuple(read_needs(libraries, system))
    strict = app.build.settings.strict_linkage
    if missing := check_linkage(libraries, system, needs, strict=strict):
        app.on_missing_libraries(missing)


def _kept(
    app: EnvironmentBuild,
    wanted: Wanted,
    record: VenvRecord,
    tools: tuple[Tool, ...],
    line: str,
) -> InstalledConda:
    """Keep the environment of the last build; ``line`` of the log says why."""
    return _installed(app, wanted, record, tools, (reused(app.output, NAME, line),))


def _installed(
    app: EnvironmentBuild,
    wanted: Wanted,
    record: VenvRecord,
    tools: tuple[Tool, ...],
    decisions: tuple[Decision, ...],
) -> InstalledConda:
    prefix, series = _prefix(app.layers), series_of(Version(record.versions[_PYTHON]))
    variables = activation_variables(prefix, app.build.environment)
    env = _layer_env(prefix, series, variables)
    return InstalledConda(
        record=record,
        policy=wanted.cache_policy(record, has_bundled_pip=False),
        tools=tools,
        venv=VenvLayer(NAME, prefix, env.apply(Scope.BUILD, app.build.environment)),
        parts=(),
        decisions=decisions,
        env=env,
    )


def _check_python(
    app: EnvironmentBuild, version: str | None, sources: Sequence[VersionSource]
) -> None:
    file, command = app.dependencies.display_name, app.dependencies.manager.lock_command
    if version is None:
        raise NoPythonInEnvironmentError(file, command)
    for source in sources:
        if not source.allows(Version(version)):
            raise OtherPythonLockedError(version, file, source, command)


def _prefix(layers: Layers) -> Path:
    return layers.directory / NAME / "prefix"


def _layer_env(prefix: Path, series: str, activated: Mapping[str, str]) -> LayerEnv:
    env = _prefix_env(interpreter_env(prefix, series), prefix)
    for name, value in activated.items():
        env = env.insert(Scope.ALL, ModificationBehavior.DEFAULT, name, value)
    return env


def _prefix_env(env: LayerEnv, prefix: Path) -> LayerEnv:
    """Add what conda and pixi set, whatever is in the environment."""
    return (
        env.insert(Scope.ALL, ModificationBehavior.PREPEND, "PATH", str(prefix / "bin"))
        .insert(Scope.ALL, ModificationBehavior.DELIMITER, "PATH", ":")
        .insert(Scope.ALL, ModificationBehavior.OVERRIDE, "CONDA_PREFIX", str(prefix))
    )
