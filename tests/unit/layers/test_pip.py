from __future__ import annotations

import contextlib
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.app.request import Build
from python_buildpack.app.settings import Settings
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.bytecode.compiler import bytecode_compiler
from python_buildpack.layers.judgement import LAYER_FORMAT, ON_DISK
from python_buildpack.layers.python import PythonLayer, inspect_python_layer
from python_buildpack.layers.reserved_names import ReservedFile, ReservedFilesError
from python_buildpack.layers.tools import Tool, finish_tool_layers, install_tool, wanted_tools
from python_buildpack.layers.user_site import UnusableWheelError
from python_buildpack.package_managers.pip.bundled_wheel import PipWheel, read_vendored_pip
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.errors import BuildpackError
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


def pip_wheel(version: str) -> Distribution:
    files, scripts = {"pip/__init__.py": "x = 1"}, ("pip = pip.main:cli",)
    return Distribution("pip", version, files, console_scripts=scripts)


OLD = pip_wheel("25.0")
OLD_SHA256 = hashlib.sha256(OLD.wheel).hexdigest()

# What the vendored pip does when it is run: it downloads.
PIP = f"""\
Path(sys.argv[sys.argv.index('--dest') + 1], {OLD.wheel_name!r}).write_bytes({OLD.wheel!r})
"""

# What a user may have set that could redirect an installation.
USER_SETTINGS = {
    "PIP_TARGET": "/elsewhere",
    "PIP_PREFIX": "/elsewhere",
    "PIP_USER": "0",
    "PIP_PYTHON": "/usr/bin/python3",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_CONFIG_FILE": "/etc/pip.conf",
    "PIP_INDEX_URL": "https://user:pa55@index.example/simple",
    "PYTHONNOUSERSITE": "1",
    "PYTHONPATH": "/elsewhere",
    "PYTHONUSERBASE": "/elsewhere",
    "VIRTUAL_ENV": "/elsewhere",
}


@dataclass
class Builder:
    """Contributes pip's layer with a Python that does as it is told."""

    layers_dir: Path
    program: FakeProgram
    output: Output
    log: io.StringIO
    buildpack_dir: Path
    series: str = "3.13"
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def build(self) -> Build:
        return request(self.buildpack_dir.parent, output=self.output)

    @property
    def layers(self) -> Layers:
        return Layers(self.layers_dir)

    @property
    def vendored(self) -> PipWheel:
        return read_vendored_pip(self.buildpack_dir)

    @property
    def python(self) -> PythonLayer:
        artifact = Artifact(Version(f"{self.series}.2"), "linux", "amd64", "file:///f", "0" * 64)
        return inspect_python_layer(
            self.layers, artifact, {"PATH": "/usr/bin", "HOME": "/home/cnb", **self.settings}
        )

    def inspect(self, version: str | None = None, *, at_launch: bool = False) -> Tool:
        versions = {"pip": version} if version else {}
        settings = Settings(tool_versions=versions, pip_at_launch=at_launch)
        build = request(self.buildpack_dir.parent, settings)
        (pip,) = wanted_tools(build, self.layers, self.python, ["pip"], None)
        return pip

    def contribute(
        self, version: str | None = None, *, at_launch: bool = False, cached: bool = True
    ) -> Tool:
        layers, pip = self.layers, self.inspect(version, at_launch=at_launch)
        with layers.removed_on_failure(), bytecode_compiler(self.program.path) as compiler:
            pip, _ = install_tool(self.build, layers, pip, compiler)
        finish_tool_layers(layers, [pip], cached=cached)
        return pip

    def forget(self) -> None:
        """Begin anew with the log of the build, and with that of the program."""
        self.log.truncate(0)
        self.log.seek(0)
        self.program.log.unlink(missing_ok=True)


@pytest.fixture
def builder(layers_dir: Path, output: Output, log: io.StringIO, tmp_path: Path) -> Builder:
    path = layers_dir / "python" / "bin" / "python3.13"
    program = write_fake_program(path, tmp_path / "runs", PIP)
    path.with_name("python3.12").symlink_to("python3.13")
    (tmp_path / "buildpack" / "vendor").mkdir(parents=True)
    vendor_pip(tmp_path / "buildpack", "26.3")
    return Builder(layers_dir, program, output, log, tmp_path / "buildpack")


def vendor_pip(buildpack_dir: Path, version: str) -> None:
    wheel, vendor = pip_wheel(version), buildpack_dir / "vendor"
    (vendor / wheel.wheel_name).write_bytes(wheel.wheel)
    digest = hashlib.sha256(wheel.wheel).hexdigest()
    (vendor / "pip.toml").write_text(f'version = "{version}"\nsha256 = "{digest}"\n')


