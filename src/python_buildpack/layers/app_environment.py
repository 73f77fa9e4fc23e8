"""The environment of an app, installed: from nothing, or around large distributions that are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from python_buildpack.cnb.layers_dir import Layer, Restored
from python_buildpack.environment.linkage.check import check_linkage, read_needs
from python_buildpack.environment.linkage.libraries import VenvLibraries
from python_buildpack.environment.linkage.system import determine_system
from python_buildpack.environment.local_source import (
    file_states,
    removed_leftovers,
    written_files,
)
from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.layers.app_build import AppBuild
from python_buildpack.layers.bytecode.compiler import BytecodeCompiler
from python_buildpack.layers.bytecode.venv import compiling_bytecode
from python_buildpack.layers.judgement import Decision
from python_buildpack.layers.libpython import libpython_names
from python_buildpack.layers.parts import (
    Part,
    Split,
    keepable_parts,
    kept_line,
    link_part,
    move_part,
    read_parts,
    split_environment,
    standing,
    write_stand_ins,
)
from python_buildpack.layers.plan import Wanted
from python_buildpack.layers.venv import NAME, make_venv, write_lock_and_sbom
from python_buildpack.layers.venv_record import (
    BUILD_VARIABLES,
    VenvRecord,
    changed_names,
    parse_venv_record,
)
from python_buildpack.package_managers.protocol import ToolRun
from python_buildpack.system.digests import digest_of
from python_buildpack.system.text import joined

_SAME = "The same wheels, for the same Python"


@dataclass(frozen=True)
class MadeEnvironment:
    """An environment that was installed, and is in one directory still.

    Attributes:
        split: how it is divided among layers.
    """

    record: VenvRecord
    resolution: Resolution
    split: Split


@dataclass(frozen=True)
class _Installed:
    """What was installed; attributes as those of the environment."""

    resolution: Resolution
    split: Split
    needs_libpython: bool


@dataclass(frozen=True)
class _Kept:
    """What isn't installed again.

    Attributes:
        known: these distributions, and others or none, as a resolution has them.
        resolution: of what is to be installed, with these; None if it isn't known.
    """

    parts: tuple[Part, ...]
    known: Resolution
    resolution: Resolution | None


class _UnprovenError(Exception):
    """What was installed around large distributions may differ from a build from nothing."""


def resolve(app: AppBuild, run: ToolRun) -> Resolution:
    """Return what the package manager would install."""
    question = f"Resolving {app.dependencies.display_name}"
    with app.output.timed(question), app.explained():
        return app.dependencies.resolve(run)


def make_environment(
    app: AppBuild,
    run: ToolRun,
    compiler: BytecodeCompiler,
    wanted: Wanted,
    resolution: Resolution | None,
) -> MadeEnvironment:
    """Make the environment, around what the last build's has in layers of its own, if that is proven.

    Args:
        resolution: of what is to be installed; None if the package manager wasn't asked.

    Raises:
        BuildpackError: the package manager failed, and why.
    """
    app_dir = app.build.context.app_dir
    before = file_states(app_dir)
    with removed_leftovers(app_dir, run.venv_dir):
        installed = _install_around(app, run, compiler, wanted, resolution)
        if installed is None:
            installed = _install(app, run, compiler, None)
    written = written_files(before, file_states(app_dir))
    if written:
        app.output.line(f"The installation wrote into the app: {joined(written)}")
        app.output.line(
            "Each build installs the dependencies again, so that the image has these files"
        )
    record = _record(app, run, wanted, installed, writes_app=bool(written))
    return MadeEnvironment(record, installed.resolution, installed.split)


def divide_environment(
    app: AppBuild, made: MadeEnvironment
) -> tuple[VenvRecord, tuple[Layer, ...], tuple[Decision, ...]]:
    """Move large distributions into their layers.

    Returns:
        What is remembered of the environment; the layers; and what became of those of the last build.
    """
    layers, record, split = app.layers, made.record, made.split
    if app.layers.detects_changes:
        return replace(record, is_whole=bool(split.made)), (), ()
    venv_dir, python = layers.directory / NAME, app.python.artifact.sha256
    for part in split.kept:
        link_part(layers, venv_dir, part)
    moved = tuple(
        move_part(layers, venv_dir, python, name, members) for name, members in split.made
    )
    divided = tuple(Layer(part.name, part.metadata) for part in (*split.kept, *moved))
    digests = {layer.name: digest_of(layer.metadata) for layer in divided}
    decisions = (
        *(Decision(part.name, is_reused=True, reasons=(_SAME,)) for part in split.kept),
        *(Decision(part.name, is_reused=False, reasons=()) for part in moved),
    )
    return replace(record, parts=digests), divided, decisions


def _install_around(
    app: AppBuild,
    run: ToolRun,
    compiler: BytecodeCompiler,
    wanted: Wanted,
    resolution: Resolution | None,
) -> _Installed | None:
    """Return None where there is nothing to keep, or no proof."""
    kept = _kept(app, run, wanted, resolution)
    if kept is None:
        return None
    app.output.line(kept_line(kept.parts))
    try:
        return _install(app, run, compiler, kept)
    except _UnprovenError as error:
        app.output.line(f"Installing these, too: {error}")
        # Nothing may be written to what is removed now.
        compiler.finish()
        return None


def _kept(
    app: AppBuild, run: ToolRun, wanted: Wanted, resolution: Resolution | None
) -> _Kept | None:
    """Return what needn't be installed again; None where that is nothing."""
    python = app.python.artifact.sha256
    is_needed = wanted.needed_by is not None
    parts = [
        part
        for part in (() if wanted.clean or wanted.later_buildpack else read_parts(app.layers))
        if part.python == python and (part.has_contents or not is_needed)
    ]
    if not parts:
        return None
    setting = app.dependencies.unpredictable_setting(app.build.environment)
    if setting is not None:
        app.output.line(f"Installing large distributions again, because of {setting}")
        return None
    known = None if resolution else _taken_again(app, wanted, parts)
    if known is None:
        known = resolution = resolution or resolve(app, run)
    keepable = keepable_parts(parts, known, tool_compares_origins=app.dependencies.syncs)
    return _Kept(keepable, known, resolution) if keepable else None


