"""What an ELF file tells the dynamic linker: which libraries it needs, and where they are.

Only the headers, the dynamic section and its strings are read, of 64-bit little-endian files.
https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

_MAGIC_64_BIT_LITTLE_ENDIAN = b"\x7fELF\x02\x01"
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_DYNAMIC_ENTRY = struct.Struct("<qQ")
_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_SONAME = 0, 1, 5, 10, 14
_DT_RPATH, _DT_RUNPATH = 15, 29

# Far above what extension modules have; neither junk nor the 80 MB of names in a library of
# TensorFlow's shall be read as a whole.
_MOST_BYTES = 32 * 1024 * 1024
# Most strings are as short as the first.
_STRING_BYTES = (256, 64 * 1024)


@dataclass(frozen=True)
class ElfFile:
    """The dynamic section of a program or a shared library.

    Attributes:
        machine: the e_machine of its header: 62 for amd64, 183 for arm64.
        needed: names of libraries, as a rule without a directory.
        search_path: DT_RUNPATH, else DT_RPATH: directories, with ``$ORIGIN`` and the like in them.
        is_extension_module: whether Python can import it under its file's name.
    """

    machine: int
    soname: str | None
    needed: tuple[str, ...]
    search_path: tuple[str, ...]
    is_extension_module: bool


@dataclass(frozen=True)
class _Segment:
    kind: int
    offset: int
    address: int
    size: int


class _NotElfError(Exception):
    """The file isn't of this kind, or is cut off."""


@dataclass(frozen=True)
class _Strings:
    """A table of strings, each of which ends with a zero byte; offset and size are in bytes."""

    stream: BinaryIO
    offset: int
    size: int

    def at(self, start: int) -> str:
        for most in _STRING_BYTES:
            length = min(most, self.size - start)
            text, end, _ = _bytes_at(self.stream, self.offset + start, length).partition(b"\0")
            if end:
                return os.fsdecode(text)
        raise _NotElfError

    def has(self, text: bytes) -> bool:
        if self.size > _MOST_BYTES:
            return False
        return b"\0" + text + b"\0" in _bytes_at(self.stream, self.offset, self.size)


def read_elf(file: Path) -> ElfFile | None:
    """Read a file; None if it isn't an ELF file of 64 bits, isn't linked, or can't be read."""
    try:
        with file.open("rb", buffering=0) as stream:
            return _read(stream, file.name.partition(".")[0])
    except (OSError, _NotElfError):
        return None


def _read(stream: BinaryIO, module: str) -> ElfFile:
    machine, segments = _headers(stream)
    dynamic = next((each for each in segments if each.kind == _PT_DYNAMIC), None)
    if dynamic is None:
        raise _NotElfError
    entries = tuple(_entries(_bytes_at(stream, dynamic.offset, dynamic.size)))
    # Where a tag is there twice, the dynamic linker takes the last.
    values = dict(entries)
    strings = _strings(stream, segments, values)

    def text(tag: int) -> str | None:
        return strings.at(values[tag]) if tag in values else None

    search_path = text(_DT_RUNPATH) or text(_DT_RPATH) or ""
    return ElfFile(
        machine=machine,
        soname=text(_DT_SONAME),
        needed=tuple(strings.at(value) for tag, value in entries if tag == _DT_NEEDED),
        search_path=tuple(each for each in search_path.split(":") if each),
        # https://docs.python.org/3/extending/building.html
        is_extension_module=strings.has(b"PyInit_" + os.fsencode(module)),
    )


def _headers(stream: BinaryIO) -> tuple[int, tuple[_Segment, ...]]:
    header = _bytes_at(stream, 0, _HEADER.size)
    if not header.startswith(_MAGIC_64_BIT_LITTLE_ENDIAN):
        raise _NotElfError
    _, _, machine, _, _, table, _, _, _, size, count, *_ = _HEADER.unpack(header)
    if size != _PROGRAM_HEADER.size:
        raise _NotElfError
    raw = _PROGRAM_HEADER.iter_unpack(_bytes_at(stream, table, size * count))
    return machine, tuple(
        _Segment(kind, offset, address, in_file)
        for kind, _, offset, address, _, in_file, _, _ in raw
    )


def _entries(section: bytes) -> Iterator[tuple[int, int]]:
    whole = len(section) - len(section) % _DYNAMIC_ENTRY.size
    for tag, value in _DYNAMIC_ENTRY.iter_unpack(section[:whole]):
        if tag == _DT_NULL:
            return
        yield tag, value


def _strings(stream: BinaryIO, segments: Iterable[_Segment], values: dict[int, int]) -> _Strings:
    """Return the table of strings, whose place is given as an address in memory."""
    address, size = values.get(_DT_STRTAB, 0), values.get(_DT_STRSZ, 0)
    for segment in segments:
        start = address - segment.address
        if segment.kind == _PT_LOAD and 0 <= start < segment.size:
            return _Strings(stream, segment.offset + start, size)
    raise _NotElfError


def _bytes_at(stream: BinaryIO, offset: int, size: int) -> bytes:
    if not (0 <= size <= _MOST_BYTES and 0 <= offset < 2**62):
        raise _NotElfError
    stream.seek(offset)
    found = stream.read(size)
    if len(found) != size:
        raise _NotElfError
    return found
