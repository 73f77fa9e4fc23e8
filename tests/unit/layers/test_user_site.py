from __future__ import annotations

import importlib.metadata
import io
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.app.settings import Settings
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.python import PythonLayer, inspect_python_layer
from python_buildpack.layers.user_site import (
    ToolNotBundledError,
    UnusableWheelError,
    downloaded_wheels,
    install_wheels,
)
from python_buildpack.package_managers.pip.bundled_wheel import PipWheel
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.output import Output
from tests.distributions import Distribution, zipped
from tests.unit.fake_program import FakeProgram, write_fake_program
from tests.unit.requests import request

VENDORED = PipWheel(Path("/buildpack/vendor/pip-26.3-py3-none-any.whl"), "26.3", "0" * 64)
SERIES = f"{sys.version_info.major}.{sys.version_info.minor}"
TOOL = Distribution(
    "some-tool",
    "1.0",
    {
        "tool/__init__.py": "def main() -> None:\n    print('it runs')\n",
        "tool/templates/page.html": "<html>",
        "data/share/tool.txt": "data\n",
        "scripts/tool-script": "#!python\nimport tool\ntool.main()\n",
    },
    console_scripts=("tool = tool:main",),
)


@pytest.fixture
def python(layers_dir: Path) -> PythonLayer:
    artifact = Artifact(Version(f"{SERIES}.0"), "linux", "amd64", "file:///f", "0" * 64)
    layer = inspect_python_layer(Layers(layers_dir), artifact, {"PATH": "/usr/bin"})
    layer.executable.parent.mkdir(parents=True)
    layer.executable.symlink_to(sys.executable)
    return layer


def write(directory: Path, *wheels: Distribution) -> list[Path]:
    paths = [directory / wheel.wheel_name for wheel in wheels]
    for path, wheel in zip(paths, wheels, strict=True):
        path.write_bytes(wheel.wheel)
    return paths


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("usual_umask")
def test_install_wheels(tmp_path: Path, python: PythonLayer) -> None:
    base = tmp_path / "base"
    install_wheels(base, python, write(tmp_path, TOOL))
    variables = {"userbase": str(base)}
    site_packages = Path(sysconfig.get_path("purelib", "posix_user", variables))
    assert (site_packages / "tool" / "templates" / "page.html").read_text() == "<html>"
    assert (base / "share" / "tool.txt").read_text() == "data\n"
    (found,) = importlib.metadata.distributions(path=[str(site_packages)])
    assert (found.name, found.version) == ("some-tool", "1.0")
    assert found.read_text("INSTALLER") == "python-buildpack\n"
    recorded = {str(Path(str(found.locate_file(file))).resolve()) for file in found.files or ()}
    assert recorded == {str(path) for path in base.rglob("*") if path.is_file()}
    modes = {path.stat().st_mode & 0o777 for path in base.rglob("*") if path.is_file()}
    assert modes == {0o644, 0o755}


@pytest.mark.parametrize("script", ["tool", "tool-script"])
def test_scripts_run_by_the_python_of_the_layer(
    tmp_path: Path, python: PythonLayer, script: str
) -> None:
    base = tmp_path / "base"
    install_wheels(base, python, write(tmp_path, TOOL))
    path = base / "bin" / script
    assert path.read_text().startswith(f"#!{python.executable}\n")
    path.chmod(0o755)
    # The fixture's Python is a link to one in a virtual environment, which has no user site.
    site_packages = base / "lib" / f"python{SERIES}" / "site-packages"
    environment = {"PYTHONPATH": str(site_packages)}
    result = subprocess.run([path], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout == "it runs\n"


def test_of_two_wheels_with_the_same_file_the_later_one_counts(
    tmp_path: Path, python: PythonLayer
) -> None:
    one, other = (Distribution(name, "1", {"same.py": name}) for name in ("one", "other"))
    for number, order in enumerate([(one, other), (other, one)]):
        base = tmp_path / str(number)
        install_wheels(base, python, write(tmp_path, *order))
        (same,) = base.rglob("same.py")
        assert same.read_text() == order[1].name


WHOLE: Mapping[str, str | bytes] = {
    "t-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n",
    "t-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: t\nVersion: 1\n",
    "t-1.dist-info/RECORD": "t.py,,\n",
    "t.py": "",
}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"t-1.dist-info/WHEEL": "Wheel-Version: 2.0\n"}, "Wheel-Version"),
        ({"t-1.dist-info/RECORD": "../../../../evil.py,,\n", "../../../../evil.py": ""}, "outside"),
        ({"t-1.data/elsewhere/x": "", "t-1.dist-info/RECORD": "t-1.data/elsewhere/x,,\n"}, "data"),
    ],
)
def test_unusable_wheels(
    tmp_path: Path, python: PythonLayer, changes: Mapping[str, str], problem: str
) -> None:
    wheel = tmp_path / "t-1-py3-none-any.whl"
    wheel.write_bytes(zipped({**WHOLE, **changes}))
    with pytest.raises(UnusableWheelError) as caught:
        install_wheels(tmp_path / "base", python, [wheel])
    assert caught.value.wheel == "t-1-py3-none-any.whl"
    assert problem in caught.value.problem
    assert not list(tmp_path.parent.glob("**/evil.py"))


