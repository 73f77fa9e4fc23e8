"""What an image's configuration tells of its build: of that, the lifecycle restores layers.

https://github.com/buildpacks/spec/blob/platform/v0.14/platform.md#iobuildpackslifecyclemetadata-json
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_buildpack.cnb.contexts import Target
from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.cnb.output_files import write_store
from python_buildpack.cnb.toml_reader import is_table

_METADATA = "io.buildpacks.lifecycle.metadata"
_DISTRO = "io.buildpacks.base.distro"


@dataclass(frozen=True)
class PreviousImage:
    """An image that a buildpack was part of.

    Attributes:
        buildpack: what the lifecycle remembers of the buildpack.
    """

    target: Target
    buildpack: Mapping[str, Any]

    def restore(self, layers_dir: Path) -> None:
        """Write what the lifecycle would restore; of contents, there are empty directories.

        What only the cache has isn't known.
        """
        layers = Layers(layers_dir)
        for name, data, is_cached in _layers(self.buildpack):
            layers.restore(name, data, has_contents=is_cached)
        store = self.buildpack.get("store")
        write_store(layers_dir, _strings(store.get("metadata")) if is_table(store) else {})


def parse_previous_image(text: str, document: str, buildpack_id: str) -> PreviousImage:
    """Parse what ``docker inspect`` or ``podman inspect`` prints of an image.

    Raises:
        InvalidDocumentError: it is something else, or the buildpack wasn't part of the image.
    """
    try:
        image = json.loads(text)[0]
        labels = image["Config"]["Labels"]
        buildpacks = {each["key"]: each for each in json.loads(labels[_METADATA])["buildpacks"]}
        target = Target(
            image["Os"],
            image["Architecture"],
            image.get("Variant") or None,
            labels.get(f"{_DISTRO}.name"),
            labels.get(f"{_DISTRO}.version"),
        )
        return PreviousImage(target, buildpacks[buildpack_id])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError):
        problem = f"not what docker inspect prints of an image that {buildpack_id} has built"
        raise InvalidDocumentError(document, problem) from None


def _layers(buildpack: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str], bool]]:
    """Yield the layers of the image: name, metadata, and whether the cache has their contents."""
    layers = buildpack.get("layers")
    for name, layer in layers.items() if is_table(layers) else ():
        if is_table(layer):
            yield name, _strings(layer.get("data")), layer.get("cache") is True


def _strings(table: object) -> dict[str, str]:
    values = table if is_table(table) else {}
    return {key: value for key, value in values.items() if isinstance(value, str)}
