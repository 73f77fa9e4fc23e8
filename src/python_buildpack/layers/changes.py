"""Why a layer of an earlier build can't be used as it is."""

from __future__ import annotations

from collections.abc import Mapping

from python_buildpack.cnb.layers_dir import EmptyCause, LayerState, Restored

# Raised when a layer is made in another way, so that none that was made the old way is reused.
LAYER_FORMAT = "1"
_FORMAT_KEY = "layer_format"


def with_format(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return ``metadata`` and the version of this buildpack's layer format."""
    return {**metadata, _FORMAT_KEY: LAYER_FORMAT}


def changes(
    state: LayerState, wanted: Mapping[str, str], names: Mapping[str, str]
) -> tuple[str, ...] | None:
    """Return every reason why the restored layer isn't the wanted one; () means that it is.

    None means that there is nothing that could have been reused and nothing to explain: a first
    build, or a cleared cache.

    Args:
        state: what the lifecycle restored.
        wanted: the whole metadata that the layer must have.
        names: how the log calls a key of the metadata; a key that isn't here changes together
            with one that is, and is named by itself only where it changes alone.
    """
    match state:
        case Restored(metadata, has_contents):
            if changed := _changed_values(metadata, wanted, names):
                return changed
            return () if has_contents else None
        case _:
            unreadable = state.cause is EmptyCause.UNREADABLE
            return ("its metadata can't be read",) if unreadable else None


def _changed_values(
    metadata: Mapping[str, str], wanted: Mapping[str, str], names: Mapping[str, str]
) -> tuple[str, ...]:
    if metadata.get(_FORMAT_KEY) != wanted[_FORMAT_KEY]:
        return ("the layer is of another version of this buildpack",)
    keys = [key for key in sorted({*metadata, *wanted}) if metadata.get(key) != wanted.get(key)]
    named = tuple(
        f"{names[key]} {metadata.get(key, 'none')} → {wanted.get(key, 'none')}"
        for key in keys
        if key in names
    )
    return named or tuple(f"{key.replace('_', ' ')} changed" for key in keys)
