"""Whether a layer of an earlier build is the one that is wanted, and why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from python_buildpack.cnb.layers_dir import LayerState, Unknown
from python_buildpack.system.output import Output

# Raised when a layer is made in another way, so that none that was made the old way is reused.
LAYER_FORMAT = "10"
_FORMAT_KEY = "layer_format"


@dataclass(frozen=True)
class Same:
    """It is the one that is wanted.

    Attributes:
        has_contents: whether its contents are on disk. One that was only for launch is restored as
            metadata alone; its contents are in the image.
    """

    has_contents: bool
    causes: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True)
class Changed:
    """It is another one, for every one of these causes."""

    causes: tuple[str, ...]


Judgement: TypeAlias = Same | Changed | Unknown

ON_DISK = Same(has_contents=True)
IN_IMAGE = Same(has_contents=False)


def with_format(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return ``metadata`` and the version of this buildpack's layer format."""
    return {**metadata, _FORMAT_KEY: LAYER_FORMAT}


def judge(state: LayerState, wanted: Mapping[str, str], names: Mapping[str, str]) -> Judgement:
    """Compare what the lifecycle restored with what is wanted.

    Args:
        wanted: the whole metadata that the layer must have.
        names: how the log calls a key of the metadata; a key that isn't here changes together
            with one that is, and is named by itself only where it changes alone.
    """
    if isinstance(state, Unknown):
        return state
    causes = _changed_values(state.metadata, wanted, names)
    return Changed(causes) if causes else Same(state.has_contents)


def _changed_values(
    metadata: Mapping[str, str], wanted: Mapping[str, str], names: Mapping[str, str]
) -> tuple[str, ...]:
    if metadata.get(_FORMAT_KEY) != wanted[_FORMAT_KEY]:
        return ("it was built by another version of this buildpack",)
    keys = [key for key in sorted({*metadata, *wanted}) if metadata.get(key) != wanted.get(key)]
    named = tuple(
        f"{names[key]} {metadata.get(key, 'none')} → {wanted.get(key, 'none')}"
        for key in keys
        if key in names
    )
    return named or tuple(f"{key.replace('_', ' ')} changed" for key in keys)


@dataclass(frozen=True)
class Decision:
    """What became of a layer of the last build.

    Attributes:
        reasons: why; () where there was none to reuse.
    """

    layer: str
    is_reused: bool
    reasons: tuple[str, ...]


def reused(output: Output, layer: str, line: str) -> Decision:
    """Print that a layer of the last build is used as it is, and why; return it too."""
    output.line(line)
    return Decision(layer, is_reused=True, reasons=(line,))


def discarded(output: Output, layer: str, what: str, causes: Sequence[str]) -> Decision:
    """Print, and return, why a layer of the last build, which the log calls ``what``, isn't used."""
    for cause in causes:
        output.line(f"Discarding the previous {what}: {cause}")
    return Decision(layer, is_reused=False, reasons=tuple(causes))
