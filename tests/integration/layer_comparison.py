"""How many layers an image may have, and comparing those of two: equal, or what exactly differs."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from tools.oci_image import Image, LayerFile

# Of an image of ours above its base. A container can have 127 layers.
MOST_LAYERS = 30
_HEADER = ("type", "mode", "uid", "gid", "uname", "gname", "mtime", "linkname", "size")


def kept_image(image: Image, destination: Path) -> Image:
    """Copy ``image`` to ``destination``, since the next build of its name replaces it."""
    return replace(image, layout=shutil.copytree(image.layout, destination))


def assert_same_layers(first: Image, second: Image, names: Iterable[str]) -> None:
    """Fail where a layer's diffIDs differ, with every file that does."""
    first_ids, second_ids = first.layer_diff_ids(), second.layer_diff_ids()
    for name in names:
        if first_ids[name] != second_ids[name]:
            differences = "\n".join(_differences(first.layer_files(name), second.layer_files(name)))
            raise AssertionError(f"The layers {name} differ:\n{differences}")


def _differences(first: dict[str, LayerFile], second: dict[str, LayerFile]) -> Iterator[str]:
    for path in sorted({*first, *second}):
        if path not in first or path not in second:
            yield f"{path}: only in the {'first' if path in first else 'second'}"
            continue
        one, other = first[path], second[path]
        for field in _HEADER:
            if getattr(one.member, field) != getattr(other.member, field):
                yield f"{path}: {field} {getattr(one.member, field)} and {getattr(other.member, field)}"
        if one.content != other.content:
            yield f"{path}: {_first_difference(one.content, other.content)}"
    if list(first) != list(second):
        yield "the order of the entries"


def _first_difference(one: bytes, other: bytes) -> str:
    pairs = enumerate(zip(one, other, strict=False))
    offset = next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
    window = slice(max(0, offset - 20), offset + 40)
    return f"at byte {offset}: {one[window]!r} and {other[window]!r}"
