from __future__ import annotations

from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.packaging.cnb_file import write_cnb


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    directory = tmp_path / "dist" / "linux-amd64"
    directory.mkdir(parents=True)
    (directory / "buildpack.toml").write_text('api = "0.10"\n')
    return directory


def fake_pack(tmp_path: Path, script: str) -> Path:
    pack = tmp_path / "pack"
    pack.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\n{script}\n')
    pack.chmod(0o755)
    return pack


def test_write_cnb_runs_pack_once(
    tmp_path: Path, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = fake_pack(tmp_path, 'echo made >"${3%.cnb}-linux-amd64.cnb"')
    cnb = write_cnb(directory, pack, "python-buildpack-0.1.0")
    assert cnb == tmp_path / "dist" / "python-buildpack-0.1.0-linux-amd64.cnb"
    assert cnb.read_text() == "made\n"
    assert write_cnb(directory, pack, "python-buildpack-0.1.0") == cnb
    (call,) = (tmp_path / "calls").read_text().splitlines()
    assert call.startswith("buildpack package ")
    assert call.endswith(f" --format file --path {directory}")
    assert capsys.readouterr().out.endswith("is up to date\n")


def test_write_cnb_again_when_the_directory_or_the_file_has_changed(
    tmp_path: Path, directory: Path
) -> None:
    pack = fake_pack(tmp_path, 'echo made >"$3"')
    cnb = write_cnb(directory, pack, "x")
    (directory / "LICENSE").touch()
    write_cnb(directory, pack, "x")
    cnb.write_text("altered")
    write_cnb(directory, pack, "x")
    assert cnb.read_text() == "made\n"
    assert len((tmp_path / "calls").read_text().splitlines()) == 3


def test_write_cnb_of_a_failing_pack(tmp_path: Path, directory: Path) -> None:
    pack = fake_pack(tmp_path, 'echo "invalid buildpack.toml" >&2; exit 1')
    with pytest.raises(ToolError, match=r"(?s)could not package .*invalid buildpack\.toml"):
        write_cnb(directory, pack, "x")
    assert list((tmp_path / "dist").iterdir()) == [directory]
