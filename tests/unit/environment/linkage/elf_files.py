"""ELF files that have a dynamic section and nothing to run."""

from __future__ import annotations

import struct
from pathlib import Path

AMD64, ARM64 = 62, 183
_ADDRESS = 0x10000


def elf_bytes(
    *needed: str,
    soname: str = "",
    rpath: str = "",
    runpath: str = "",
    symbols: tuple[str, ...] = (),
    machine: int = AMD64,
) -> bytes:
    """Return a shared library with two segments: all of the file, and the dynamic section."""
    strings = b"\0"
    entries: list[tuple[int, int]] = []
    tags = [(1, name) for name in needed] + [(14, soname), (15, rpath), (29, runpath)]
    for tag, text in tags:
        if text:
            entries.append((tag, len(strings)))
            strings += text.encode() + b"\0"
    strings += b"".join(symbol.encode() + b"\0" for symbol in symbols)
    dynamic_offset = 64 + 2 * 56
    dynamic_size = 16 * (len(entries) + 3)
    strings_offset = dynamic_offset + dynamic_size
    entries += [(5, _ADDRESS + strings_offset), (10, len(strings)), (0, 0)]
    whole = strings_offset + len(strings)
    return b"".join(
        (
            _header(machine),
            struct.pack("<IIQQQQQQ", 1, 4, 0, _ADDRESS, _ADDRESS, whole, whole, 4096),
            struct.pack(
                "<IIQQQQQQ",
                *(2, 4, dynamic_offset, _ADDRESS + dynamic_offset, _ADDRESS + dynamic_offset),
                *(dynamic_size, dynamic_size, 8),
            ),
            *(struct.pack("<qQ", *entry) for entry in entries),
            strings,
        )
    )


def _header(machine: int) -> bytes:
    identification = b"\x7fELF\x02\x01\x01"
    place = (0, 64, 0, 0)  # entry, program headers, section headers, flags
    return struct.pack(
        "<16sHHIQQQIHHHHHH", identification, 3, machine, 1, *place, 64, 56, 2, 0, 0, 0
    )


def write_library(
    file: Path,
    *needed: str,
    soname: str = "",
    rpath: str = "",
    runpath: str = "",
    machine: int = AMD64,
) -> Path:
    """Write a library that isn't an extension module."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(
        elf_bytes(*needed, soname=soname, rpath=rpath, runpath=runpath, machine=machine)
    )
    return file


def write_module(
    file: Path, *needed: str, rpath: str = "", runpath: str = "", machine: int = AMD64
) -> Path:
    """Write an extension module."""
    symbols = (f"PyInit_{file.name.partition('.')[0]}",)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(
        elf_bytes(*needed, rpath=rpath, runpath=runpath, symbols=symbols, machine=machine)
    )
    return file
