from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.app.request import Build
from python_buildpack.app.settings import Settings
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.bytecode.compiler import bytecode_compiler
from python_buildpack.layers.python import inspect_python_layer
from python_buildpack.layers.tools import Tool, install_tool, wanted_tools
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.output import Output
from tests.distributions import Distribution
from tests.unit.fake_program import FakeProgram, write_fake_program
from tests.unit.requests import request

VENDORED = Distribution("pip", "26.3", {"pip.py": "", "scripts/pip": "#!python\n"})
UV = Distribution("uv", "0.9.1", {"scripts/uv": "#!python\n"})
PIP = f"""\
directory = Path(sys.argv[sys.argv.index("--dest") + 1])
(directory / {UV.wheel_name!r}).write_bytes({UV.wheel!r})
"""


class BlockFailedError(Exception):
    """Stands for whatever ends a build."""


@dataclass
class Builder:
    """Looks at tools with a buildpack that knows one release of each."""

    layers_dir: Path
    buildpack_dir: Path
    program: FakeProgram
    output: Output

    def inspect(
        self,
        *names: str,
        versions: Mapping[str, str] | None = None,
        required: str | None = None,
        pip_at_launch: bool = False,
    ) -> tuple[Tool, ...]:
        artifact = Artifact(Version("3.13.2"), "linux", "amd64", "file:///f", "0" * 64)
        settings = Settings(tool_versions=versions or {}, pip_at_launch=pip_at_launch)
        layers = Layers(self.layers_dir)
        python = inspect_python_layer(layers, artifact, {"PATH": "/usr/bin"})
        build = request(self.buildpack_dir.parent, settings)
        return wanted_tools(build, layers, python, names, required)

    @property
    def build(self) -> Build:
        return request(self.buildpack_dir.parent, output=self.output)

    def provide(self, tools: Sequence[Tool], *, failing: bool = False) -> set[str]:
        """Return the layers that are on disk once the tools are."""
        layers = Layers(self.layers_dir)
        with layers.removed_on_failure(), bytecode_compiler(self.program.path) as compiler:
            provided = [install_tool(self.build, layers, tool, compiler)[0] for tool in tools]
            assert [tool.name for tool in provided] == [tool.name for tool in tools]
            if failing:
                raise BlockFailedError
            return self.layers()

    def layers(self) -> set[str]:
        return {path.name for path in self.layers_dir.iterdir() if path.is_dir()}


@pytest.fixture
def builder(layers_dir: Path, output: Output, tmp_path: Path) -> Builder:
    vendor = tmp_path / "buildpack" / "vendor"
    vendor.mkdir(parents=True)
    (vendor / "pip.toml").write_text(f'version = "26.3"\nsha256 = "{"a" * 64}"\n')
    (vendor / VENDORED.wheel_name).write_bytes(VENDORED.wheel)
    (vendor / "uv.txt").write_text("uv==0.9.1 --hash=sha256:a\n")
    (vendor / "poetry.txt").write_text("needed==1\npoetry==2.5.1 --hash=sha256:b\n")
    program = write_fake_program(
        layers_dir / "python" / "bin" / "python3.13", tmp_path / "runs", PIP
    )
    return Builder(layers_dir, vendor.parent, program, output)


def test_inspect_tools_of_none(builder: Builder) -> None:
    assert builder.inspect() == ()


def test_inspect_tools_gives_the_buildpacks_releases(builder: Builder) -> None:
    tools = builder.inspect("pip", "uv", "poetry")
    assert [(tool.name, tool.version) for tool in tools] == [
        ("pip", "26.3"),
        ("uv", "0.9.1"),
        ("poetry", "2.5.1"),
    ]
    assert builder.program.calls == []
    assert builder.layers() == {"python"}


def test_inspect_tools_gives_each_the_version_of_its_name(builder: Builder) -> None:
    tools = builder.inspect("pip", "uv", versions={"pip": "25.0", "poetry": "2.1", "uv": "0.8"})
    assert [tool.version for tool in tools] == ["25.0", "0.8"]


def test_inspect_tools_requirement_is_not_pips(builder: Builder) -> None:
    tools = builder.inspect("pip", "uv", required="==0.8.2")
    assert [tool.version for tool in tools] == ["26.3", "0.8.2"]


@pytest.mark.parametrize("at_launch", [True, False])
def test_inspect_tools_at_launch_is_pip_alone(builder: Builder, at_launch: bool) -> None:
    tools = builder.inspect("pip", "uv", pip_at_launch=at_launch)
    assert [tool.is_at_launch for tool in tools] == [at_launch, False]


def test_provided_tools_installs_each_into_its_layer(builder: Builder) -> None:
    assert builder.provide(builder.inspect("pip", "uv")) == {"python", "pip", "uv"}
    scripts = [
        str(path.relative_to(builder.layers_dir)) for path in builder.layers_dir.glob("*/bin/*")
    ]
    assert sorted(scripts) == ["pip/bin/pip", "python/bin/python3.13", "uv/bin/uv"]


def test_provided_tools_removes_all_where_the_block_fails(builder: Builder) -> None:
    with pytest.raises(BlockFailedError):
        builder.provide(builder.inspect("pip", "uv"), failing=True)
    assert builder.layers() == {"python"}


def test_provided_tools_compiles_no_more_once_the_block_has_failed(builder: Builder) -> None:
    layers = Layers(builder.layers_dir)
    with (
        contextlib.suppress(BlockFailedError),
        layers.removed_on_failure(),
        bytecode_compiler(Path(sys.executable)) as compiler,
    ):
        install_tool(builder.build, layers, builder.inspect("pip")[0], compiler)
        assert compiler._workers
        raise BlockFailedError
    assert not compiler._workers
    assert builder.layers() == {"python"}
