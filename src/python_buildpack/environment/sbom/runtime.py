"""A Python runtime and the libraries in it as components."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from python_buildpack.environment.resolution import strip_url
from python_buildpack.environment.sbom.components import (
    Component,
    License,
    Sbom,
    Source,
    cpe_name,
    generic_purl,
)
from python_buildpack.python_version.inventory import Artifact

_NAME = "python"


@dataclass(frozen=True)
class _Library:
    """What doesn't change between a library's versions.

    Attributes:
        cpe: vendor and product, by which databases of vulnerabilities know it; None for neither.
        license: SPDX's expression; None if it did change.
    """

    cpe: tuple[str, str] | None
    license: str | None


_LIBRARIES = {
    "bzip2": _Library(("bzip", "bzip2"), "bzip2-1.0.6"),
    "expat": _Library(("libexpat_project", "libexpat"), "MIT"),
    "libffi": _Library(("libffi_project", "libffi"), "MIT"),
    "mpdecimal": _Library(None, "BSD-2-Clause"),
    "ncurses": _Library(("gnu", "ncurses"), "X11-distribute-modifications-variant"),
    "openssl": _Library(("openssl", "openssl"), "Apache-2.0"),
    "sqlite": _Library(("sqlite", "sqlite"), "blessing"),
    "xz": _Library(("tukaani", "xz"), None),
    "zlib": _Library(("zlib", "zlib"), "Zlib"),
    "zstd": _Library(("facebook", "zstandard"), "BSD-3-Clause OR GPL-2.0-only"),
}
_UNKNOWN_LIBRARY = _Library(None, None)
_OLD_OPENSSL = _Library(("openssl", "openssl"), "OpenSSL")


def runtime_sbom(layer: str, artifact: Artifact, told: Iterable[tuple[str, str]] = ()) -> Sbom:
    """Describe a runtime and the libraries in it.

    Args:
        told: the libraries that it names itself, for an inventory that names none.
    """
    known = sorted(artifact.libraries or told)
    libraries = tuple(_library(name, version) for name, version in known)
    runtime = _runtime(artifact, tuple(each.ref for each in libraries))
    components = sorted((runtime, *libraries), key=lambda each: each.ref)
    return Sbom(layer, tuple(components), (runtime.ref,), is_complete=False)


def _library(name: str, version: str) -> Component:
    known = _LIBRARIES.get(name, _UNKNOWN_LIBRARY)
    if name == "openssl" and version.startswith("1."):
        known = _OLD_OPENSSL
    purl = generic_purl(name, version)
    return Component(
        ref=purl,
        name=name,
        version=version,
        purl=purl,
        license=License(known.license),
        cpe=cpe_name(*known.cpe, version) if known.cpe else None,
    )


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
            archive_url=strip_url(artifact.url) if is_remote else None,
            hashes=(("sha256", artifact.sha256),),
        ),
        requires=requires,
        cpe=cpe_name("python", "python", version.base_version, update),
    )
