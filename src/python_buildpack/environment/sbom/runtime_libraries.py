"""The libraries of others that a Python runtime has in its own files.

One of the system that the runtime only uses is not in its files, and so not listed. Versions are
read from the files; nothing is run.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.environment.linkage.elf import read_elf
from python_buildpack.environment.sbom.components import Component, License, cpe_name, generic_purl


@dataclass(frozen=True)
class _Library:
    """A library that is linked into a runtime and has its version in a text of its own.

    Attributes:
        name: of the project.
        anchor: is in every copy of the library, right before or after its version.
        pattern: what is around the version; ``anchor`` is a part of it.
        vendor: and product, in CPE names.
        license: SPDX's expression, the same for all versions that a runtime may have.
    """

    name: str
    anchor: bytes
    pattern: re.Pattern[bytes]
    vendor: str
    product: str
    license: str


# Texts that the libraries' own functions return: OpenSSL_version(), deflate_copyright,
# XML_ExpatVersion(), BZ2_bzlibVersion(), curses_version().
_LIBRARIES = (
    _Library(
        name="openssl",
        anchor=b"\0OpenSSL 3.",
        pattern=re.compile(rb"\0OpenSSL (3\.\d+\.\d+)(?: \d+ [A-Z][a-z]{2} \d{4})\0"),
        vendor="openssl",
        product="openssl",
        license="Apache-2.0",
    ),
    _Library(
        name="zlib",
        anchor=b" deflate 1.",
        pattern=re.compile(rb" deflate (1\.\d+(?:\.\d+)*) Copyright "),
        vendor="zlib",
        product="zlib",
        license="Zlib",
    ),
    _Library(
        name="expat",
        anchor=b"\0expat_2.",
        pattern=re.compile(rb"\0expat_(2\.\d+\.\d+)\0"),
        vendor="libexpat_project",
        product="libexpat",
        license="MIT",
    ),
    _Library(
        name="bzip2",
        anchor=b"\x001.0.",
        pattern=re.compile(rb"\0(1\.0\.\d+), \d+-[A-Z][a-z]{2}-\d{4}\0"),
        vendor="bzip",
        product="bzip2",
        license="bzip2-1.0.6",
    ),
    _Library(
        name="ncurses",
        anchor=b"\0ncurses ",
        pattern=re.compile(rb"\0ncurses (\d+\.\d+)\.\d{8}\0"),
        vendor="gnu",
        product="ncurses",
        license="X11-distribute-modifications-variant",
    ),
)


@dataclass(frozen=True)
class _Implementation:
    """A library that a module of the standard library can't do without.

    Attributes:
        name: of the project.
        module: which has the library linked into it, unless it needs it as a shared library.
        soname: how the name of that begins.
        license: SPDX's expression; None where it changed between versions.
        text: is in an interpreter that has the module built in; the module's name, where empty.
    """

    name: str
    module: str
    soname: str
    license: str | None
    text: bytes = b""


# These have bare numbers for versions, or nothing, which is no proof.
_IMPLEMENTATIONS = (
    _Implementation("libffi", "_ctypes", "libffi.so", "MIT"),
    _Implementation("mpdecimal", "_decimal", "libmpdec.so", "BSD-2-Clause"),
    _Implementation("xz", "_lzma", "liblzma.so", None),
    # Names in OpenSSL end like that of the module; this is one of the library's own errors.
    _Implementation(
        "zstd",
        "_zstd",
        "libzstd.so",
        "BSD-3-Clause OR GPL-2.0-only",
        text=b"\0Frame requires too much memory for decoding\0",
    ),
)
_SQLITE = _Implementation("sqlite", "_sqlite3", "libsqlite3.so", "blessing")
# The number that sqlite3_libversion() returns. It is bare too, but no other version is as high where the
# text of sqlite3_sourceid() is: a time, and a digest of the sources.
_SQLITE_VERSION = re.compile(rb"\0(3\.(?:[3-9]\d|\d{3})\.\d{1,2})\0")
_SQLITE_SOURCE = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [0-9a-f]{60}")


def bundled_libraries(directory: Path, series: str) -> Iterator[Component]:
    """Yield the libraries that are certainly in a runtime's files.

    The version of one that doesn't tell it with certainty is empty.

    Args:
        directory: of the runtime.
        series: X.Y.
    """
    yield from _of_known_version(directory, series)
    for implementation in (*_IMPLEMENTATIONS, _SQLITE):
        file = _file_with(implementation, directory, series)
        if file is None:
            continue
        version = _sqlite_version(file) if implementation is _SQLITE else ""
        cpe = cpe_name("sqlite", "sqlite", version) if version else None
        yield _component(implementation.name, version, implementation.license, cpe)


def _component(name: str, version: str, license_: str | None, cpe: str | None) -> Component:
    purl = generic_purl(name, version)
    return Component(
        ref=purl, name=name, version=version, purl=purl, license=License(license_), cpe=cpe
    )


def _of_known_version(directory: Path, series: str) -> Iterator[Component]:
    missing = list(_LIBRARIES)
    for file in _binaries(directory, series):
        if not missing:
            return
        for library, version in _found(file, missing):
            missing.remove(library)
            cpe = cpe_name(library.vendor, library.product, version)
            yield _component(library.name, version, library.license, cpe)


def _binaries(directory: Path, series: str) -> Iterator[Path]:
    """Yield the files that may have a library in them, the likeliest first."""
    yield from _interpreters(directory, series)
    yield from sorted(_modules_dir(directory, series).glob("*.so"))


def _interpreters(directory: Path, series: str) -> Iterator[Path]:
    """Yield the program and the shared libraries, in which modules may be built in."""
    yield directory / "bin" / f"python{series}"
    yield from sorted((directory / "lib").glob("*.so*"))


def _modules_dir(directory: Path, series: str) -> Path:
    return directory / "lib" / f"python{series}" / "lib-dynload"


def _found(file: Path, libraries: Sequence[_Library]) -> tuple[tuple[_Library, str], ...]:
    if not file.is_file() or file.is_symlink() or file.stat().st_size == 0:
        return ()
    with _mapped(file) as contents:
        found = ((library, _version(contents, library)) for library in libraries)
        return tuple((library, version) for library, version in found if version is not None)


def _version(contents: mmap.mmap, library: _Library) -> str | None:
    # The anchor is looked for first, since a regular expression takes ten times as long.
    position = contents.find(library.anchor)
    while position >= 0:
        match = library.pattern.match(contents, position)
        if match is not None:
            return match[1].decode("ascii")
        position = contents.find(library.anchor, position + 1)
    return None


def _file_with(library: _Implementation, directory: Path, series: str) -> Path | None:
    """Return the file of the runtime in which a library is; None where there is certainly none."""
    own = sorted(_modules_dir(directory, series).glob(f"{library.module}.*so"))
    for file in own or _interpreters(directory, series):
        elf = read_elf(file)
        if elf is None or not (own or _has_module(file, library)):
            continue
        shared = next((name for name in elf.needed if name.startswith(library.soname)), None)
        found = file if shared is None else directory / "lib" / shared
        return found if found.is_file() else None
    return None


def _has_module(file: Path, library: _Implementation) -> bool:
    """Tell whether a library's module is among those that are built into an interpreter."""
    with _mapped(file) as contents:
        return contents.find(library.text or f"{library.module}\0".encode()) >= 0


def _sqlite_version(file: Path) -> str:
    with _mapped(file) as contents:
        if _SQLITE_SOURCE.search(contents) is None:
            return ""
        found = {match[1].decode("ascii") for match in _SQLITE_VERSION.finditer(contents)}
    return found.pop() if len(found) == 1 else ""


@contextmanager
def _mapped(file: Path) -> Iterator[mmap.mmap]:
    with (
        file.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as contents,
    ):
        yield contents
