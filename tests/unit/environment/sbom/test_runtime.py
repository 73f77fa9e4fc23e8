from __future__ import annotations

from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.environment.sbom.components import Sbom, Source
from python_buildpack.environment.sbom.runtime import runtime_sbom
from python_buildpack.python_version.inventory import Artifact

URL = "https://host.example/cpython-3.13.2.tar.gz"
SHA256 = "0" * 64
PYTHON = "pkg:generic/python@3.13.2"

# As they are between others in a binary's read-only data.
STRINGS = {
    "openssl@3.0.19": b"\0OpenSSL 3.0.19 27 Jan 2026\0",
    "zlib@1.3.1": b"\0 deflate 1.3.1 Copyright 1995-2024 Jean-loup Gailly and Mark Adler \0",
    "expat@2.6.4": b"\0expat_2.6.4\0",
    "bzip2@1.0.8": b"\x001.0.8, 13-Jul-2019\0",
    "ncurses@6.5": b"\0ncurses 6.5.20240427\0",
}


def described(directory: Path, version: str = "3.13.2", url: str = URL) -> Sbom:
    return runtime_sbom(
        "python", directory, Artifact(Version(version), "linux", "amd64", url, SHA256)
    )


def write(file: Path, contents: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\x7fELF\0some text" + contents + b"more text\0")


def test_runtime_sbom(tmp_path: Path) -> None:
    write(tmp_path / "bin" / "python3.13", b"\0".join(STRINGS.values()))
    sbom = described(tmp_path)
    runtime = next(each for each in sbom.components if each.name == "python")
    libraries = tuple(f"pkg:generic/{name}" for name in sorted(STRINGS))
    assert {each.ref for each in sbom.components} == {PYTHON, *libraries}
    assert (runtime.ref, runtime.purl, runtime.version) == (PYTHON, PYTHON, "3.13.2")
    assert runtime.source == Source(archive_url=URL, hashes=(("sha256", SHA256),))
    assert runtime.requires == libraries
    assert runtime.cpe == "cpe:2.3:a:python:python:3.13.2:*:*:*:*:*:*:*"
    assert (sbom.roots, sbom.is_complete) == ((PYTHON,), False)


@pytest.mark.parametrize(
    "file",
    [
        "lib/libpython3.13.so.1.0",
        "lib/libcrypto.so.3",
        "lib/python3.13/lib-dynload/_ssl.cpython-313-x86_64-linux-gnu.so",
    ],
)
def test_runtime_sbom_finds_libraries_in(tmp_path: Path, file: str) -> None:
    write(tmp_path / "bin" / "python3.13", b"")
    write(tmp_path / file, STRINGS["openssl@3.0.19"])
    assert [each.ref for each in described(tmp_path).components] == [
        "pkg:generic/openssl@3.0.19",
        PYTHON,
    ]


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\0OpenSSL 3.0 or newer is needed\0", id="a sentence"),
        pytest.param(b"\x001.0.8\0", id="a bare number"),
        pytest.param(b"\0pyexpat.expat_CAPI 1.1\0", id="another name"),
    ],
)
def test_runtime_sbom_without_what_is_not_certain(tmp_path: Path, contents: bytes) -> None:
    write(tmp_path / "bin" / "python3.13", contents)
    assert [each.ref for each in described(tmp_path).components] == [PYTHON]


def test_runtime_sbom_of_empty_files(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3.13").touch()
    assert [each.ref for each in described(tmp_path).components] == [PYTHON]


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("file:///runtimes/cpython.tar.gz", None),
        ("https://user:secret@host.example/cpython.tar.gz", "https://host.example/cpython.tar.gz"),
    ],
)
def test_runtime_sbom_has_only_public_places(
    tmp_path: Path, url: str, location: str | None
) -> None:
    (runtime,) = described(tmp_path, url=url).components
    assert runtime.source.archive_url == location


def test_runtime_sbom_of_a_prerelease(tmp_path: Path) -> None:
    (runtime,) = described(tmp_path, version="3.15.0rc2").components
    assert runtime.purl == "pkg:generic/python@3.15.0rc2"
    assert runtime.cpe == "cpe:2.3:a:python:python:3.15.0:rc2:*:*:*:*:*:*"
