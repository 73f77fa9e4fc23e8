from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.runtimes.packing import pack_runtimes
from tools.runtimes.standalone_runtime import (
    RELEASES,
    StandaloneRelease,
    StandaloneRuntime,
    find_releases,
)

RELEASE = StandaloneRelease("3.14.6", "20260610", "h1:right=")
# A program that says where it lies, as the real one does when asked for its prefix.
PYTHON = b'#!/bin/sh\ncd "$(dirname "$0")/.." && pwd\n'
EXECUTABLE, FILE, DIRECTORY, LINK = 0o775, 0o664, 1 << 31 | 0o775, 1 << 27 | 0o777
FILES: tuple[tuple[str, int, bytes], ...] = (
    ("bin", DIRECTORY, b""),
    ("bin/python3.14", EXECUTABLE, PYTHON),
    ("bin/python3", LINK, b"python3.14"),
    ("lib/python3.14/os.py", FILE, b"import sys\n"),
    ("lib/python3.14/empty/.empty", FILE, b""),
)


@pytest.fixture(autouse=True)
def bin_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one directory on PATH that isn't the system's, with a go that has downloaded a module."""
    directory = tmp_path / "programs"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    archive = tmp_path / "module.zip"
    write_module(archive)
    program(directory / "strip", "echo GNU strip 2.40")
    answer = {"Sum": RELEASE.checksum, "Dir": str(tmp_path), "Zip": str(archive)}
    write_go(directory, answer)
    return directory


def write_go(directory: Path, answer: Mapping[str, str]) -> None:
    """Write a go that answers as ``go mod download -json`` does, and counts its downloads."""
    program(
        directory / "go",
        "[ $1 = version ] && { echo go version go1.99.1 linux/amd64; exit; }\n"
        f'echo "$4 $GONOSUMDB" >> {directory}/downloads\n'
        f"cat <<'END'\n{json.dumps(answer)}\nEND",
    )


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def write_module(archive: Path, files: tuple[tuple[str, int, bytes], ...] = FILES) -> None:
    prefix = "github.com/kluctl/go-embed-python@v0.0.0-3.14.6-20260610-1/python/internal/data"
    with zipfile.ZipFile(archive, "w") as module:
        entries: list[dict[str, object]] = []
        for name, mode, content in files:
            entry = {"name": name, "size": len(content), "perm": mode}
            if mode == LINK:
                entry["symlink"] = content.decode()
            elif mode == EXECUTABLE:
                entry["compressed"] = True
                module.writestr(f"{prefix}/linux-amd64/{name}.gz", gzip.compress(content))
            elif mode == FILE:
                module.writestr(f"{prefix}/linux-amd64/{name}", content)
            entries.append(entry)
        module.writestr(f"{prefix}/linux-amd64/files.json", json.dumps({"files": entries}))


def runtime(tmp_path: Path, release: StandaloneRelease = RELEASE) -> StandaloneRuntime:
    return StandaloneRuntime(release, "amd64", tmp_path / "cache", tmp_path / "modules")


def pack(tmp_path: Path, directory: str = "archives") -> Path:
    inventory = pack_runtimes(tmp_path / directory, [runtime(tmp_path)])
    return inventory.parent / runtime(tmp_path).archive_name


def test_archive(tmp_path: Path, bin_dir: Path) -> None:
    archive = pack(tmp_path)
    assert archive.name == (
        "cpython-3.14.6+20260610-x86_64-unknown-linux-gnu-install_only_stripped.tar.gz"
    )
    with tarfile.open(archive) as tar:
        members = {member.name: member for member in tar}
        content = tar.extractfile("python/bin/python3.14")
        assert content is not None
        assert content.read() == PYTHON
    assert list(members) == [
        *("python/bin/python3", "python/bin/python3.14"),
        *("python/lib/python3.14/empty", "python/lib/python3.14/os.py"),
    ]
    # Without a directory for extension modules, Python warns at each start.
    assert members["python/lib/python3.14/empty"].isdir()
    assert members["python/bin/python3"].linkname == "python3.14"
    assert members["python/bin/python3.14"].mode == 0o755
    assert members["python/lib/python3.14/os.py"].mode == 0o644
    downloads = (bin_dir / "downloads").read_text(encoding="utf-8")
    module = "github.com/kluctl/go-embed-python"
    assert downloads == f"{module}@v0.0.0-3.14.6-20260610-1 {module}\n"


def test_inventory_lists_what_is_linked(tmp_path: Path) -> None:
    archive = pack(tmp_path)
    inventory = archive.with_name("inventory.toml").read_text(encoding="utf-8")
    assert f'sha256 = "{hashlib.sha256(archive.read_bytes()).hexdigest()}"\n' in inventory
    assert 'libraries = "bzip2 1.0.8, expat 2.8.1, ' in inventory
    assert "openssl 3.5.7" in inventory


def test_archives_are_the_same_bytes(tmp_path: Path) -> None:
    assert pack(tmp_path).read_bytes() == pack(tmp_path, "again").read_bytes()


def test_archive_is_kept(tmp_path: Path, bin_dir: Path) -> None:
    before = pack(tmp_path).stat().st_mtime_ns
    assert pack(tmp_path).stat().st_mtime_ns == before
    # Another strip may strip in another way.
    program(bin_dir / "strip", "echo GNU strip 2.41")
    assert pack(tmp_path).stat().st_mtime_ns != before


def test_another_module_than_the_pinned_one(tmp_path: Path) -> None:
    other = replace(RELEASE, checksum="h1:other=")
    directory = tmp_path / "archives"
    with pytest.raises(ToolError, match=r"20260610-1 has the checksum h1:right=, not h1:other=\."):
        pack_runtimes(directory, [runtime(tmp_path, other)])
    assert [path.name for path in directory.iterdir()] == [".packing.lock"]


def test_runtime_that_does_not_run(tmp_path: Path) -> None:
    broken = ("bin/python3.14", EXECUTABLE, b"#!/bin/sh\necho no such library >&2\nexit 127\n")
    write_module(tmp_path / "module.zip", (broken, *FILES[2:]))
    with pytest.raises(ToolError, match=r"Python 3\.14\.6 .* does not run here: no such library"):
        pack(tmp_path)


def test_debug_symbols_are_stripped(tmp_path: Path, bin_dir: Path) -> None:
    program(bin_dir / "strip", f'echo "$@" >> {bin_dir}/stripped')
    with_symbols = ("lib/libpython3.14.so.1.0", FILE, b"\x7fELF\0.text\0.rela.debug_info\0")
    without = ("lib/libtcl.so", FILE, b"\x7fELF\0.text\0")
    write_module(tmp_path / "module.zip", (*FILES, with_symbols, without))
    pack(tmp_path)
    lines = (bin_dir / "stripped").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition("/")[2] for line in lines] == ["--version", "libpython3.14.so.1.0"]


def test_libraries_of_a_cross_compiled_runtime(tmp_path: Path) -> None:
    old = next(release for release in RELEASES if release.version == "3.12.3")
    libraries = replace(runtime(tmp_path, old), arch="arm64").libraries
    # Which zlib the toolchain had isn't known.
    assert "zlib" not in dict(libraries)
    assert "zstd" not in dict(libraries)
    assert dict(libraries)["openssl"] == "3.0.13"


@pytest.mark.parametrize(
    ("requested", "found"),
    [
        (["3.14"], ["3.14.6"]),
        (["3.10", "3.13.1"], ["3.13.1", "3.10.16"]),
    ],
)
def test_find_releases(requested: list[str], found: list[str]) -> None:
    assert [release.version for release in find_releases(requested)] == found


@pytest.mark.parametrize("version", ["3.9", "3.14.5", "3.1"])
def test_find_releases_of_none(version: str) -> None:
    with pytest.raises(ToolError, match=rf"no Go module of Python {version}, only of 3\.14\.6, "):
        find_releases(["3.14", version])
