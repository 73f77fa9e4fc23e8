"""The SBOM that each layer gets when it is made, and keeps when it is reused."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.bytecode.compiler import bytecode_compiler
from python_buildpack.layers.judgement import IN_IMAGE, Same
from python_buildpack.layers.python import (
    PythonLayer,
    finish_python_layer,
    inspect_python_layer,
    install_python,
)
from python_buildpack.layers.tools import install_tool, wanted_tools
from python_buildpack.layers.venv import venv_layer, write_lock_and_sbom
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.output import Output
from tests.distributions import Distribution
from tests.unit.environment.sbom.environments import SHA256, install, resolution, resolved
from tests.unit.fake_program import fake_program_text
from tests.unit.layers.restored_layers import restore_layer
from tests.unit.layers.standalone_python import write_runtime, write_runtime_archive
from tests.unit.requests import request

ENVIRONMENT = {"PATH": "/usr/bin"}
PIP = Distribution("pip", "26.3", {"pip.py": ""})


def sboms(layers_dir: Path, layer: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in layers_dir.glob(f"{layer}.sbom.*")}


def components(layers_dir: Path, layer: str) -> dict[str, Any]:
    text = (layers_dir / f"{layer}.sbom.cdx.json").read_text(encoding="utf-8")
    return {each["name"]: each for each in json.loads(text)["components"]}


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    program = fake_program_text(tmp_path / "runs", "")
    root = write_runtime(tmp_path / "unpacked", program, is_whole=False)
    archive = write_runtime_archive(tmp_path / "cpython.tar.gz", root)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return Artifact(Version("3.13.2"), "linux", "amd64", archive.as_uri(), digest)


def provide(layers_dir: Path, artifact: Artifact, output: Output) -> PythonLayer:
    layers = Layers(layers_dir)
    layer = inspect_python_layer(layers, artifact, ENVIRONMENT)
    with bytecode_compiler(layer.executable) as compiler:
        install_python(request(layers_dir.parent, output=output), layers, layer, compiler)
    finish_python_layer(layers, layer, LayerTypes(launch=True), needs_libpython=False)
    return layer


def test_python_layer_gets_its_sboms(layers_dir: Path, artifact: Artifact, output: Output) -> None:
    provide(layers_dir, artifact, output)
    assert sboms(layers_dir, "python").keys() == {
        "python.sbom.cdx.json",
        "python.sbom.spdx.json",
    }
    python = components(layers_dir, "python")["python"]
    assert (python["version"], python["hashes"]) == (
        "3.13.2",
        [{"alg": "SHA-256", "content": artifact.sha256}],
    )


def test_python_that_was_unpacked_for_one_build_keeps_its_sboms(
    layers_dir: Path, artifact: Artifact, output: Output
) -> None:
    provide(layers_dir, artifact, output)
    before = sboms(layers_dir, "python")
    restore_layer(layers_dir, "python")
    (layers_dir / "python").rename(layers_dir.parent / "in the image")
    assert provide(layers_dir, artifact, output).restored == IN_IMAGE
    assert not (layers_dir / "python").exists()
    assert sboms(layers_dir, "python") == before
    restore_layer(layers_dir, "python")
    restored = inspect_python_layer(Layers(layers_dir), artifact, ENVIRONMENT).restored
    assert isinstance(restored, Same)


def test_pip_layer_gets_its_sboms(layers_dir: Path, artifact: Artifact, output: Output) -> None:
    layers = Layers(layers_dir)
    python = inspect_python_layer(layers, artifact, ENVIRONMENT)
    vendor = layers_dir.parent / "buildpack" / "vendor"
    vendor.mkdir(parents=True)
    (vendor / PIP.wheel_name).write_bytes(PIP.wheel)
    (vendor / "pip.toml").write_text(f'version = "26.3"\nsha256 = "{SHA256}"\n')
    build = request(layers_dir.parent, output=output)
    (pip,) = wanted_tools(build, layers, python, ["pip"], None)
    with bytecode_compiler(Path(sys.executable)) as compiler:
        install_tool(build, layers, pip, compiler)
        assert components(layers_dir, "pip")["pip"] == {
            "type": "library",
            "bom-ref": "pkg:pypi/pip@26.3",
            "name": "pip",
            "version": "26.3",
            "hashes": [{"alg": "SHA-256", "content": SHA256}],
            "purl": "pkg:pypi/pip@26.3",
        }


def test_describe_venv(layers_dir: Path, artifact: Artifact) -> None:
    layers = Layers(layers_dir)
    python = inspect_python_layer(layers, artifact, ENVIRONMENT)
    venv = venv_layer(layers, ENVIRONMENT)
    install(venv.directory, "Flask", "3.1.0", "Requires-Dist: new; python_version >= '3.13'")
    install(venv.directory, "new")
    wheel = "https://index.example/flask-3.1.0-py3-none-any.whl"
    chosen = resolution(resolved("flask", "3.1.0", url=wheel, hashes=(f"sha256:{SHA256}",)))
    write_lock_and_sbom(layers, python, chosen)
    assert (venv.directory / "pylock.toml").exists()
    assert components(layers_dir, "venv").keys() == {"Flask", "new"}
    assert "hashes" in components(layers_dir, "venv")["Flask"]
    needs = json.loads(sboms(layers_dir, "venv")["venv.sbom.cdx.json"])["dependencies"]
    assert {each["ref"]: each["dependsOn"] for each in needs} == {
        "layer:venv": ["pkg:pypi/flask@3.1.0"],
        "pkg:pypi/flask@3.1.0": ["pkg:pypi/new@1.0"],
        "pkg:pypi/new@1.0": [],
    }
