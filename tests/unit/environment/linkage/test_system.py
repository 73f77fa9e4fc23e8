from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.environment.linkage.system import System, determine_system
from tests.unit.environment.linkage.elf_files import AMD64, ARM64


def make(root: Path, *directories: str) -> tuple[Path, ...]:
    made = tuple(root / directory for directory in directories)
    for directory in made:
        directory.mkdir(parents=True, exist_ok=True)
    return made


@pytest.mark.parametrize(
    ("machine", "number", "multiarch"),
    [("x86_64", AMD64, "x86_64-linux-gnu"), ("aarch64", ARM64, "aarch64-linux-gnu")],
)
def test_determine_system_directories(
    tmp_path: Path, machine: str, number: int, multiarch: str
) -> None:
    make(tmp_path, "usr/lib/riscv64-linux-gnu", "opt")
    directories = make(tmp_path, f"usr/lib/{multiarch}", "usr/lib64", "usr/lib")
    assert determine_system({}, machine=machine, root=tmp_path) == System(number, directories)


def test_determine_system_library_path(tmp_path: Path) -> None:
    first, second = make(tmp_path, "first", "second")
    environment = {"LD_LIBRARY_PATH": f"{first}:relative::{tmp_path}/missing;{second}"}
    system = determine_system(environment, machine="x86_64", root=tmp_path)
    assert system == System(AMD64, (first, second))


def test_determine_system_configuration(tmp_path: Path) -> None:
    (conf_dir,) = make(tmp_path, "etc/ld.so.conf.d")
    directories = make(tmp_path, "opt/a/lib", "opt/b/lib", "opt/c/lib", "usr/lib")
    (tmp_path / "etc/ld.so.conf").write_text(
        "include /etc/ld.so.conf.d/*.conf\ninclude ld.so.conf\n# /etc\n/opt/c/lib=libc6 # c\n\n"
    )
    (conf_dir / "b.conf").write_text("/opt/b/lib\nhwcap 1 nosegneg\n")
    (conf_dir / "a.conf").write_bytes(b"/opt/a/lib\n/opt/missing\n\xff\n")
    (conf_dir / "c.other").write_text("/etc\n")
    assert determine_system({}, machine="x86_64", root=tmp_path) == System(AMD64, directories)


def test_determine_system_unknown_machine(tmp_path: Path) -> None:
    assert determine_system({}, machine="riscv64", root=tmp_path) is None


def test_find(tmp_path: Path) -> None:
    first, second = make(tmp_path, "first", "second")
    (second / "libfoo.so.1").touch()
    (first / "libbar.so.1").symlink_to("missing")
    system = System(AMD64, (first, second))
    assert system.find("libfoo.so.1") == second / "libfoo.so.1"
    assert system.find("libbar.so.1") is None
