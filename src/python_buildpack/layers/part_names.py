"""The names of the layers of large distributions."""

from __future__ import annotations

from collections.abc import Collection

from python_buildpack.cnb.layers_dir import Layers

_PREFIX = "dist-"


def part_name(distribution: str) -> str:
    """Return the name of the layer of a distribution."""
    return f"{_PREFIX}{distribution}"


def part_layers(layers: Layers) -> list[str]:
    """Return the names of the layers of which there is anything, sorted."""
    # The lifecycle restores TOML, SBOMs and contents, each by itself.
    names = (path.name for path in layers.directory.glob(f"{_PREFIX}*"))
    return sorted({name.partition(".")[0] for name in names})


def remove_parts(layers: Layers, kept: Collection[str] = ()) -> None:
    """Remove the layers that aren't ``kept``."""
    for name in part_layers(layers):
        if name not in kept:
            layers.remove(name)
