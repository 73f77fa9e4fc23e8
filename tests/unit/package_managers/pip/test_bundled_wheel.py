from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from python_buildpack.app.offline_errors import (
    ToolNotBundledError,
)
from python_buildpack.package_managers.pip.bundled_wheel import (
    NoVendoredPipError,
    PipWheel,
    downloaded_wheels,
    read_vendored_pip,
)
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.output import Output
from tests.unit.fake_program import FakeProgram, write_fake_program

VENDORED = PipWheel(Path("/buildpack/vendor/pip-26.3-py3-none-any.whl"), "26.3", "0" * 64)


def test_read_vendored_pip(tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "pip.toml").write_text(f'version = "26.3"\nsha256 = "{"a" * 64}"\n')
    assert read_vendored_pip(tmp_path) == PipWheel(
        tmp_path / "vendor" / "pip-26.3-py3-none-any.whl", "26.3", "a" * 64
    )


@pytest.mark.parametrize("contents", [None, "", 'version = "26.3"', "version = ", "[version]"])
def test_read_vendored_pip_of_a_checkout(tmp_path: Path, contents: str | None) -> None:
    (tmp_path / "vendor").mkdir()
    if contents is not None:
        (tmp_path / "vendor" / "pip.toml").write_text(contents)
    with pytest.raises(NoVendoredPipError) as caught:
        read_vendored_pip(tmp_path)
    assert caught.value.buildpack_dir == str(tmp_path)


@dataclass(frozen=True)
class Download:
    """A download of pip 25.0 that a fake Python is told how to do."""

    python: Path

    def __call__(self, body: str, **settings: str) -> tuple[FakeProgram, dict[Path, bytes]]:
        """Download, and return the contents of the wheels that there are meanwhile."""
        program = write_fake_program(self.python, self.python.with_suffix(".log"), body)
        with downloaded_wheels(
            ("--no-deps", "pip==25.0"),
            tool="pip==25.0",
            vendored=VENDORED,
            python=self.python,
            python_version="3.13.2",
            environment={"PIP_INDEX_URL": "https://user:pa55@index.example/simple", **settings},
            output=Output(self.log),
        ) as wheels:
            contents = {wheel: wheel.read_bytes() for wheel in wheels}
        return program, contents

    log: io.StringIO = field(default_factory=io.StringIO)


@pytest.fixture
def download(tmp_path: Path) -> Download:
    return Download(tmp_path / "python3")


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
        download("sys.exit(1)", BP_OFFLINE="true")
    assert (raised.value.requirement, raised.value.series) == ("pip==25.0", "3.13")
