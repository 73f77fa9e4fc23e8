"""Changing what a build left for the next one, as another platform or a fault might have."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Change = Callable[[Any], None]

_LABEL = "io.buildpacks.lifecycle.metadata"
_CACHE_METADATA = "committed/io.buildpacks.lifecycle.cache.metadata"


def change_image_metadata(image_dir: Path, change: Change) -> None:
    """Change the lifecycle's metadata of the image, in place; the image has a new digest then."""

    def change_label(labels: dict[str, str]) -> None:
        metadata = json.loads(labels[_LABEL])
        change(metadata)
        labels[_LABEL] = json.dumps(metadata)

    change_labels(image_dir, change_label)


def change_labels(image_dir: Path, change: Callable[[dict[str, str]], None]) -> None:
    """Change the image's labels, in place, with all digests that follow from them."""
    layout = image_dir / "latest"
    index = json.loads((layout / "index.json").read_text(encoding="utf-8"))
    (entry,) = index["manifests"]
    manifest = _read(layout, entry)
    config = _read(layout, manifest["config"])
    change(config["config"]["Labels"])
    _write(layout, manifest["config"], config)
    _write(layout, entry, manifest)
    (layout / "index.json").write_text(json.dumps(index), encoding="utf-8")


def change_cache_metadata(cache_dir: Path, change: Change) -> None:
    """Change the lifecycle's metadata of the cache, in place."""
    path = cache_dir / _CACHE_METADATA
    metadata = json.loads(path.read_text(encoding="utf-8"))
    change(metadata)
    path.write_text(json.dumps(metadata), encoding="utf-8")


def write_cache_metadata(cache_dir: Path, text: str) -> None:
    """Replace the lifecycle's metadata of the cache."""
    (cache_dir / _CACHE_METADATA).write_text(text, encoding="utf-8")


def layer_data(metadata: Any, name: str) -> Any:
    """Return the entry of our layer ``name``, whose ``data`` is what our buildpack wrote."""
    return metadata["buildpacks"][0]["layers"][name]


def _read(layout: Path, descriptor: dict[str, Any]) -> Any:
    path = layout / "blobs" / descriptor["digest"].replace(":", "/")
    return json.loads(path.read_text(encoding="utf-8"))


def _write(layout: Path, descriptor: dict[str, Any], document: Any) -> None:
    """Write a blob, and into ``descriptor`` what refers to it."""
    content = json.dumps(document).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    (layout / "blobs" / "sha256" / sha256).write_bytes(content)
    descriptor.update(digest=f"sha256:{sha256}", size=len(content))
