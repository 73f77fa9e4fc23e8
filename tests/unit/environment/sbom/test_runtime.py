from __future__ import annotations

import pytest
from packaging.version import Version

from python_buildpack.environment.sbom.components import License, Sbom, Source
from python_buildpack.environment.sbom.runtime import runtime_sbom
from python_buildpack.python_version.inventory import Artifact

URL = "https://host.example/cpython-3.13.2.tar.gz"
SHA256 = "0" * 64
PYTHON = "pkg:generic/python@3.13.2"


def described(*libraries: tuple[str, str], version: str = "3.13.2", url: str = URL) -> Sbom:
    return runtime_sbom(
        "python", Artifact(Version(version), "linux", "amd64", url, SHA256, libraries)
    )


def test_runtime_sbom() -> None:
    sbom = described(("zlib", "1.3.1"), ("openssl", "3.0.19"))
    runtime = next(each for each in sbom.components if each.name == "python")
    libraries = ("pkg:generic/openssl@3.0.19", "pkg:generic/zlib@1.3.1")
    assert [each.ref for each in sbom.components] == [libraries[0], PYTHON, libraries[1]]
    assert (runtime.ref, runtime.purl, runtime.version) == (PYTHON, PYTHON, "3.13.2")
    assert runtime.source == Source(archive_url=URL, hashes=(("sha256", SHA256),))
    assert runtime.requires == libraries
    assert runtime.cpe == "cpe:2.3:a:python:python:3.13.2:*:*:*:*:*:*:*"
    assert (sbom.roots, sbom.is_complete) == ((PYTHON,), False)


def test_runtime_sbom_of_a_free_threaded_build() -> None:
    (runtime,) = described(version="3.14.2+freethreaded").components
    assert (runtime.version, runtime.purl) == (
        "3.14.2+freethreaded",
        "pkg:generic/python@3.14.2%2Bfreethreaded",
    )
    assert runtime.cpe == "cpe:2.3:a:python:python:3.14.2:*:*:*:*:*:*:*"


def test_runtime_sbom_of_an_archive_of_unknown_contents() -> None:
    assert [each.ref for each in described().components] == [PYTHON]


@pytest.mark.parametrize(
    ("name", "version", "cpe", "license_"),
    [
        ("openssl", "3.5.7", "openssl:openssl:3.5.7", "Apache-2.0"),
        ("openssl", "1.1.1w", "openssl:openssl:1.1.1w", "OpenSSL"),
        ("xz", "5.8.3", "tukaani:xz:5.8.3", None),
        ("mpdecimal", "4.0.0", None, "BSD-2-Clause"),
        ("another", "1", None, None),
    ],
)
def test_library(name: str, version: str, cpe: str | None, license_: str | None) -> None:
    library = next(each for each in described((name, version)).components if each.name == name)
    assert (library.version, library.purl) == (version, f"pkg:generic/{name}@{version}")
    assert library.cpe == (cpe and f"cpe:2.3:a:{cpe}:*:*:*:*:*:*:*")
    assert library.license == License(license_)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("file:///runtimes/cpython.tar.gz", None),
        ("https://user:secret@host.example/cpython.tar.gz", "https://host.example/cpython.tar.gz"),
    ],
)
def test_runtime_sbom_has_only_public_places(url: str, location: str | None) -> None:
    (runtime,) = described(url=url).components
    assert runtime.source.archive_url == location


def test_runtime_sbom_of_a_prerelease() -> None:
    (runtime,) = described(version="3.15.0rc2").components
    assert runtime.purl == "pkg:generic/python@3.15.0rc2"
    assert runtime.cpe == "cpe:2.3:a:python:python:3.15.0:rc2:*:*:*:*:*:*"
