"""The layer ``wheels``: what had to be built from source distributions, built once.

It is pip's own wheel cache, which knows of each wheel what it was built from, and so serves
requirements with hashes too. Nothing else is kept: a download cache would have to be downloaded
itself at each build.
https://pip.pypa.io/en/stable/topics/caching/#locally-built-wheels
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from pathlib import Path

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import (
    Restored,
    empty_layer,
    read_layer,
    remove_layer,
    write_layer,
)
from python_buildpack.layers.changes import with_format
from python_buildpack.resolution import bare_url

NAME = "wheels"

_WHEELS = "wheels"
_ORIGIN = "origin.json"


def wheels_metadata(python_series: str, platform: str, settings: str) -> dict[str, str]:
    """Return what the built wheels are good for.

    Args:
        python_series: X.Y.
        platform: operating system, architecture and distribution.
        settings: a digest of all else that decides what is built.
    """
    return with_format({"python": python_series, "platform": platform, "settings": settings})


def prepare_wheels_layer(layers_dir: Path, metadata: dict[str, str], *, clean: bool) -> Path:
    """Return the directory of the layer, with the wheels of the last build where they fit.

    Args:
        layers_dir: this buildpack's layers.
        metadata: what they have to be good for.
        clean: whether to start from nothing all the same.
    """
    state = read_layer(layers_dir, NAME)
    fits = isinstance(state, Restored) and state.has_contents and state.metadata == metadata
    return layers_dir / NAME if fits and not clean else empty_layer(layers_dir, NAME)


def finish_wheels_layer(layers_dir: Path, metadata: dict[str, str], used: Collection[str]) -> None:
    """Keep the wheels whose origins were used, and the layer only where there are any.

    Args:
        layers_dir: this buildpack's layers.
        metadata: what the wheels are good for.
        used: the URLs of the source distributions that are installed, without credentials.
    """
    directory = layers_dir / NAME
    for path in directory.iterdir():
        if path.name != _WHEELS:
            _remove(path)
    for entry in {wheel.parent for wheel in directory.glob(f"{_WHEELS}/**/*.whl")}:
        if _origin_url(entry / _ORIGIN) not in used:
            shutil.rmtree(entry)
    if any(directory.glob(f"{_WHEELS}/**/*.whl")):
        write_layer(layers_dir, NAME, LayerTypes(cache=True), metadata)
    else:
        remove_layer(layers_dir, NAME)


def keep_wheels_layer(layers_dir: Path) -> None:
    """Keep what was restored, in a build that installs nothing."""
    state = read_layer(layers_dir, NAME)
    if isinstance(state, Restored) and state.has_contents:
        write_layer(layers_dir, NAME, LayerTypes(cache=True), state.metadata)


def _origin_url(origin: Path) -> str | None:
    try:
        url = json.loads(origin.read_text(encoding="utf-8"))["url"]
        return bare_url(url) if isinstance(url, str) else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
