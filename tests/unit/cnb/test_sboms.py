from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import (
    UNREADABLE,
    Layer,
    Layers,
    LayerState,
    Restored,
    SbomFormat,
)

AT_LAUNCH = LayerTypes(launch=True)
DOCUMENTS = {SbomFormat.CYCLONEDX: '{"bomFormat": "é"}\n', SbomFormat.SPDX: "{}\n"}
METADATA = {"key": "value"}
REUSABLE = Restored(METADATA, has_contents=False)


def build(layers_dir: Path, documents: dict[SbomFormat, str]) -> None:
    """Make the layer ``venv`` and leave what the lifecycle gives back of it: no contents."""
    Layers(layers_dir).make("venv")
    Layers(layers_dir).write_sboms("venv", documents)
    Layers(layers_dir).finish(Layer("venv", METADATA), AT_LAUNCH)
    toml = layers_dir / "venv.toml"
    text = toml.read_text(encoding="utf-8")
    (layers_dir / "venv").rmdir()
    toml.write_text(text[text.index("[metadata]") :], encoding="utf-8")


def test_write_sboms(tmp_path: Path) -> None:
    Layers(tmp_path).write_sboms("venv", DOCUMENTS)
    assert {path.name: path.read_bytes().decode() for path in tmp_path.iterdir()} == {
        "venv.sbom.cdx.json": '{"bomFormat": "é"}\n',
        "venv.sbom.spdx.json": "{}\n",
    }


@pytest.mark.parametrize("name", ["launch", "a.b", "../a"])
def test_write_sboms_of_no_layer(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="Invalid layer name"):
        Layers(tmp_path).write_sboms(name, DOCUMENTS)


@pytest.mark.parametrize("documents", [DOCUMENTS, {}], ids=["described", "never described"])
def test_layer_with_the_sboms_that_it_was_written_with(
    tmp_path: Path, documents: dict[SbomFormat, str]
) -> None:
    build(tmp_path, documents)
    assert Layers(tmp_path).read("venv") == REUSABLE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("venv.sbom.cdx.json", None),
        ("venv.sbom.spdx.json", None),
        ("venv.sbom.cdx.json", '{"bomFormat": "of another build"}\n'),
        ("venv.sbom.spdx.json", ""),
    ],
)
def test_layer_with_other_sboms(tmp_path: Path, name: str, text: str | None) -> None:
    build(tmp_path, DOCUMENTS)
    path = tmp_path / name
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
    assert Layers(tmp_path).read("venv") == UNREADABLE


@pytest.mark.parametrize(
    ("swapped", "state"),
    [
        ({SbomFormat.CYCLONEDX: "1", SbomFormat.SPDX: "23"}, REUSABLE),
        ({SbomFormat.CYCLONEDX: "12", SbomFormat.SPDX: "3"}, UNREADABLE),
        ({SbomFormat.SPDX: "123"}, UNREADABLE),
    ],
)
def test_digest_tells_the_documents_apart(
    tmp_path: Path, swapped: dict[SbomFormat, str], state: LayerState
) -> None:
    build(tmp_path, {SbomFormat.CYCLONEDX: "1", SbomFormat.SPDX: "23"})
    for path in tmp_path.glob("*.json"):
        path.unlink()
    Layers(tmp_path).write_sboms("venv", swapped)
    assert Layers(tmp_path).read("venv") == state


def test_layer_that_is_reused_keeps_its_sboms(tmp_path: Path) -> None:
    build(tmp_path, DOCUMENTS)
    before = tomli.loads((tmp_path / "venv.toml").read_text(encoding="utf-8"))
    Layers(tmp_path).finish(Layer("venv", METADATA), AT_LAUNCH)
    after = tomli.loads((tmp_path / "venv.toml").read_text(encoding="utf-8"))
    assert after["metadata"] == before["metadata"]
    assert Layers(tmp_path).read("venv") == REUSABLE


def test_remove_contents_keeps_the_sboms(tmp_path: Path) -> None:
    build(tmp_path, DOCUMENTS)
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    Layers(tmp_path).remove_contents("venv")
    assert {path.name for path in tmp_path.iterdir()} == {
        "venv.sbom.cdx.json",
        "venv.sbom.spdx.json",
    }


def test_layer_that_is_not_in_the_image_needs_no_sboms(tmp_path: Path) -> None:
    Layers(tmp_path).make("pip")
    Layers(tmp_path).write_sboms("pip", DOCUMENTS)
    Layers(tmp_path).finish(Layer("pip", METADATA), LayerTypes(build=True, cache=True))
    for path in tmp_path.glob("pip.sbom.*"):
        path.unlink()
    assert Layers(tmp_path).read("pip") == Restored(METADATA, has_contents=True)
