from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from python_buildpack.errors import BuildpackError
from python_buildpack.output import Output
from python_buildpack.pip_wheel import (
    NoVendoredPipError,
    PipWheel,
    download_pip,
    read_vendored_pip,
)
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

    destination: Path
    python: Path

    def __call__(self, body: str) -> tuple[FakeProgram, PipWheel]:
        program = write_fake_program(self.python, self.python.with_suffix(".log"), body)
        wheel = download_pip(
            "25.0",
            self.destination,
            vendored=VENDORED,
            python=self.python,
            python_version="3.13",
            environment={"PIP_INDEX_URL": "https://user:pa55@index.example/simple"},
            output=Output(self.log),
        )
        return program, wheel

    log: io.StringIO = field(default_factory=io.StringIO)


@pytest.fixture
def download(tmp_path: Path) -> Download:
    (tmp_path / "destination").mkdir()
    return Download(tmp_path / "destination", tmp_path / "python3")


def test_download_pip(download: Download) -> None:
    program, wheel = download(
        "print('Looking in indexes:', os.environ['PIP_INDEX_URL'])\n"
        "Path(sys.argv[-2], 'pip-25.0-py3-none-any.whl').write_bytes(b'wheel')"
    )
    path = download.destination / "pip-25.0-py3-none-any.whl"
    assert wheel == PipWheel(path, "25.0", hashlib.sha256(b"wheel").hexdigest())
    (call,) = program.calls
    assert call.arguments == (
        *(f"{VENDORED.path}/pip", "download", "--no-deps", "--only-binary", ":all:"),
        *("--no-cache-dir", "--progress-bar", "off"),
        *("--dest", str(download.destination), "pip==25.0"),
    )
    assert call.directory == download.destination
    # The index and its credentials are the user's; the log doesn't show them.
    assert call.environment["PIP_INDEX_URL"] == "https://user:pa55@index.example/simple"
    assert download.log.getvalue() == (
        "    Looking in indexes: https://****@index.example/simple\n"
    )


@pytest.mark.parametrize("status", [0, 1])
def test_download_pip_that_there_is_not(download: Download, status: int) -> None:
    with pytest.raises(BuildpackError):
        download(f"print('ERROR: No matching distribution found'); sys.exit({status})")
    assert list(download.destination.iterdir()) == []
