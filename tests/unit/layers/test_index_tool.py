from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.app.settings import Settings
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.bytecode.compiler import bytecode_compiler
from python_buildpack.layers.judgement import LAYER_FORMAT
from python_buildpack.layers.python import inspect_python_layer
from python_buildpack.layers.tools import (
    NoToolRequirementsError,
    Tool,
    UnsuitableToolError,
    finish_tool_layers,
    install_tool,
    wanted_tools,
)
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.digests import sha256_of
from python_buildpack.system.output import Output
from tests.distributions import Distribution
from tests.unit.fake_program import FakeProgram, write_fake_program
from tests.unit.layers.restored_layers import (
    layer_env,
    layer_metadata,
    layer_types,
    restore_layer,
)
from tests.unit.requests import request

NEEDED = Distribution("needed", "1", {"needed.py": "", "tests.py": "1"})
UV = Distribution("uv", "0.9.1", {"scripts/uv": "#!python\n", "tests.py": "2"})
PIP = f"""\
directory = Path(sys.argv[sys.argv.index("--dest") + 1])
(directory / {UV.wheel_name!r}).write_bytes({UV.wheel!r})
(directory / {NEEDED.wheel_name!r}).write_bytes({NEEDED.wheel!r})
"""


@dataclass
class Builder:
    """Contributes uv's layer with a Python that does as it is told."""

    layers_dir: Path
    buildpack_dir: Path
    program: FakeProgram
    log: io.StringIO
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.buildpack_dir / "vendor" / "uv.txt"

    @property
    def layers(self) -> Layers:
        return Layers(self.layers_dir)

    def inspect(self, version: str | None = None, required: str | None = None) -> Tool:
        artifact = Artifact(Version("3.13.2"), "linux", "amd64", "file:///f", "0" * 64)
        environment = {"PATH": "/usr/bin", **self.settings}
        settings = Settings(tool_versions={"uv": version} if version else {})
        build = request(self.buildpack_dir.parent, settings)
        python = inspect_python_layer(self.layers, artifact, environment)
        (uv,) = wanted_tools(build, self.layers, python, ["uv"], required)
        return uv

    def contribute(self, version: str | None = None) -> Tool:
        output = Output(self.log, lambda: 0.0)
        tool, build = self.inspect(version), request(self.buildpack_dir.parent, output=output)
        with bytecode_compiler(self.program.path) as compiler:
            tool, _ = install_tool(build, self.layers, tool, compiler)
        finish_tool_layers(self.layers, [tool], cached=True)
        return tool


@pytest.fixture
def builder(layers_dir: Path, tmp_path: Path) -> Builder:
    program = write_fake_program(
        layers_dir / "python" / "bin" / "python3.13", tmp_path / "runs", PIP
    )
    made = Builder(layers_dir, tmp_path / "buildpack", program, io.StringIO())
    made.file.parent.mkdir(parents=True)
    digest = "a" * 64
    made.file.with_name("pip.toml").write_text(f'version = "26.3"\nsha256 = "{digest}"\n')
    made.file.write_text("# uv\nneeded==1 --hash=sha256:b\nuv==0.9.1 \\\n    --hash=sha256:a\n")
    return made


def test_the_known_release_is_installed_by_hash(builder: Builder) -> None:
    builder.settings = {"PIP_INDEX_URL": "https://index.example/simple", "PIP_TARGET": "/other"}
    tool = builder.contribute()
    (download,) = builder.program.calls
    assert download.arguments[-3:] == ("--require-hashes", "--requirement", str(builder.file))
    assert download.environment["PIP_INDEX_URL"] == "https://index.example/simple"
    site_packages = builder.layers_dir / "uv" / "lib" / "python3.13" / "site-packages"
    assert {path.name for path in site_packages.glob("*.py")} == {"needed.py", "tests.py"}
    # Of the wheel that comes later by its name, on every machine.
    assert (site_packages / "tests.py").read_text() == "2"
    assert tool.executable == builder.layers_dir / "uv" / "bin" / "uv"
    assert tool.executable.exists()
    assert tool.environment["PYTHONUSERBASE"] == str(builder.layers_dir / "uv")
    assert layer_types(builder.layers_dir, "uv") == {"build", "cache"}
    assert layer_metadata(builder.layers_dir, "uv") == {
        "tool_version": "0.9.1",
        "requirements_sha256": sha256_of(builder.file),
        "python": "3.13",
        "layer_format": LAYER_FORMAT,
    }
    assert layer_env(builder.layers_dir, "uv") == {
        "env.build/PYTHONUSERBASE.default": str(builder.layers_dir / "uv")
    }


