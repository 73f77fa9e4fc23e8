"""What becomes of each layer of an app, and why: decided before anything is done.

https://github.com/python-buildpack/python-buildpack/blob/main/docs/layers.md#when-the-environment-is-reused
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from python_buildpack.cnb.layers_dir import LayerState, Restored, Unknown
from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.layers.cache_policy import CachePolicy
from python_buildpack.layers.judgement import ON_DISK, Changed, Judgement, Same
from python_buildpack.layers.tools import Tool
from python_buildpack.layers.venv_record import VenvRecord, changed_inputs, parse_venv_record
from python_buildpack.system.digests import digest_of

_UNPROVABLE = {
    Pinning.UNPROVEN: "it has packages from a directory or URL whose contents may have changed",
    Pinning.ADDED_TO: "what pip adds to it is resolved by each installation",
    Pinning.WRITES_APP: "its installation writes into the app",
}
# The cache is gone or was cleared, or belongs to another build than the image: the lifecycle then
# gives back what it can of either.
_NOT_RESTORED = "the platform didn't restore it: the cache was cleared, or belongs to another image"


class Action(Enum):
    """What becomes of a layer."""

    REUSE = auto()
    """It is used as the last build left it."""

    KEEP = auto()
    """It stays as the last build left it, and isn't used in this one."""

    RESOLVE = auto()
    """It is reused if the package manager still resolves to what is installed, or else made."""

    MAKE = auto()
    """It is built from scratch."""

    LEAVE_OUT = auto()
    """There is none; it is made again when somebody needs it."""


@dataclass(frozen=True)
class Step:
    """What becomes of one layer.

    Attributes:
        causes: why that of the last build isn't used; () if it is, or if there is none.
    """

    action: Action
    causes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What this build wants of its environment, and who needs what is in the layers.

    Attributes:
        inputs: all that an installation depends on, beside the package index; name → value.
        clean: whether the user wants everything rebuilt.
        was_made: whether the last build is known to have made an environment.
        later_buildpack: whether a buildpack that may use Python follows.
        post_install: what the build does to the app itself; None if it does nothing.
        resolution: of the requirements, if it is known, without Python, to be the installed one.
    """

    inputs: Mapping[str, str]
    clean: bool
    was_made: bool
    later_buildpack: bool
    post_install: str | None
    resolution: Resolution | None = None

    @property
    def needed_by(self) -> str | None:
        """What needs the environment on disk; None if nothing does."""
        return "a later buildpack" if self.later_buildpack else self.post_install

    def cache_policy(self, record: VenvRecord, *, has_bundled_pip: bool) -> CachePolicy:
        """Return who needs what is installed at the next build.

        Args:
            has_bundled_pip: whether the tool is the bundled pip, which may resolve without Python.
        """
        resolves_first = has_bundled_pip and record.interpreter != ""
        return CachePolicy(
            resolver=record.kind is not Pinning.LOCKED and not resolves_first,
            later_buildpack=self.later_buildpack,
            app=self.post_install is not None,
        )


@dataclass(frozen=True)
class Plan:
    """What becomes of the layers.

    Attributes:
        record: of the last build's environment, where that is not certain to be rebuilt.
    """

    wanted: Wanted
    python: Step
    tools: tuple[Step, ...]
    venv: Step
    record: VenvRecord | None

    @property
    def can_resolve_first(self) -> bool:
        """Whether the bundled pip may spare the build Python and pip, which aren't on disk."""
        is_missing = any(step.action is Action.MAKE for step in (self.python, *self.tools[:1]))
        is_asked = self.venv.action is Action.RESOLVE and is_missing
        return is_asked and self.record is not None and self.record.interpreter != ""


def plan_layers(
    wanted: Wanted,
    python: Judgement,
    libpython: Judgement,
    tools: Sequence[Tool],
    venv: LayerState,
    parts: Mapping[str, LayerState],
) -> Plan:
    """Decide what becomes of the layers that the last build left.

    Args:
        libpython: Python's shared library of the last build, where it has a layer of its own.
        tools: those that this build would use, the one that installs first.
        parts: the layers of large distributions, by name.
    """
    record = parse_venv_record(venv.metadata) if isinstance(venv, Restored) else None
    judgement = judge_environment(wanted, venv, record, parts)
    if not isinstance(judgement, Same):
        record = None
    is_reused = record is not None and (
        record.kind is Pinning.LOCKED or wanted.resolution is not None
    )
    action = Action.MAKE if record is None else Action.REUSE if is_reused else Action.RESOLVE
    are_launched_in_place = all(tool.restored == ON_DISK or not tool.is_at_launch for tool in tools)
    installs = not is_reused or wanted.later_buildpack or not are_launched_in_place
    is_lost = not isinstance(python, Same) or (
        record is not None and record.needs_libpython and not isinstance(libpython, Same)
    )
    needs_python = installs or wanted.post_install or is_lost
    return Plan(
        wanted,
        python=provide(python) if needs_python else Step(Action.KEEP),
        tools=tuple(provide(tool.restored) if installs else _leave(tool) for tool in tools),
        venv=Step(action, judgement.causes),
        record=record,
    )


def provide(restored: Judgement) -> Step:
    """Return what becomes of a layer that is needed on disk."""
    return Step(Action.REUSE if restored == ON_DISK else Action.MAKE, restored.causes)


def _leave(tool: Tool) -> Step:
    """Keep a tool that the image has; most builds change no dependency, and need no other."""
    return Step(Action.KEEP if tool.is_at_launch else Action.LEAVE_OUT)


def judge_environment(
    wanted: Wanted, state: LayerState, record: VenvRecord | None, parts: Mapping[str, LayerState]
) -> Judgement:
    """Judge whether the environment is the one that a build from scratch would make.

    It is the same, if need be, only as long as the package index says so.
    """
    if wanted.clean:
        return Changed(("BP_CLEAN_BUILD is set",))
    if isinstance(state, Unknown):
        return Unknown(state.causes or ((_NOT_RESTORED,) if wanted.was_made else ()))
    if record is None:
        return Changed(("it was built by another version of this buildpack",))
    causes = (*_changes(wanted, state, record), *_changed_parts(wanted, record, parts))
    return Changed(causes) if causes else Same(state.has_contents)


def _changes(wanted: Wanted, state: Restored, record: VenvRecord) -> Iterator[str]:
    yield from changed_inputs(record.inputs, record.read_of(wanted.inputs))
    if record.kind in _UNPROVABLE:
        yield _UNPROVABLE[record.kind]
    if wanted.needed_by is not None and not state.has_contents:
        yield f"{wanted.needed_by} needs it, but it isn't cached"


def _changed_parts(
    wanted: Wanted, record: VenvRecord, parts: Mapping[str, LayerState]
) -> Iterator[str]:
    """Yield how the layers of large distributions aren't those that belong to the environment."""
    if record.is_whole and not wanted.later_buildpack:
        yield "no later buildpack uses it now: large distributions get layers of their own"
    for name, digest in record.parts.items():
        part = parts.get(name)
        if not isinstance(part, Restored) or digest_of(part.metadata) != digest:
            yield f"its layer {name} wasn't restored"
        elif wanted.needed_by is not None and not part.has_contents:
            yield f"{wanted.needed_by} needs its layer {name}, but it isn't cached"
