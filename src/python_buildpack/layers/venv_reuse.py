"""Whether the virtual environment of the last build is the one a build from nothing would make.

https://github.com/python-buildpack/python-buildpack/blob/main/docs/layers.md#when-the-environment-is-reused
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from python_buildpack.cnb.layers_dir import LayerState, Restored
from python_buildpack.environment.resolution import Pinning
from python_buildpack.layers.changes import empty_causes
from python_buildpack.layers.venv_record import (
    BUILD_VARIABLES,
    VenvRecord,
    changed_inputs,
    parse_venv_record,
)

_UNPROVABLE = {
    Pinning.UNPROVEN: "it has packages from a directory or URL whose contents may have changed",
    Pinning.WRITES_APP: "its installation writes into the app",
}
# The cache is gone or was cleared, or belongs to another build than the image: the lifecycle then
# gives back what it can of either.
_NOT_RESTORED = "the platform has not restored it: its cache was cleared, or isn't the image's"


@dataclass(frozen=True)
class Reuse:
    """It is, and nothing has to be started to know it."""

    record: VenvRecord


@dataclass(frozen=True)
class Resolve:
    """It is, if the package manager still resolves to what is installed."""

    record: VenvRecord


@dataclass(frozen=True)
class Rebuild:
    """It isn't, or that can't be proven; () where there is none to judge."""

    causes: tuple[str, ...]


ReuseDecision = Reuse | Resolve | Rebuild


def decide_reuse(
    state: LayerState,
    inputs: Mapping[str, str],
    *,
    clean: bool,
    needed_by: str | None,
    was_made: bool,
) -> ReuseDecision:
    """Judge what the lifecycle restored.

    Args:
        state: of the layer.
        inputs: all that an installation depends on now, beside the package index.
        clean: whether the user wants everything made anew.
        needed_by: what needs the environment on disk; None where nothing does.
        was_made: whether the last build is known to have made one.
    """
    if clean:
        return Rebuild(("BP_CLEAN_BUILD is set",))
    if not isinstance(state, Restored):
        missing = (_NOT_RESTORED,) if was_made else ()
        return Rebuild(empty_causes(state.cause) or missing)
    record = parse_venv_record(state.metadata)
    if record is None:
        return Rebuild(("its metadata is of another version of this buildpack",))
    causes = list(changed_inputs(record.inputs, _comparable(inputs, record)))
    if record.kind in _UNPROVABLE:
        causes.append(_UNPROVABLE[record.kind])
    if needed_by is not None and not state.has_contents:
        causes.append(f"{needed_by} needs it, and the cache doesn't have it")
    if causes:
        return Rebuild(tuple(causes))
    return Reuse(record) if record.kind is Pinning.LOCKED else Resolve(record)


def _comparable(inputs: Mapping[str, str], record: VenvRecord) -> dict[str, str]:
    """Return ``inputs`` without the variables, where nothing was built that could read them."""
    unread = {BUILD_VARIABLES}.difference(record.inputs)
    return {name: inputs[name] for name in inputs if name not in unread}