def installed_version(builder: Builder) -> str:
    (path,) = (builder.layers_dir / "pip").glob("lib/python3.13/site-packages/pip-*.dist-info")
    return path.name.removeprefix("pip-").removesuffix(".dist-info")


def test_pip_layer_installs_the_vendored_pip(builder: Builder) -> None:
    builder.settings = USER_SETTINGS
    builder.contribute()
    # Without starting anything.
    assert builder.program.calls == []
    assert installed_version(builder) == "26.3"
    assert builder.log.getvalue() == "  Installing pip 26.3\n  Done in 0.0 s\n"


def test_pip_layer_on_disk(builder: Builder) -> None:
    builder.contribute()
    assert layer_types(builder.layers_dir, "pip") == {"build", "cache"}
    assert layer_metadata(builder.layers_dir, "pip") == {
        "pip_version": "26.3",
        "wheel_sha256": builder.vendored.sha256,
        "python": "3.13",
        "layer_format": LAYER_FORMAT,
    }
    assert layer_env(builder.layers_dir, "pip") == {
        "env.build/PIP_DISABLE_PIP_VERSION_CHECK.override": "1",
        "env.build/PIP_PYTHON.override": str(builder.layers_dir / "venv" / "bin" / "python"),
        "env.build/PYTHONUSERBASE.override": str(builder.layers_dir / "pip"),
        "env.build/SOURCE_DATE_EPOCH.default": "315532801",
    }
    assert list((builder.layers_dir / "pip").glob("lib/*/site-packages/pip/__pycache__/*.pyc"))


def test_pip_layer_at_launch(builder: Builder) -> None:
    builder.contribute(at_launch=True)
    assert layer_types(builder.layers_dir, "pip") == {"launch", "build", "cache"}
    assert layer_env(builder.layers_dir, "pip").keys() == {
        "env/PIP_DISABLE_PIP_VERSION_CHECK.override",
        "env/PIP_PYTHON.override",
        "env/PYTHONUSERBASE.override",
        "env.build/SOURCE_DATE_EPOCH.default",
    }


def test_pip_layer_environment(builder: Builder) -> None:
    builder.settings = {"PIP_INDEX_URL": "https://index.example/simple", "PIP_PYTHON": "/other"}
    pip = builder.contribute()
    layers_dir = builder.layers_dir
    assert pip.executable == layers_dir / "pip" / "bin" / "pip"
    assert pip.executable.exists()
    assert pip.environment == {
        **builder.python.environment,
        "PIP_INDEX_URL": "https://index.example/simple",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_PYTHON": str(layers_dir / "venv" / "bin" / "python"),
        "PYTHONUSERBASE": str(layers_dir / "pip"),
        "SOURCE_DATE_EPOCH": "315532801",
    }


def test_pip_layer_is_reused(builder: Builder) -> None:
    builder.contribute()
    restore_layer(builder.layers_dir, "pip")
    builder.forget()
    pip = builder.contribute()
    assert pip.restored == ON_DISK
    assert builder.log.getvalue() == "  Reusing pip 26.3 from the cache\n"
    assert builder.program.calls == []
    assert layer_types(builder.layers_dir, "pip") == {"build", "cache"}


def test_pip_layer_is_made_anew_for_every_cause(builder: Builder) -> None:
    builder.contribute()
    restore_layer(builder.layers_dir, "pip", python="3.12")
    builder.forget()
    vendor_pip(builder.buildpack_dir, "26.4")
    builder.contribute()
    assert builder.log.getvalue() == (
        "  Discarding the previous pip: pip 26.3 → 26.4\n"
        "  Discarding the previous pip: Python 3.12 → 3.13\n"
        "  Installing pip 26.4\n"
        "  Done in 0.0 s\n"
    )
    assert layer_metadata(builder.layers_dir, "pip")["wheel_sha256"] == builder.vendored.sha256


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"wheel_sha256": "c" * 64}, "wheel sha256 changed"),
        ({"layer_format": "0"}, "it was built by another version of this buildpack"),
    ],
)
def test_pip_layer_is_made_anew(builder: Builder, changed: dict[str, str], cause: str) -> None:
    builder.contribute()
    restore_layer(builder.layers_dir, "pip", **changed)
    builder.forget()
    builder.contribute()
    assert f"  Discarding the previous pip: {cause}\n" in builder.log.getvalue()
    assert "  Installing pip 26.3\n" in builder.log.getvalue()


def test_pip_layer_with_unreadable_metadata_is_made_anew(builder: Builder) -> None:
    builder.contribute()
    (builder.layers_dir / "pip.toml").write_text("[metadata")
    builder.forget()
    builder.contribute()
    assert ": its metadata can't be read\n" in builder.log.getvalue()


