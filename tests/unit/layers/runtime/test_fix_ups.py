from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import python_buildpack
from python_buildpack.layers.runtime.fix_ups import (
    UnknownLayoutError,
    relocate,
    remove_what_no_server_needs,
)
from tests.unit.interpreters import PYTHONS
from tests.unit.layers.standalone_python import NEEDED, SERIES, UNNEEDED, VARIABLES, write_runtime

PREFIX = Path("/layers/own/python")
DATA = f"lib/python{SERIES}/_sysconfigdata__linux_x86_64-linux-gnu.py"
JSON = f"lib/python{SERIES}/_sysconfig_vars__linux_x86_64-linux-gnu.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_runtime(tmp_path / "python")


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def variables(root: Path, name: str = DATA) -> dict[str, object]:
    """Return what a program sees that imports the file."""
    namespace: dict[str, dict[str, object]] = {}
    exec((root / name).read_text(encoding="utf-8"), namespace)  # noqa: S102
    return namespace["build_time_vars"]


@pytest.mark.parametrize("name", UNNEEDED)
def test_remove_what_no_server_needs(root: Path, name: str) -> None:
    remove_what_no_server_needs(root, SERIES)
    assert not (root / name).exists()


def test_remove_what_no_server_needs_leaves_everything_else(root: Path) -> None:
    remove_what_no_server_needs(root, SERIES)
    left = {*contents(root)}
    assert left == {*NEEDED, DATA, JSON, "bin/python3"}
    assert not (root / "bin" / "pip3").is_symlink()
    assert not list(root.rglob("__pycache__"))


def test_remove_what_no_server_needs_does_not_follow_links(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    shutil.rmtree(root / "lib" / f"python{SERIES}" / "test")
    (root / "lib" / f"python{SERIES}" / "test").symlink_to(outside)
    remove_what_no_server_needs(root, SERIES)
    assert not (root / "lib" / f"python{SERIES}" / "test").is_symlink()
    assert (outside / "kept").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AR", "ar"),
        ("BLDSHARED", "cc -pthread -shared -Wl,--exclude-libs,ALL"),
        ("CC", "cc -pthread"),
        ("CFLAGS", "-fno-strict-overflow -O3 -fPIC"),
        ("CONFINCLUDEPY", f"{PREFIX}/include/python{SERIES}"),
        ("CXX", "c++ -pthread"),
        ("HAVE_UNAME", 1),
        ("LDFLAGS", f"-Wl,-rpath,{PREFIX}/lib -L{PREFIX}/lib"),
        ("LDSHARED", "cc -pthread -shared -Wl,--exclude-libs,ALL"),
        ("LIBDIR", f"{PREFIX}/lib"),
        ("LINKCC", "cc"),
        ("PY_CFLAGS", f"-I{PREFIX}/include -I/installer/include"),
        ("SIZEOF_LONG", 8),
        ("SOABI", "cpython-313-x86_64-linux-gnu"),
        ("XML_FLAG", 'it\'s "quoted"\n'),
        ("prefix", str(PREFIX)),
    ],
)
def test_relocate_variables(root: Path, name: str, value: object) -> None:
    relocate(root, SERIES, PREFIX)
    assert variables(root)[name] == value
    assert json.loads((root / JSON).read_text())[name] == value


def test_relocate_leaves_paths_that_only_look_like_the_prefix(root: Path) -> None:
    relocate(root, SERIES, PREFIX)
    arguments = str(variables(root)["CONFIG_ARGS"])
    assert f"'--prefix={PREFIX}'" in arguments
    assert "'--with-system=/installer' '--with-other=/opt/install'" in arguments


def test_relocate_keeps_every_variable(root: Path) -> None:
    relocate(root, SERIES, PREFIX)
    assert variables(root).keys() == VARIABLES.keys()
    assert json.loads((root / JSON).read_text()) == variables(root)


