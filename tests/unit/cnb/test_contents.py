from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from python_buildpack.cnb.contents import contents_digest
from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import TAMPERED, Layer, Layers, Restored

CACHED = LayerTypes(build=True, cache=True)


def make(directory: Path) -> Path:
    (directory / "bin").mkdir(parents=True)
    (directory / "bin" / "tool").write_text("tool\n")
    (directory / "link").symlink_to("bin/tool")
    return directory


def append(path: Path) -> None:
    path.write_text(path.read_text() + "more\n")


def relink(path: Path) -> None:
    path.unlink()
    path.symlink_to("bin")


CHANGES: dict[str, Callable[[Path], object]] = {
    "contents": lambda layer: append(layer / "bin" / "tool"),
    "new file": lambda layer: (layer / "new").touch(),
    "new directory": lambda layer: (layer / "new").mkdir(),
    "removed": lambda layer: (layer / "bin" / "tool").unlink(),
    "renamed": lambda layer: (layer / "bin" / "tool").rename(layer / "bin" / "other"),
    "mode": lambda layer: (layer / "bin" / "tool").chmod(0o755),
    "link": lambda layer: relink(layer / "link"),
}


def test_contents_digest_times_do_not_count(tmp_path: Path) -> None:
    one, two = make(tmp_path / "one"), make(tmp_path / "two")
    os.utime(two / "bin" / "tool", (0, 0))
    assert contents_digest(one) == contents_digest(two)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_contents_digest_changes(tmp_path: Path, change: Callable[[Path], object]) -> None:
    layer = make(tmp_path / "layer")
    before = contents_digest(layer)
    change(layer)
    assert contents_digest(layer) != before


def test_read_layer_sealed(tmp_path: Path) -> None:
    make(Layers(tmp_path).make("tool") / "inner")
    Layers(tmp_path, detect_changes=True).finish(Layer("tool", {"version": "1"}), CACHED)
    assert Layers(tmp_path).read("tool") == Restored({"version": "1"}, has_contents=True)
    (tmp_path / "tool" / "inner" / "added").touch()
    assert Layers(tmp_path).read("tool") == TAMPERED


def test_read_layer_not_sealed(tmp_path: Path) -> None:
    Layers(tmp_path).make("tool")
    Layers(tmp_path).finish(Layer("tool", {"version": "1"}), CACHED)
    (tmp_path / "tool" / "added").touch()
    assert Layers(tmp_path).read("tool") == Restored({"version": "1"}, has_contents=True)


def test_write_layer_sealed_that_is_in_the_image_only(tmp_path: Path) -> None:
    Layers(tmp_path, detect_changes=True).finish(
        Layer("tool", {"version": "1"}), LayerTypes(launch=True)
    )
    assert Layers(tmp_path).read("tool") == Restored({"version": "1"}, has_contents=False)


def test_contents_digest_of_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "libtorch.so").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    tracemalloc.start()
    try:
        assert contents_digest(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 5 * 1024 * 1024
    finally:
        tracemalloc.stop()