def test_another_release_is_installed_by_version(builder: Builder) -> None:
    builder.contribute("0.8.0")
    assert builder.program.calls[0].arguments[-1] == "uv==0.8.0"
    assert layer_metadata(builder.layers_dir, "uv")["requirements_sha256"] == ""


def test_the_same_release_is_reused(builder: Builder) -> None:
    builder.contribute()
    restore_layer(builder.layers_dir, "uv")
    builder.program.log.unlink()
    builder.contribute()
    assert builder.program.calls == []
    assert "  Reusing uv 0.9.1 from the cache\n" in builder.log.getvalue()


@pytest.mark.parametrize(
    ("version", "required", "found"),
    [
        (None, None, "0.9.1"),
        (None, ">=0.9", "0.9.1"),
        (None, "==0.8.2", "0.8.2"),
        (None, "0.8.2", "0.8.2"),
        (None, " 0.8.2", "0.8.2"),
        ("0.7.0", "==0.8.2", "0.7.0"),
        ("0.7.0", ">=1", "0.7.0"),
    ],
)
def test_what_the_app_asks_for(
    builder: Builder, version: str | None, required: str | None, found: str
) -> None:
    assert builder.inspect(version, required).version == found


@pytest.mark.parametrize("required", [">=1", "<0.9", "==0.8.*", "~=0.8.1", "^0.9", "latest"])
def test_what_the_app_asks_for_and_nobody_knows(builder: Builder, required: str) -> None:
    with pytest.raises(UnsuitableToolError) as caught:
        builder.inspect(None, required)
    error = caught.value
    assert (error.tool, error.required, error.known) == ("uv", required, "0.9.1")


@pytest.mark.parametrize("text", [None, "", "other==1\n"])
def test_a_buildpack_that_knows_no_release(builder: Builder, text: str | None) -> None:
    builder.file.unlink()
    if text is not None:
        builder.file.write_text(text)
    with pytest.raises(NoToolRequirementsError) as caught:
        builder.inspect()
    assert caught.value.tool == "uv"


def test_finish_tool_layers_removes_others(builder: Builder) -> None:
    for name in ("pip", "poetry", "uv", "venv"):
        (builder.layers_dir / name).mkdir()
        (builder.layers_dir / f"{name}.toml").touch()
    finish_tool_layers(builder.layers, [builder.inspect()], cached=True)
    names = {path.stem for path in builder.layers_dir.iterdir()}
    assert names == {"python", "uv", "venv"}


def carry_wheels(builder: Builder, series: str) -> Path:
    wheels = builder.buildpack_dir / "vendor" / "wheels"
    wheels.mkdir()
    (wheels / "series.txt").write_text(f"3.12\n{series}\n")
    return wheels


def test_the_known_release_is_installed_from_carried_wheels(builder: Builder) -> None:
    wheels = carry_wheels(builder, "3.13")
    tool = builder.contribute()
    (download,) = builder.program.calls
    assert download.arguments[-6:] == (
        *("--no-index", "--find-links", str(wheels)),
        *("--require-hashes", "--requirement", str(builder.file)),
    )
    assert tool.layer == builder.inspect().layer


def test_wheels_that_are_carried_for_others(builder: Builder) -> None:
    carry_wheels(builder, "3.14")
    builder.contribute()
    (download,) = builder.program.calls
    assert "--no-index" not in download.arguments


def test_another_release_than_the_carried_one(builder: Builder) -> None:
    carry_wheels(builder, "3.13")
    builder.contribute("0.8.0")
    (download,) = builder.program.calls
    assert "--no-index" not in download.arguments