def test_pip_layer_without_contents_is_made_anew_without_a_cause(builder: Builder) -> None:
    builder.contribute()
    restore_layer(builder.layers_dir, "pip")
    (builder.layers_dir / "pip").rename(builder.layers_dir.parent / "lost")
    builder.forget()
    builder.contribute()
    assert builder.log.getvalue() == "  Installing pip 26.3\n  Done in 0.0 s\n"


def test_pip_layer_of_another_version_is_downloaded_and_then_installed(builder: Builder) -> None:
    builder.settings = USER_SETTINGS
    builder.contribute("25.0")
    (download,) = builder.program.calls
    assert download.arguments[:2] == (f"{builder.vendored.path}/pip", "download")
    assert download.arguments[-1] == "pip==25.0"
    # The index is the user's.
    assert download.environment["PIP_INDEX_URL"] == USER_SETTINGS["PIP_INDEX_URL"]
    directory = Path(download.arguments[download.arguments.index("--dest") + 1])
    assert installed_version(builder) == "25.0"
    assert not directory.exists()
    assert layer_metadata(builder.layers_dir, "pip")["wheel_sha256"] == OLD_SHA256
    assert f"  sha256 of its wheel: {OLD_SHA256}\n" in builder.log.getvalue()


def test_pip_layer_of_another_version_is_reused_without_the_index(builder: Builder) -> None:
    builder.contribute("25.0")
    restore_layer(builder.layers_dir, "pip")
    builder.forget()
    builder.contribute("25.0")
    assert builder.log.getvalue() == "  Reusing pip 25.0 from the cache\n"
    assert builder.program.calls == []
    assert layer_metadata(builder.layers_dir, "pip")["wheel_sha256"] == OLD_SHA256


def test_pip_layer_of_the_vendored_version_by_name(builder: Builder) -> None:
    builder.contribute("26.3")
    assert builder.program.calls == []


def test_pip_layer_of_a_wheel_that_is_none_leaves_nothing(builder: Builder) -> None:
    body = PIP.replace(repr(OLD.wheel), repr(OLD.wheel[:100]))
    write_fake_program(builder.program.path, builder.program.log, body)
    with pytest.raises(UnusableWheelError) as caught:
        builder.contribute("25.0")
    assert caught.value.wheel == OLD.wheel_name
    assert {path.name for path in builder.layers_dir.iterdir()} == {"python"}


def test_pip_layer_of_a_wheel_with_reserved_names_leaves_nothing(builder: Builder) -> None:
    wheel = Distribution("pip", "25.0", {"pip/__init__.py": "", "data/exec.d/run": "#!/bin/sh"})
    body = PIP.replace(repr(OLD.wheel), repr(wheel.wheel))
    write_fake_program(builder.program.path, builder.program.log, body)
    with pytest.raises(ReservedFilesError) as caught:
        builder.contribute("25.0")
    assert caught.value.files == (ReservedFile("exec.d/run", "pip"),)
    assert {path.name for path in builder.layers_dir.iterdir()} == {"python"}


def test_pip_layer_that_can_not_be_downloaded_leaves_nothing(builder: Builder) -> None:
    write_fake_program(builder.program.path, builder.program.log, "sys.exit(1)")
    with pytest.raises(BuildpackError):
        builder.contribute("25.0")
    assert {path.name for path in builder.layers_dir.iterdir()} == {"python"}


def test_pip_layer_is_removed_where_the_block_fails(builder: Builder) -> None:
    layers, pip = builder.layers, builder.inspect()
    with (
        contextlib.suppress(ZeroDivisionError),
        layers.removed_on_failure(),
        bytecode_compiler(builder.program.path) as compiler,
    ):
        install_tool(builder.build, layers, pip, compiler)
        assert pip.executable.exists()
        raise ZeroDivisionError
    assert {path.name for path in builder.layers_dir.iterdir()} == {"python"}


def test_finish_tool_layers_leaves_out_what_nobody_needs(builder: Builder) -> None:
    builder.contribute()
    restore_layer(builder.layers_dir, "pip")
    builder.forget()
    finish_tool_layers(builder.layers, [], cached=True)
    assert {path.name for path in builder.layers_dir.iterdir()} == {"python"}
    assert builder.program.calls == []


def test_finish_tool_layers_that_are_kept_at_launch(builder: Builder) -> None:
    builder.contribute(at_launch=True)
    restore_layer(builder.layers_dir, "pip")
    finish_tool_layers(builder.layers, [builder.inspect(at_launch=True)], cached=False)
    assert layer_types(builder.layers_dir, "pip") == {"launch", "build", "cache"}


@pytest.mark.parametrize("cached", [True, False])
def test_finish_tool_layers_is_cached_by_need(builder: Builder, cached: bool) -> None:
    builder.contribute(cached=cached)
    expected = {"build", "cache"} if cached else {"build"}
    assert layer_types(builder.layers_dir, "pip") == expected
