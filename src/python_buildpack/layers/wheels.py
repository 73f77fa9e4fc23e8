"""The layer ``wheels``: what had to be built from source distributions, built once.

It is pip's own wheel cache, which knows of each wheel what it was built from, and so serves
requirements with hashes too. Nothing else is kept: a download cache would have to be downloaded
itself at each build.
https://pip.pypa.io/en/stable/topics/caching/#locally-built-wheels
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import Layer, Layers, Restored
from python_buildpack.environment.resolution import strip_url
from python_buildpack.layers.judgement import ON_DISK, judge, with_format
from python_buildpack.system.redaction import redact_urls

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


def open_wheels_layer(layers: Layers, metadata: dict[str, str], *, clean: bool) -> Path:
    """Return the directory of the layer, with the wheels of the last build where they fit."""
    fits = judge(layers.read(NAME), metadata, {}) == ON_DISK
    return layers.change(NAME) if fits and not clean else layers.make(NAME)


def finish_wheels_layer(
    layers: Layers,
    metadata: dict[str, str],
    used: Collection[str],
    masked: Callable[[str], str],
) -> None:
    """Keep the wheels whose origins were used, and the layer only where there are any.

    Args:
        used: the URLs of the source distributions that are installed, without credentials.
        masked: what hides the secrets in a URL. A wheel whose URL has some isn't kept: pip finds it
            by the whole URL.
    """
    directory = layers.directory / NAME
    for path in directory.iterdir():
        if path.name != _WHEELS:
            _remove(path)
    for entry in {wheel.parent for wheel in directory.glob(f"{_WHEELS}/**/*.whl")}:
        origin = _read_origin(entry / _ORIGIN)
        is_kept = _url(origin, masked) in used and _names_contents(
            origin, "".join(entry.relative_to(directory / _WHEELS).parts), metadata["python"]
        )
        if not is_kept:
            shutil.rmtree(entry)
    if any(directory.glob(f"{_WHEELS}/**/*.whl")):
        layers.finish(Layer(NAME, metadata), LayerTypes(cache=True))
    else:
        layers.remove(NAME)


def keep_wheels_layer(layers: Layers) -> None:
    """Keep what was restored, in a build that installs nothing."""
    state = layers.read(NAME)
    if isinstance(state, Restored) and state.has_contents:
        layers.finish(Layer(NAME, state.metadata), LayerTypes(cache=True))


def _read_origin(path: Path) -> Mapping[str, object]:
    """Return what pip wrote about where a wheel came from; {} if it can't be understood."""
    try:
        origin = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return origin if isinstance(origin, dict) else {}


def _url(origin: Mapping[str, object], masked: Callable[[str], str]) -> str | None:
    """Return the URL that a wheel was built from; None without one, or with a secret in it."""
    url = origin.get("url")
    if not isinstance(url, str) or masked(redact_urls(url)) != url:
        return None
    try:
        return strip_url(url)
    except ValueError:
        return None


def _names_contents(origin: Mapping[str, object], key: str, python_series: str) -> bool:
    """Return whether pip finds a wheel only for the very contents that it was built from.

    It finds it by a digest of the link: one with a hash, or with a commit, always means the same.
    One without means whatever is there today, and what was built from it is not to be kept.
    """
    if "vcs_info" in origin:
        return True
    archive = origin.get("archive_info")
    hashes = archive.get("hashes") if isinstance(archive, dict) else None
    if not isinstance(hashes, dict) or not hashes:
        return False
    parts = {
        "url": origin.get("url"),
        **hashes,
        **({"subdirectory": origin["subdirectory"]} if "subdirectory" in origin else {}),
        "interpreter_name": "cp",
        "interpreter_version": python_series.replace(".", ""),
    }
    # As pip does it; where another pip does it otherwise, wheels are rebuilt.
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha224(text.encode("ascii")).hexdigest() == key


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
