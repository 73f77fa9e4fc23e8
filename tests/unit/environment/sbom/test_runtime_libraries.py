from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.environment.sbom.runtime_libraries import bundled_libraries
from tests.unit.environment.linkage.elf_files import elf_bytes, write_library

SOURCE_ID = b"\x002024-10-21 16:30:22 " + b"03" * 32 + b"\0"
MODULES = "lib/python3.13/lib-dynload"
ZSTD_ERROR = b"\0Frame requires too much memory for decoding\0"
SUFFIX = "cpython-313-x86_64-linux-gnu.so"


def write(file: Path, contents: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(contents)


def names(runtime: Path) -> list[str]:
    return [each.purl or "" for each in bundled_libraries(runtime, "3.13")]


@pytest.mark.parametrize("file", ["bin/python3.13", "lib/libpython3.13.so.1.0"])
def test_libraries_of_modules_that_are_built_in(tmp_path: Path, file: str) -> None:
    write(tmp_path / "bin" / "python3.13", elf_bytes("libc.so.6"))
    modules = b"\0_ctypes\0_decimal\0_lzma\0_sqlite3\0" + ZSTD_ERROR
    write(tmp_path / file, elf_bytes("libc.so.6") + modules + b"3.47.0\0" + SOURCE_ID)
    assert names(tmp_path) == [
        "pkg:generic/libffi",
        "pkg:generic/mpdecimal",
        "pkg:generic/xz",
        "pkg:generic/zstd",
        "pkg:generic/sqlite@3.47.0",
    ]


@pytest.mark.parametrize("needed", ["libc.so.6", "liblzma.so.5"])
def test_library_of_a_module_in_a_file(tmp_path: Path, needed: str) -> None:
    write_library(tmp_path / "bin" / "python3.13", "libc.so.6")
    write_library(tmp_path / MODULES / f"_lzma.{SUFFIX}", needed)
    assert names(tmp_path) == (["pkg:generic/xz"] if needed == "libc.so.6" else [])


def test_shared_library_of_the_runtime(tmp_path: Path) -> None:
    write_library(tmp_path / "bin" / "python3.13", "libc.so.6")
    write_library(tmp_path / MODULES / f"_sqlite3.{SUFFIX}", "libsqlite3.so.0")
    write(tmp_path / "lib" / "libsqlite3.so.0", b"\x003.47.0\0fts5: " + SOURCE_ID[1:])
    assert names(tmp_path) == ["pkg:generic/sqlite@3.47.0"]


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param(b"\x003.47.0\0", id="no source"),
        pytest.param(SOURCE_ID, id="no version"),
        pytest.param(b"\x003.13.1\0" + SOURCE_ID, id="Python's version"),
        pytest.param(b"\x003.47.0\0x\x003.46.1\0" + SOURCE_ID, id="two versions"),
    ],
)
def test_sqlite_of_an_uncertain_version(tmp_path: Path, contents: bytes) -> None:
    write(tmp_path / "bin" / "python3.13", elf_bytes() + b"\0_sqlite3\0" + contents)
    (sqlite,) = bundled_libraries(tmp_path, "3.13")
    assert (sqlite.purl, sqlite.version, sqlite.cpe) == ("pkg:generic/sqlite", "", None)


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param(elf_bytes() + b"\0_lzma_filters\0", id="another name"),
        pytest.param(b"\0_lzma\0", id="no program"),
        pytest.param(elf_bytes() + b"\0COMP_zstd\0_zstd\0", id="OpenSSL's names"),
        pytest.param(elf_bytes("liblzma.so.5") + b"\0_lzma\0", id="the system's library"),
    ],
)
def test_library_that_is_not_there(tmp_path: Path, contents: bytes) -> None:
    write(tmp_path / "bin" / "python3.13", contents)
    assert names(tmp_path) == []
