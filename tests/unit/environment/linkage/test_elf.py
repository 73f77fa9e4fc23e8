from __future__ import annotations

import platform
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from python_buildpack.environment.linkage.elf import ElfFile, read_elf
from tests.unit.environment.linkage.elf_files import (
    AMD64,
    ARM64,
    elf_bytes,
    write_library,
    write_module,
)

WHOLE = elf_bytes(
    "libc.so.6", soname="libfoo.so.1", runpath="$ORIGIN/../foo.libs", symbols=("PyInit_foo",)
)


def test_read_elf_library(tmp_path: Path) -> None:
    file = write_library(
        tmp_path / "libfoo.so.1",
        *("libc.so.6", "libpq.so.5"),
        soname="libfoo.so.1",
        rpath="$ORIGIN:/opt/lib",
        machine=ARM64,
    )
    assert read_elf(file) == ElfFile(
        machine=ARM64,
        soname="libfoo.so.1",
        needed=("libc.so.6", "libpq.so.5"),
        search_path=("$ORIGIN", "/opt/lib"),
        is_extension_module=False,
    )


def test_read_elf_runpath_replaces_rpath(tmp_path: Path) -> None:
    file = write_library(tmp_path / "libfoo.so", rpath="/old", runpath="/new")
    assert read_elf(file) == ElfFile(AMD64, None, (), ("/new",), is_extension_module=False)


@pytest.mark.parametrize("length", [1, 300, 60_000])
def test_read_elf_long_search_path(tmp_path: Path, length: int) -> None:
    search_path = tuple(f"/{number}" for number in range(length // 6))
    file = write_library(tmp_path / "libfoo.so", "libbar.so", runpath=":".join(search_path))
    assert read_elf(file) == ElfFile(
        AMD64, None, ("libbar.so",), search_path, is_extension_module=False
    )


@pytest.mark.parametrize(
    ("name", "is_module"),
    [("_foo.cpython-313-x86_64-linux-gnu.so", True), ("_foo.abi3.so", True), ("foo.so", False)],
)
def test_read_elf_extension_module(tmp_path: Path, name: str, is_module: bool) -> None:
    written = write_module(tmp_path / "_foo.so")
    elf = read_elf(written.rename(tmp_path / name))
    assert elf is not None
    assert elf.is_extension_module is is_module


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"INPUT(libfoo.so.1)\n", id="linker-script"),
        pytest.param(WHOLE[:100], id="cut-off"),
        pytest.param(WHOLE[:4] + b"\x01" + WHOLE[5:], id="32-bit"),
        pytest.param(WHOLE[:5] + b"\x02" + WHOLE[6:], id="big-endian"),
    ],
)
def test_read_elf_other_files(tmp_path: Path, contents: bytes) -> None:
    file = tmp_path / "foo.so"
    file.write_bytes(contents)
    assert read_elf(file) is None


def test_read_elf_not_readable(tmp_path: Path) -> None:
    assert read_elf(tmp_path) is None
    assert read_elf(tmp_path / "missing.so") is None


@given(size=st.integers(0, len(WHOLE) - 1))
def test_read_elf_cut_off_anywhere(size: int) -> None:
    assert _read(WHOLE[:size]) is None


@given(
    changes=st.lists(
        st.tuples(st.integers(6, len(WHOLE) - 1), st.binary(min_size=1, max_size=8)), max_size=6
    )
)
def test_read_elf_changed_anywhere(changes: list[tuple[int, bytes]]) -> None:
    contents = bytearray(WHOLE)
    for offset, new in changes:
        contents[offset : offset + len(new)] = new
    elf = _read(bytes(contents))
    assert elf is None or all("\0" not in name for name in elf.needed)


@given(junk=st.binary(max_size=400))
def test_read_elf_junk(junk: bytes) -> None:
    elf = _read(WHOLE[:6] + junk)
    assert elf is None or all("\0" not in name for name in elf.needed)


def _read(contents: bytes) -> ElfFile | None:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "foo.so")
        file.write_bytes(contents)
        return read_elf(file)


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="this machine has no ELF files of 64 bits, little-endian",
)
def test_read_elf_modules_of_this_interpreter() -> None:
    files = [
        file for place in sys.path if place.endswith("lib-dynload") for file in _so_files(place)
    ]
    if not files:
        pytest.skip("this interpreter has all of its extension modules in itself")
    elves = [read_elf(file) for file in files]
    assert all(elf is not None and elf.is_extension_module for elf in elves)
    assert any(elf is not None and "libc.so.6" in elf.needed for elf in elves)


def _so_files(directory: str) -> list[Path]:
    return sorted(Path(directory).glob("*.so"))