def _taken_again(app: AppBuild, wanted: Wanted, parts: Iterable[Part]) -> Resolution | None:
    """Return those of the last build's files that the app's pin; None if only a resolution tells."""
    state = app.layers.read(NAME)
    record = parse_venv_record(state.metadata) if isinstance(state, Restored) else None
    if record is None:
        return None
    changed = changed_names(record.inputs, record.read_of(wanted.inputs))
    files = (each for part in parts for each in part.files)
    distributions = app.dependencies.taken_again(files, changed, app.python.version)
    return None if distributions is None else Resolution(distributions)


def _install(
    app: AppBuild, run: ToolRun, compiler: BytecodeCompiler, kept: _Kept | None
) -> _Installed:
    make_venv(app.layers, app.python)
    if kept is not None:
        write_stand_ins(run.venv_dir, kept.parts)
    with compiling_bytecode(run.venv_dir, compiler):
        resolution, parts = _install_dependencies(app, run, kept)
        described = resolution.masked(app.secrets.masked)
        write_lock_and_sbom(app.layers, app.python, described)
        split, needs_libpython = _examine(app, run, resolution, parts)
    return _Installed(resolution, split, needs_libpython)


def _install_dependencies(
    app: AppBuild, run: ToolRun, kept: _Kept | None
) -> tuple[Resolution, tuple[Part, ...]]:
    """Return what is installed, and which of it was kept."""
    dependencies, output = app.dependencies, app.output
    if dependencies.is_empty:
        names = dependencies.display_name or "The app"
        output.line(f"{names} declares no dependencies: the environment is empty")
        return Resolution(()), ()
    by = f"{dependencies.manager.tool} {run.version}"
    with output.timed(f"Installing from {dependencies.display_name} with {by}"), app.explained():
        resolution, parts = dependencies.install(run), tuple[Part, ...]()
    if kept is not None:
        parts = tuple(_staying(run, kept.parts))
        resolution = _with_kept(app, run, resolution, kept, parts)
    from python_buildpack.layers.venv_normalization import normalize_installed

    normalize_installed(run.venv_dir, app.secrets.masked)
    return resolution, parts