@pytest.mark.parametrize("contents", [b"", b"<html>", zipped({}), zipped({"t.py": ""})])
def test_files_that_are_no_wheels(tmp_path: Path, python: PythonLayer, contents: bytes) -> None:
    wheel = tmp_path / "t-1-py3-none-any.whl"
    wheel.write_bytes(contents)
    with pytest.raises(UnusableWheelError):
        install_wheels(tmp_path / "base", python, [wheel])


@dataclass(frozen=True)
class Download:
    """A download of pip 25.0 that a fake Python is told how to do."""

    layers_dir: Path

    def __call__(
        self, body: str, *, offline: bool = False, **settings: str
    ) -> tuple[FakeProgram, dict[Path, bytes]]:
        """Download, and return the contents of the wheels that there are meanwhile."""
        artifact = Artifact(Version("3.13.2"), "linux", "amd64", "file:///f", "0" * 64)
        index = "https://user:pa55@index.example/simple"
        environment = {"PIP_INDEX_URL": index, **settings}
        python = inspect_python_layer(Layers(self.layers_dir), artifact, environment)
        program = write_fake_program(python.executable, self.layers_dir / "python.log", body)
        with downloaded_wheels(
            request(self.layers_dir, Settings(offline=offline), output=Output(self.log)),
            python,
            VENDORED,
            ("--no-deps", "pip==25.0"),
            "pip==25.0",
        ) as wheels:
            contents = {wheel: wheel.read_bytes() for wheel in wheels}
        return program, contents

    log: io.StringIO = field(default_factory=io.StringIO)


@pytest.fixture
def download(layers_dir: Path) -> Download:
    return Download(layers_dir)


def test_downloaded_wheels(download: Download) -> None:
    program, wheels = download(
        "print('Looking in indexes:', os.environ['PIP_INDEX_URL'])\n"
        "directory = Path(sys.argv[sys.argv.index('--dest') + 1])\n"
        "for name in ('pip-25.0-py3-none-any.whl', 'a-1-py3-none-any.whl', 'other.txt'):\n"
        "    (directory / name).write_bytes(name.encode())"
    )
    (call,) = program.calls
    directory = call.directory
    names = ("a-1-py3-none-any.whl", "pip-25.0-py3-none-any.whl")
    assert wheels == {directory / name: name.encode() for name in names}
    assert call.arguments == (
        *(f"{VENDORED.path}/pip", "download", "--only-binary", ":all:"),
        *("--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off"),
        *("--quiet", "--dest", str(directory)),
        *("--no-deps", "pip==25.0"),
    )
    assert not directory.exists()
    # The index and its credentials are the user's; the log doesn't show them.
    assert call.environment["PIP_INDEX_URL"] == "https://user:pa55@index.example/simple"
    assert download.log.getvalue() == (
        "    Looking in indexes: https://****@index.example/simple\n"
    )


@pytest.mark.parametrize("status", [0, 1])
def test_downloaded_wheels_that_there_are_not(download: Download, status: int) -> None:
    with pytest.raises(BuildpackError):
        download(f"print('ERROR: No matching distribution found'); sys.exit({status})")


def test_wheels_of_a_build_without_a_network(download: Download) -> None:
    with pytest.raises(ToolNotBundledError) as raised:
        download("sys.exit(1)", offline=True)
    assert (raised.value.requirement, raised.value.series) == ("pip==25.0", "3.13")
