"""Why a layer of an earlier build can't be used as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from python_buildpack.cnb.layers_dir import EmptyCause, LayerState, Restored

# Raised when a layer is made in another way, so that none that was made the old way is reused.
LAYER_FORMAT = "6"
_FORMAT_KEY = "layer_format"


@dataclass(frozen=True)
class Comparison:
    """A layer of an earlier build beside the one that is wanted.

    Attributes:
        causes: every reason why it is another one; () if it is the same, or if there is none and so
            nothing to explain: a first build, or a cleared cache.
        is_same: whether it is the one that is wanted; its contents may still be in the image only.
        has_contents: whether its contents are on disk.
    """

    causes: tuple[str, ...]
    is_same: bool
    has_contents: bool

    @property
    def is_ready(self) -> bool:
        """Whether the layer can be used as it is."""
        return self.is_same and self.has_contents

    @property
    def is_in_image_only(self) -> bool:
        """Whether the image has the layer and this build doesn't.

        A layer that was only for launch is restored as metadata alone, and only from the image.
        """
        return self.is_same and not self.has_contents


def with_format(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return ``metadata`` and the version of this buildpack's layer format."""
    return {**metadata, _FORMAT_KEY: LAYER_FORMAT}


def compare(state: LayerState, wanted: Mapping[str, str], names: Mapping[str, str]) -> Comparison:
    """Compare what the lifecycle restored with what is wanted.

    Args:
        state: what the lifecycle restored.
        wanted: the whole metadata that the layer must have.
        names: how the log calls a key of the metadata; a key that isn't here changes together
            with one that is, and is named by itself only where it changes alone.
    """
    match state:
        case Restored(metadata, has_contents):
            causes = _changed_values(metadata, wanted, names)
            return Comparison(causes, not causes, has_contents)
        case _:
            return Comparison(empty_causes(state.cause), is_same=False, has_contents=False)


def empty_causes(cause: EmptyCause) -> tuple[str, ...]:
    """Return what the log says of a layer that there is nothing of; () where nothing was."""
    match cause:
        case EmptyCause.UNREADABLE:
            return ("its metadata can't be read",)
        case EmptyCause.CHANGED:
            return ("a later buildpack has changed it",)
        case EmptyCause.NOT_RESTORED:
            return ()


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
