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
from python_buildpack.layers.bytecode.compiler import bytecode_compiler
from python_buildpack.layers.pip import inspect_pip_layer
from python_buildpack.layers.python import (
    PythonLayer,
    finish_python_layer,
    inspect_python_layer,
    python_installed,
)
from python_buildpack.layers.tool import tool_installed
from python_buildpack.layers.venv import venv_layer, write_lock_and_sbom
from python_buildpack.package_managers.pip.bundled_wheel import PipWheel
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.output import Output
from tests.distributions import Distribution
from tests.unit.environment.sbom.environments import SHA256, install, resolution, resolved
from tests.unit.fake_program import fake_program_text
from tests.unit.layers.restored_layers import restore_layer
from tests.unit.layers.standalone_python import write_runtime, write_runtime_archive

ENVIRONMENT = {"PATH": "/usr/bin"}
PIP = Distribution("pip", "26.3", {"pip.py": ""})


def sboms(layers_dir: Path, layer: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in layers_dir.glob(f"{layer}.sbom.*")}


def components(layers_dir: Path, layer: str) -> dict[str, Any]:
    text = (layers_dir / f"{layer}.sbom.cdx.json").read_text(encoding="utf-8")
    return {each["name"]: each for each in json.loads(text)["components"]}


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    root = write_runtime(tmp_path / "unpacked", fake_program_text(tmp_path / "runs", ""))
    archive = write_runtime_archive(tmp_path / "cpython.tar.gz", root)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return Artifact(Version("3.13.2"), "linux", "amd64", archive.as_uri(), digest)


def provide(layers_dir: Path, artifact: Artifact, output: Output) -> PythonLayer:
    layer = inspect_python_layer(layers_dir, artifact, ENVIRONMENT)
    with python_installed(layers_dir, layer, mirror=None, output=output):
        pass
    finish_python_layer(layers_dir, layer, LayerTypes(launch=True), detect_changes=False)
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
    assert provide(layers_dir, artifact, output).restored.is_in_image_only
    assert not (layers_dir / "python").exists()
    assert sboms(layers_dir, "python") == before
    restore_layer(layers_dir, "python")
    assert inspect_python_layer(layers_dir, artifact, ENVIRONMENT).restored.is_same


def test_pip_layer_gets_its_sboms(layers_dir: Path, artifact: Artifact, output: Output) -> None:
    python = inspect_python_layer(layers_dir, artifact, ENVIRONMENT)
    wheel = layers_dir.parent / PIP.wheel_name
    wheel.write_bytes(PIP.wheel)
    vendored = PipWheel(wheel, "26.3", SHA256)
    pip = inspect_pip_layer(
        layers_dir, python, requested_version=None, vendored=vendored, at_launch=False
    )
    with (
        bytecode_compiler(Path(sys.executable)) as compiler,
        tool_installed(layers_dir, pip, compiler=compiler, output=output),
    ):
        assert components(layers_dir, "pip")["pip"] == {
            "type": "library",
            "bom-ref": "pkg:pypi/pip@26.3",
            "name": "pip",
            "version": "26.3",
            "hashes": [{"alg": "SHA-256", "content": SHA256}],
            "purl": "pkg:pypi/pip@26.3",
        }


def test_describe_venv(layers_dir: Path, artifact: Artifact) -> None:
    python = inspect_python_layer(layers_dir, artifact, ENVIRONMENT)
    venv = venv_layer(layers_dir, ENVIRONMENT)
    install(venv.directory, "Flask", "3.1.0", "Requires-Dist: new; python_version >= '3.13'")
    install(venv.directory, "new")
    wheel = "https://index.example/flask-3.1.0-py3-none-any.whl"
    chosen = resolution(resolved("flask", "3.1.0", url=wheel, hashes=(f"sha256:{SHA256}",)))
    write_lock_and_sbom(layers_dir, venv, python, chosen)
    assert (venv.directory / "pylock.toml").exists()
    assert components(layers_dir, "venv").keys() == {"Flask", "new"}
    assert "hashes" in components(layers_dir, "venv")["Flask"]
    needs = json.loads(sboms(layers_dir, "venv")["venv.sbom.cdx.json"])["dependencies"]
    assert {each["ref"]: each["dependsOn"] for each in needs} == {
        "layer:venv": ["pkg:pypi/flask@3.1.0"],
        "pkg:pypi/flask@3.1.0": ["pkg:pypi/new@1.0"],
        "pkg:pypi/new@1.0": [],
    }
