from __future__ import annotations

import stat
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.cnb.contents import contents_digest
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.python import PythonLayer, inspect_python_layer
from python_buildpack.layers.sizing import write_sizing_layer
from python_buildpack.python_version.inventory import Artifact
from tests.unit.layers.restored_layers import layer_metadata, layer_types, restore_layer


@pytest.fixture
def python(layers_dir: Path) -> PythonLayer:
    artifact = Artifact(Version("3.13.2"), "linux", "amd64", "file:///f", "0" * 64)
    return inspect_python_layer(Layers(layers_dir), artifact, {})


def test_write_sizing_layer(layers_dir: Path, python: PythonLayer) -> None:
    write_sizing_layer(Layers(layers_dir), python.executable)
    program = layers_dir / "sizing" / "exec.d" / "sizing"
    # The launcher runs every file in exec.d.
    assert [path for path in (layers_dir / "sizing").rglob("*") if path.is_file()] == [program]
    first_line, rest = program.read_text(encoding="utf-8").split("\n", 1)
    assert first_line == f"#!{layers_dir}/python/bin/python3.13 -ISB"
    compile(rest, str(program), "exec")
    assert stat.S_IMODE(program.stat().st_mode) == stat.S_IMODE(program.parent.stat().st_mode)
    assert stat.S_IMODE(program.stat().st_mode) == 0o755
    assert layer_types(layers_dir, "sizing") == {"launch"}
    assert layer_metadata(layers_dir, "sizing") == {}


def test_write_sizing_layer_again(layers_dir: Path, python: PythonLayer) -> None:
    write_sizing_layer(Layers(layers_dir), python.executable)
    before = contents_digest(layers_dir / "sizing")
    restore_layer(layers_dir, "sizing")
    (layers_dir / "sizing" / "exec.d" / "old").touch()
    write_sizing_layer(Layers(layers_dir), python.executable)
    assert contents_digest(layers_dir / "sizing") == before
    assert layer_types(layers_dir, "sizing") == {"launch"}


def test_remove_sizing_layer(layers_dir: Path, python: PythonLayer) -> None:
    write_sizing_layer(Layers(layers_dir), python.executable)
    Layers(layers_dir).remove("sizing")
    assert list(layers_dir.iterdir()) == []
    Layers(layers_dir).remove("sizing")
    assert list(layers_dir.iterdir()) == []
