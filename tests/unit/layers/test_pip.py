from __future__ import annotations

import contextlib
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.layers.bytecode.compiler import bytecode_compiler
from python_buildpack.layers.changes import LAYER_FORMAT
from python_buildpack.layers.pip import inspect_pip_layer
from python_buildpack.layers.python import PythonLayer, inspect_python_layer
from python_buildpack.layers.reserved_names import ReservedFile, ReservedFilesError
from python_buildpack.layers.tool import (
    ToolLayer,
    finish_tool_layer,
    keep_tool_layer,
    tool_installed,
)
from python_buildpack.layers.user_site import UnusableWheelError
from python_buildpack.package_managers.pip.bundled_wheel import PipWheel
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
    vendored: PipWheel
    series: str = "3.13"
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def python(self) -> PythonLayer:
        artifact = Artifact(Version(f"{self.series}.2"), "linux", "amd64", "file:///f", "0" * 64)
        return inspect_python_layer(
            self.layers_dir, artifact, {"PATH": "/usr/bin", "HOME": "/home/cnb", **self.settings}
        )

    def inspect(
        self,
        version: str | None = None,
        *,
        vendored: PipWheel | None = None,
        at_launch: bool = False,
    ) -> ToolLayer:
        return inspect_pip_layer(
            self.layers_dir,
            self.python,
            requested_version=version,
            vendored=vendored or self.vendored,
            at_launch=at_launch,
        )

    def contribute(
        self,
        version: str | None = None,
        *,
        vendored: PipWheel | None = None,
        at_launch: bool = False,
    ) -> ToolLayer:
        pip = self.inspect(version, vendored=vendored, at_launch=at_launch)
        with (
            bytecode_compiler(self.program.path) as compiler,
            tool_installed(self.layers_dir, pip, compiler=compiler, output=self.output) as provided,
        ):
            pass
        finish_tool_layer(self.layers_dir, provided, cached=True, detect_changes=False)
        return provided

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
    vendored = vendored_pip(tmp_path / "buildpack", "26.3")
    return Builder(layers_dir, program, output, log, vendored)


def vendored_pip(directory: Path, version: str) -> PipWheel:
    wheel = pip_wheel(version)
    path = directory / wheel.wheel_name
    directory.mkdir(exist_ok=True)
    path.write_bytes(wheel.wheel)
    return PipWheel(path, version, hashlib.sha256(wheel.wheel).hexdigest())


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
    assert pip.restored.is_ready
    assert builder.log.getvalue() == "  Reusing pip 26.3 from the cache\n"
    assert builder.program.calls == []
    assert layer_types(builder.layers_dir, "pip") == {"build", "cache"}


def test_pip_layer_is_made_anew_for_every_cause(builder: Builder, tmp_path: Path) -> None:
    new = vendored_pip(tmp_path / "buildpack", "26.4")
    builder.contribute()
    restore_layer(builder.layers_dir, "pip", python="3.12")
    builder.forget()
    builder.contribute(vendored=new)
    assert builder.log.getvalue() == (
        "  Not reusing the pip of the last build: pip 26.3 → 26.4\n"
        "  Not reusing the pip of the last build: Python 3.12 → 3.13\n"
        "  Installing pip 26.4\n"
        "  Done in 0.0 s\n"
    )
    assert layer_metadata(builder.layers_dir, "pip")["wheel_sha256"] == new.sha256


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"wheel_sha256": "c" * 64}, "wheel sha256 changed"),
        ({"layer_format": "0"}, "the layer is of another version of this buildpack"),
    ],
)
def test_pip_layer_is_made_anew(builder: Builder, changed: dict[str, str], cause: str) -> None:
    builder.contribute()
    restore_layer(builder.layers_dir, "pip", **changed)
    builder.forget()
    builder.contribute()
    assert f"  Not reusing the pip of the last build: {cause}\n" in builder.log.getvalue()
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
    pip = builder.inspect()
    with (
        contextlib.suppress(ZeroDivisionError),
        bytecode_compiler(builder.program.path) as compiler,
        tool_installed(builder.layers_dir, pip, compiler=compiler, output=builder.output),
    ):
        assert pip.executable.exists()
        raise ZeroDivisionError
    assert {path.name for path in builder.layers_dir.iterdir()} == {"python"}


def test_keep_tool_layer_leaves_out_what_nobody_needs(builder: Builder) -> None:
    builder.contribute()
    restore_layer(builder.layers_dir, "pip")
    builder.forget()
    keep_tool_layer(builder.layers_dir, builder.inspect())
    assert {path.name for path in builder.layers_dir.iterdir()} == {"python"}
    assert builder.program.calls == []


def test_keep_tool_layer_at_launch(builder: Builder) -> None:
    builder.contribute(at_launch=True)
    restore_layer(builder.layers_dir, "pip")
    keep_tool_layer(builder.layers_dir, builder.inspect(at_launch=True))
    assert layer_types(builder.layers_dir, "pip") == {"launch", "build", "cache"}


@pytest.mark.parametrize("cached", [True, False])
def test_finish_tool_layer_is_cached_by_need(builder: Builder, cached: bool) -> None:
    tool = builder.contribute()
    finish_tool_layer(builder.layers_dir, tool, cached=cached, detect_changes=False)
    expected = {"build", "cache"} if cached else {"build"}
    assert layer_types(builder.layers_dir, "pip") == expected