@pytest.mark.parametrize(
    ("variable", "before", "after"),
    [
        ("CC", "clang", "cc"),
        ("CC", "/usr/bin/gcc-12 -pthread", "cc -pthread"),
        ("CC", "/tools/llvm/bin/clang-18 -pthread", "cc -pthread"),
        ("CC", "aarch64-linux-gnu-gcc", "cc"),
        ("CC", "musl-clang", "cc"),
        ("CXX", "/usr/bin/x86_64-linux-gnu-g++-12 -pthread", "c++ -pthread"),
        ("CXX", "/tools/llvm/bin/clang++", "c++"),
        ("AR", "/tools/llvm/bin/llvm-ar", "ar"),
        ("AR", "gcc-ar", "ar"),
        ("CC", "cc -pthread", "cc -pthread"),
        ("CC", "tcc", "tcc"),
        ("CC", "", ""),
        ("LDCXXSHARED", "clang++ -pthread -shared", "c++ -pthread -shared"),
        ("MAINCC", "clang -pthread", "cc -pthread"),
        # Not a command.
        ("OPT", "clang", "clang"),
        ("CFLAGS", "--sysroot=/tools/sysroot -O2", "-O2"),
        ("CFLAGS", "-I/tools/deps/include", ""),
        ("CFLAGS", "-I/toolset/include  -O2", "-I/toolset/include  -O2"),
    ],
)
def test_relocate_commands_and_flags(root: Path, variable: str, before: str, after: str) -> None:
    (root / DATA).write_text(f"build_time_vars = {dict(VARIABLES) | {variable: before}!r}")
    relocate(root, SERIES, PREFIX)
    assert variables(root)[variable] == after


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bin/tool", f"#!{PREFIX}/bin/python{SERIES}\nimport sys\n"),
        (f"bin/python{SERIES}-config", f"#!/bin/sh\nprefix={PREFIX}\necho -I{PREFIX}/include\n"),
        ("bin/relocatable", NEEDED["bin/relocatable"].replace("/install", str(PREFIX))),
        (f"lib/pkgconfig/python-{SERIES}.pc", f"prefix={PREFIX}\nlibdir=${{prefix}}/lib\n"),
        (
            f"lib/python{SERIES}/config-3.13-x86_64-linux-gnu/Makefile",
            f"prefix=\t{PREFIX}\nCC=\tclang\n",
        ),
        (
            f"lib/python{SERIES}/config-3.13-x86_64-linux-gnu/python-config.py",
            f"PREFIX = '{PREFIX}'\n",
        ),
        (f"lib/python{SERIES}/build-details.json", f'{{"base_prefix": "{PREFIX}"}}'),
    ],
)
def test_relocate_text_files(root: Path, name: str, expected: str) -> None:
    relocate(root, SERIES, PREFIX)
    assert (root / name).read_text(encoding="utf-8") == expected


def test_relocate_leaves_all_other_files(root: Path) -> None:
    before = contents(root)
    relocate(root, SERIES, PREFIX)
    after = contents(root)
    changed = {name for name in before if before[name] != after[name]}
    assert after.keys() == before.keys()
    assert changed == {
        *(DATA, JSON, "bin/tool", "bin/relocatable", f"bin/python{SERIES}-config"),
        f"lib/pkgconfig/python-{SERIES}.pc",
        f"lib/python{SERIES}/build-details.json",
        f"lib/python{SERIES}/config-3.13-x86_64-linux-gnu/Makefile",
        f"lib/python{SERIES}/config-3.13-x86_64-linux-gnu/python-config.py",
    }
    assert (root / "bin" / "tool").stat().st_mode & 0o777 == 0o755


def test_relocate_of_another_prefix_and_odd_bytes(root: Path) -> None:
    (root / DATA).write_text("build_time_vars = {'prefix': '/usr/local', 'A': '/usr/local/lib'}")
    (root / "bin" / "tool").write_bytes(b"#!/usr/local/bin/python3\n# caf\xe9 \\1\n")
    relocate(root, SERIES, Path("/layers/a\\1b"))
    assert variables(root) == {"prefix": "/layers/a\\1b", "A": "/layers/a\\1b/lib"}
    expected = b"#!/layers/a\\1b/bin/python3\n# caf\xe9 \\1\n"
    assert (root / "bin" / "tool").read_bytes() == expected


@pytest.mark.parametrize("python", PYTHONS)
def test_relocate_writes_the_same_whichever_python_runs_it(
    root: Path, tmp_path: Path, python: Path
) -> None:
    expected = shutil.copytree(root, tmp_path / "expected", symlinks=True)
    relocate(expected, SERIES, PREFIX)
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from python_buildpack.layers.runtime.fix_ups import relocate\n"
        "relocate(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))\n"
    )
    source = Path(python_buildpack.__file__).parents[1]
    subprocess.run([str(python), "-I", "-B", "-c", code, source, root, SERIES, PREFIX], check=True)
    assert contents(root) == contents(expected)


@pytest.mark.parametrize(
    ("removed", "missing"),
    [
        (f"bin/python{SERIES}", f"bin/python{SERIES}"),
        (f"lib/python{SERIES}/os.py", f"lib/python{SERIES}/os.py"),
        (DATA, f"lib/python{SERIES}/_sysconfigdata_*.py"),
    ],
)
def test_relocate_of_another_layout(root: Path, removed: str, missing: str) -> None:
    (root / removed).unlink()
    with pytest.raises(UnknownLayoutError) as caught:
        relocate(root, SERIES, PREFIX)
    assert caught.value.missing == missing


def test_relocate_of_another_series(root: Path) -> None:
    with pytest.raises(UnknownLayoutError) as caught:
        relocate(root, "3.12", PREFIX)
    assert caught.value.missing == "bin/python3.12"


@pytest.mark.parametrize(
    "data",
    ["", "x = 1\n", "build_time_vars = {", "build_time_vars = dict()", "build_time_vars = [1]"],
)
def test_relocate_of_unreadable_variables(root: Path, data: str) -> None:
    (root / DATA).write_text(data)
    with pytest.raises(UnknownLayoutError) as caught:
        relocate(root, SERIES, PREFIX)
    assert caught.value.missing == f"a readable {Path(DATA).name}"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff"])
def test_relocate_of_unreadable_json(root: Path, data: bytes) -> None:
    (root / JSON).write_bytes(data)
    with pytest.raises(UnknownLayoutError) as caught:
        relocate(root, SERIES, PREFIX)
    assert caught.value.missing == f"a readable {Path(JSON).name}"
