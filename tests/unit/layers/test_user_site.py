from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.layers.python import PythonLayer, inspect_python_layer
from python_buildpack.layers.user_site import UnusableWheelError, install_wheels
from python_buildpack.python_version.inventory import Artifact
from tests.distributions import Distribution, zipped

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
    layer = inspect_python_layer(layers_dir, artifact, {"PATH": "/usr/bin"})
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
