from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.environment.resolution import Pinning
from python_buildpack.layers.python import PythonLayer, inspect_python_layer
from python_buildpack.layers.venv import VenvLayer, finish_venv_layer, make_venv, venv_layer
from python_buildpack.layers.venv_record import VenvRecord
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.command import CommandFailedError
from tests.unit.fake_program import FakeProgram, write_fake_program
from tests.unit.layers.restored_layers import layer_env, layer_metadata, layer_types

MAKE_VENV = """\
(Path(sys.argv[-1]) / 'bin').mkdir()
(Path(sys.argv[-1]) / 'bin' / 'python').symlink_to('/python')
"""
RECORD = VenvRecord({"Python": "3.13.2"}, Pinning.LOCKED, "d" * 64, {"flask": "3.1.0"})


@pytest.fixture
def python(layers_dir: Path) -> PythonLayer:
    artifact = Artifact(Version("3.13.2"), "linux", "amd64", "file:///f", "0" * 64)
    return inspect_python_layer(
        Layers(layers_dir), artifact, {"PATH": "/usr/bin", "HOME": "/home/cnb"}
    )


@pytest.fixture
def program(python: PythonLayer, tmp_path: Path) -> FakeProgram:
    return write_fake_program(python.executable, tmp_path / "runs", MAKE_VENV)


@pytest.fixture
def venv(layers_dir: Path, python: PythonLayer) -> VenvLayer:
    return venv_layer(Layers(layers_dir), {**python.environment, "PIP_PYTHON": "/venv/bin/python"})


def test_venv_layer_comes_first_on_path(
    layers_dir: Path, venv: VenvLayer, python: PythonLayer
) -> None:
    assert venv.directory == layers_dir / "venv"
    assert venv.environment == {
        **python.environment,
        "PATH": f"{layers_dir}/venv/bin:{layers_dir}/python/bin:/usr/bin",
        "VIRTUAL_ENV": str(layers_dir / "venv"),
        "PIP_PYTHON": "/venv/bin/python",
    }
    assert list(layers_dir.iterdir()) == []


def test_made_venv(
    layers_dir: Path, venv: VenvLayer, python: PythonLayer, program: FakeProgram
) -> None:
    make_venv(Layers(layers_dir), python)
    (call,) = program.calls
    assert call.arguments == ("-I", "-B", "-m", "venv", "--without-pip", str(venv.directory))
    assert call.directory == venv.directory
    assert call.environment["PATH"] == f"{layers_dir}/python/bin:/usr/bin"
    assert "VIRTUAL_ENV" not in call.environment
    assert (venv.directory / "bin" / "python").is_symlink()


def test_made_venv_begins_with_nothing(
    layers_dir: Path, venv: VenvLayer, python: PythonLayer, program: FakeProgram
) -> None:
    (layers_dir / "venv" / "lib").mkdir(parents=True)
    (layers_dir / "venv" / "lib" / "stale.py").touch()
    (layers_dir / "venv.toml").write_text("[metadata]\n")
    (layers_dir / "venv.sbom.cdx.json").touch()
    make_venv(Layers(layers_dir), python)
    assert {path.name for path in venv.directory.iterdir()} == {"bin"}
    assert {path.name for path in layers_dir.iterdir()} == {"python", "venv"}
    assert len(program.calls) == 1


def test_made_venv_that_fails_leaves_nothing(
    layers_dir: Path, python: PythonLayer, program: FakeProgram
) -> None:
    write_fake_program(program.path, program.log, f"{MAKE_VENV}print('why'); sys.exit(1)")
    layers = Layers(layers_dir)
    with pytest.raises(CommandFailedError) as caught, layers.removed_on_failure():
        make_venv(layers, python)
    assert (caught.value.exit_status, caught.value.output) == (1, "why")
    assert {path.name for path in layers_dir.iterdir()} == {"python"}


@pytest.mark.usefixtures("program")
def test_made_venv_is_removed_where_the_block_fails(
    layers_dir: Path, venv: VenvLayer, python: PythonLayer
) -> None:
    layers = Layers(layers_dir)
    with contextlib.suppress(ZeroDivisionError), layers.removed_on_failure():
        make_venv(layers, python)
        assert venv.directory.exists()
        raise ZeroDivisionError
    assert {path.name for path in layers_dir.iterdir()} == {"python"}


def test_finish_venv_layer(layers_dir: Path, venv: VenvLayer) -> None:
    venv.directory.mkdir()
    finish_venv_layer(Layers(layers_dir), RECORD, LayerTypes(launch=True, build=True))
    assert layer_types(layers_dir, "venv") == {"launch", "build"}
    assert layer_metadata(layers_dir, "venv") == RECORD.to_metadata()
    assert layer_env(layers_dir, "venv") == {
        "env.build/VIRTUAL_ENV.override": str(layers_dir / "venv"),
        "env.launch/VIRTUAL_ENV.default": str(layers_dir / "venv"),
    }


def test_finish_venv_layer_that_is_in_the_image_only(layers_dir: Path) -> None:
    finish_venv_layer(Layers(layers_dir), RECORD, LayerTypes(launch=True))
    assert {path.name for path in layers_dir.iterdir()} == {"venv.toml"}
    assert layer_types(layers_dir, "venv") == {"launch"}
