from __future__ import annotations

import zipfile
from pathlib import Path

from tools.bench.large_wheels import write_large_wheels
from tools.bench.local_index import build_resources


def write(directory: Path) -> tuple[Path, ...]:
    directory.mkdir()
    return write_large_wheels(directory, 2, file_bytes=1000)


def test_an_index_serves_them(tmp_path: Path) -> None:
    resources = build_resources(write(tmp_path / "wheels"))
    assert {"/simple/large-01/", "/simple/large-02/"} <= resources.keys()


def test_record_lists_all_files(tmp_path: Path) -> None:
    wheel, _ = write(tmp_path / "wheels")
    with zipfile.ZipFile(wheel) as archive:
        record = archive.read("large_01-1.0.dist-info/RECORD").decode().splitlines()
        assert sorted(line.split(",")[0] for line in record) == sorted(archive.namelist())
        assert (
            sum(each.file_size for each in archive.infolist() if ".bin" in each.filename) == 10_000
        )


def test_they_are_the_same_each_time(tmp_path: Path) -> None:
    pairs = zip(write(tmp_path / "one"), write(tmp_path / "two"), strict=True)
    assert all(one.read_bytes() == two.read_bytes() for one, two in pairs)
