from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from tests.unit.tools.packaging.inventories import AMD64, ARM64, write_archive, write_inventory
from tools.errors import ToolError
from tools.packaging.runtime import fetch_runtimes, slim_interpreter, unpack_runtime


@pytest.mark.parametrize(
    ("requested", "expected"), [(None, "3.13.10"), ("3.13.9", "3.13.9"), ("3.12", "3.12.1")]
)
def test_fetch_runtimes_chooses(tmp_path: Path, requested: str | None, expected: str) -> None:
    versions = [(version, "amd64") for version in ("3.13.9", "3.13.10", "3.14.0", "3.12.1")]
    inventory = write_inventory(tmp_path, *versions)
    runtimes = fetch_runtimes(inventory, (AMD64,), requested, tmp_path / "cache")
    assert str(runtimes[AMD64].artifact.version) == expected
    archive = runtimes[AMD64].archive.read_bytes()
    assert archive == (tmp_path / f"{expected}-amd64.tar.gz").read_bytes()


def test_fetch_runtimes_leaves_out_what_there_is_none_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inventory = write_inventory(tmp_path, ("3.13.0", "amd64"), ("3.12.0", "arm64"))
    runtimes = fetch_runtimes(inventory, (AMD64, ARM64), None, tmp_path / "cache")
    assert set(runtimes) == {AMD64}
    assert "Left out: linux-arm64, for which" in capsys.readouterr().out


def test_fetch_runtimes_with_none_at_all(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, ("3.12.0", "amd64"), ("3.11.1", "amd64"))
    with pytest.raises(ToolError, match=r"no Python 3\.13 for linux-amd64.*it has 3\.12\.0, 3\.11"):
        fetch_runtimes(inventory, (AMD64,), None, tmp_path / "cache")


def test_fetch_runtimes_of_no_version(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, ("3.13.0", "amd64"))
    with pytest.raises(ToolError, match=r"--python: latest is no version"):
        fetch_runtimes(inventory, (AMD64,), "latest", tmp_path / "cache")


def test_fetch_runtimes_verifies_what_it_keeps(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, ("3.13.0", "amd64"))
    cached = fetch_runtimes(inventory, (AMD64,), None, tmp_path / "cache")[AMD64].archive
    whole = cached.read_bytes()
    cached.write_bytes(whole[:-1])
    assert fetch_runtimes(inventory, (AMD64,), None, tmp_path / "cache")
    assert cached.read_bytes() == whole


def test_fetch_runtimes_of_another_digest(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, ("3.13.0", "amd64"), sha256="0" * 64)
    with pytest.raises(ToolError, match="is not what the inventory says: its sha256 is"):
        fetch_runtimes(inventory, (AMD64,), None, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_fetch_runtimes_that_can_not_be_reached(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, ("3.13.0", "amd64"))
    (tmp_path / "3.13.0-amd64.tar.gz").unlink()
    with pytest.raises(ToolError, match=r"scripts/package --inventory DIR/inventory\.toml"):
        fetch_runtimes(inventory, (AMD64,), None, tmp_path / "cache")


def test_unpack_runtime_of_a_truncated_archive(tmp_path: Path) -> None:
    archive = tmp_path / "archive.tar.gz"
    write_archive(archive, bytes(range(256)) * 64)
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(ToolError, match="is no whole archive"):
        unpack_runtime(archive, tmp_path / "out")


def test_unpack_runtime_of_an_unsafe_archive(tmp_path: Path) -> None:
    archive = tmp_path / "archive.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("python/../../evil"))
    with pytest.raises(ToolError, match=r"python/\.\./\.\./evil"):
        unpack_runtime(archive, tmp_path / "out")


@pytest.mark.parametrize("is_linked", [True, False])
def test_slim_interpreter(tmp_path: Path, is_linked: bool) -> None:
    library = "lib/python3.13"
    kept = {
        *(f"{library}/os.py", f"{library}/ssl.py", f"{library}/email/__init__.py"),
        *(f"{library}/lib-dynload/_ssl.cpython-313.so", f"{library}/LICENSE.txt"),
    }
    dropped = {
        *("bin/pip3", "include/python3.13/Python.h", "share/man/x", "lib/tcl8.6/init.tcl"),
        *("lib/libtcl8.6.so", "lib/pkgconfig/python3.pc", f"{library}/site-packages/pip/x.py"),
        *(f"{library}/test/x.py", f"{library}/email/tests/x.py", f"{library}/idlelib/x.py"),
        *(f"{library}/config-3.13-x/Makefile", f"{library}/__pycache__/os.cpython-313.pyc"),
        *(f"{library}/email/__pycache__/x.pyc", f"{library}/lib-dynload/_tkinter.cpython-313.so"),
    }
    for name in (*kept, *dropped, "lib/libpython3.13.so.1.0"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    executable = tmp_path / "bin" / "python3.13"
    executable.write_bytes(b"\x7fELF libpython3.13.so.1.0\0" if is_linked else b"\x7fELF")
    (tmp_path / "bin" / "python3").symlink_to("python3.13")

    slim_interpreter(tmp_path, "3.13")

    left = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if not path.is_dir()
    }
    libpython = {"lib/libpython3.13.so.1.0"} if is_linked else set()
    assert left == {*kept, "bin/python3.13", "bin/python3"} | libpython
