"""A Python runtime and the libraries in it as components."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.inventory import Artifact
from python_buildpack.resolution import bare_url
from python_buildpack.sbom.components import (
    Component,
    License,
    Sbom,
    Source,
    cpe_name,
    generic_purl,
)

_NAME = "python"


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
# XML_ExpatVersion(), BZ2_bzlibVersion(), curses_version(). SQLite, liblzma, libffi and others have
# bare numbers, or nothing, which is no proof.
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


def runtime_sbom(layer: str, directory: Path, artifact: Artifact) -> Sbom:
    """Describe a runtime and those of its libraries whose versions can be told.

    Nothing is run. A library of the system that the runtime only uses is not in its files, and so
    not listed.

    Args:
        layer: its name.
        directory: of the runtime.
        artifact: what it was unpacked from.
    """
    libraries = tuple(sorted(_libraries(directory, artifact.series), key=lambda each: each.ref))
    runtime = _runtime(artifact, tuple(each.ref for each in libraries))
    components = sorted((runtime, *libraries), key=lambda each: each.ref)
    return Sbom(layer, tuple(components), (runtime.ref,), is_complete=False)


def _runtime(artifact: Artifact, requires: tuple[str, ...]) -> Component:
    version = artifact.version
    purl = generic_purl(_NAME, str(version))
    is_remote = artifact.url.startswith(("https://", "http://"))
    update = "".join(map(str, version.pre)) if version.pre else "*"
    return Component(
        ref=purl,
        name=_NAME,
        version=str(version),
        purl=purl,
        license=License("PSF-2.0"),
        source=Source(
            archive_url=bare_url(artifact.url) if is_remote else None,
            hashes=(("sha256", artifact.sha256),),
        ),
        requires=requires,
        cpe=cpe_name("python", "python", version.base_version, update),
    )


def _libraries(directory: Path, series: str) -> Iterator[Component]:
    missing = list(_LIBRARIES)
    for file in _binaries(directory, series):
        if not missing:
            return
        for library, version in _found(file, missing):
            missing.remove(library)
            purl = generic_purl(library.name, version)
            yield Component(
                ref=purl,
                name=library.name,
                version=version,
                purl=purl,
                license=License(library.license),
                cpe=cpe_name(library.vendor, library.product, version),
            )


def _binaries(directory: Path, series: str) -> Iterator[Path]:
    """Yield the files that may have a library in them, the likeliest first."""
    yield directory / "bin" / f"python{series}"
    yield from sorted((directory / "lib").glob("*.so*"))
    yield from sorted((directory / "lib" / f"python{series}" / "lib-dynload").glob("*.so"))


def _found(file: Path, libraries: Sequence[_Library]) -> tuple[tuple[_Library, str], ...]:
    if not file.is_file() or file.is_symlink() or file.stat().st_size == 0:
        return ()
    with (
        file.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as contents,
    ):
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