def _staying(run: ToolRun, parts: Iterable[Part]) -> Iterable[Part]:
    """Yield the parts that the tool has taken as installed; others aren't wanted any more."""
    for part in parts:
        names = standing(run.venv_dir, part)
        if names == part.names:
            yield part
        elif names:
            raise _UnprovenError(f"not all of {joined(part.names)} is the same")


def _with_kept(
    app: AppBuild, run: ToolRun, installed: Resolution, kept: _Kept, parts: Iterable[Part]
) -> Resolution:
    """Return all that is installed, as a build from nothing would resolve it."""
    hashes = {each.name: each.hashes for part in parts for each in part.files}
    reported = {each.name: each for each in installed.distributions}
    if app.dependencies.syncs:
        resolution = installed
        is_same = all(reported[name].hashes == hashes[name] for name in hashes)
    else:
        known = {each.name: each for each in kept.known.distributions if each.name in hashes}
        everything = {**known, **reported}
        resolution = Resolution(tuple(everything[name] for name in sorted(everything)))
        is_same = _is_expected(app, run, resolution, kept.resolution)
    if not is_same:
        raise _UnprovenError("the package manager resolves otherwise around them")
    return resolution


def _is_expected(
    app: AppBuild, run: ToolRun, resolution: Resolution, expected: Resolution | None
) -> bool:
    """Return whether what is installed is what the package manager would choose for an empty place."""
    if expected is None:
        python_version, environment = app.python.version, app.build.environment
        pinning = app.dependencies.pinning(resolution, python_version, environment)
        if pinning is Pinning.LOCKED:
            return True
        expected = resolve(app, run)
    return resolution.digest() == expected.digest()


def _examine(
    app: AppBuild, run: ToolRun, resolution: Resolution, kept: tuple[Part, ...]
) -> tuple[Split, bool]:
    """Check what libraries are needed; return how to divide all, and whether libpython is needed."""
    system = determine_system(run.environment)
    if system is None:
        return Split(), False
    libpython = libpython_names(app.layers)
    linkages = [each.linkage for part in kept for each in part.members]
    elsewhere = frozenset(name for each in linkages for name in each.provided)
    libraries = VenvLibraries(run.venv_dir, system.machine, elsewhere)
    needs = tuple(read_needs(libraries, system))
    split = split_environment(libraries, needs, resolution, kept, libpython)
    if isinstance(split, str):
        raise _UnprovenError(split)
    strict = app.build.settings.strict_linkage
    missing = check_linkage(libraries, system, needs, linkages, strict=strict)
    if missing:
        app.on_missing_libraries(missing)
    return split, split.needs_libpython or any(libraries.linked_to(libpython))


def _record(
    app: AppBuild, run: ToolRun, wanted: Wanted, installed: _Installed, *, writes_app: bool
) -> VenvRecord:
    resolution, inputs = installed.resolution, wanted.inputs
    kind = app.dependencies.pinning(resolution, app.python.version, app.build.environment)
    if writes_app:
        kind = Pinning.WRITES_APP
    if not resolution.has_built:
        inputs = {name: inputs[name] for name in inputs if name != BUILD_VARIABLES}
    return VenvRecord(
        inputs=inputs,
        kind=kind,
        resolution=resolution.digest(),
        versions=resolution.versions,
        needs_libpython=installed.needs_libpython,
        interpreter=_interpreter(run, kind, resolution),
    )


def _interpreter(run: ToolRun, kind: Pinning, resolution: Resolution) -> str:
    """Return what lets the bundled pip resolve at the next build without Python; "" for nothing."""
    if kind is not Pinning.RESOLVED or resolution.has_built:
        return ""
    from python_buildpack.package_managers.pip.without_python import interpreter_digest

    return interpreter_digest(run)
