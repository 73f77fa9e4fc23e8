from __future__ import annotations

from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.runtimes.interpreter import Interpreter
from tools.runtimes.layout import runtime_files


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """An installation of Python 3.13, more or less."""
    files = (
        *("bin/python3.13", "bin/pip3", "bin/pydoc3.13", "bin/python3.13-config", "bin/flask"),
        *("include/python3.13/Python.h", "lib/libpython3.13.so.1.0", "lib/libother.so"),
        *("lib/pkgconfig/python-3.13.pc", "lib/pkgconfig/other.pc", "share/man/man1/python3.13.1"),
        *("lib/tcl8.6/init.tcl", "lib/libtcl8.6.so"),
    )
    library = (
        *("os.py", "__pycache__/os.cpython-313.pyc", "encodings/__init__.py", "sitecustomize.py"),
        *("test/__init__.py", "test/test_os.py", "idlelib/idle_test/__init__.py"),
        *("lib-dynload/_ssl.so", "config-3.13-linux/Makefile", "config-3.13-linux/libpython.so"),
        *("site-packages/pip/__init__.py", "site-packages/pip-24.2.dist-info/METADATA"),
        *("site-packages/flask/__init__.py", "site-packages/pip_tools-1.0.dist-info/METADATA"),
    )
    for name in (*files, *(f"lib/python3.13/{name}" for name in library)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "lib/libpython3.13.so").symlink_to("libpython3.13.so.1.0")
    for name, size in (("libpython3.13.a", 2_000_000), ("small.a", 10)):
        (tmp_path / "lib/python3.13/config-3.13-linux" / name).write_bytes(b"\0" * size)
    return tmp_path


def interpreter(prefix: Path) -> Interpreter:
    library = prefix / "lib" / "python3.13"
    return Interpreter(
        executable=prefix / "bin" / "python3.13",
        version="3.13.0",
        machine="x86_64",
        prefix=prefix,
        standard_library=library,
        include=prefix / "include" / "python3.13",
        config_header=prefix / "elsewhere" / "pyconfig.h",
        library_dir=prefix / "lib",
        package_dirs=(("pip", library / "site-packages"),),
    )


def test_runtime_files(prefix: Path) -> None:
    files = {str(path) for path in runtime_files(interpreter(prefix))}
    library = {
        name.removeprefix("lib/python3.13/") for name in files if name.startswith("lib/python3.13/")
    }
    assert files - {f"lib/python3.13/{name}" for name in library} == {
        *("bin/python3.13", "bin/pip3", "bin/pydoc3.13", "bin/python3.13-config"),
        *("include/python3.13/Python.h", "lib/libpython3.13.so", "lib/libpython3.13.so.1.0"),
        *("lib/pkgconfig/python-3.13.pc", "share/man/man1/python3.13.1"),
        *("lib/tcl8.6/init.tcl", "lib/libtcl8.6.so"),
    }
    assert library == {
        *("os.py", "encodings/__init__.py", "test/__init__.py", "idlelib/idle_test/__init__.py"),
        *("lib-dynload/_ssl.so", "config-3.13-linux/Makefile", "config-3.13-linux/small.a"),
        *("site-packages/pip/__init__.py", "site-packages/pip-24.2.dist-info/METADATA"),
    }


def test_runtime_files_takes_the_config_header_from_where_it_is(prefix: Path) -> None:
    header = prefix / "elsewhere" / "pyconfig.h"
    header.parent.mkdir()
    header.touch()
    files = {str(path): source for path, source in runtime_files(interpreter(prefix)).items()}
    assert files["include/python3.13/pyconfig.h"] == header


def test_runtime_files_of_a_zipped_standard_library(prefix: Path) -> None:
    (prefix / "lib/python3.13/os.py").unlink()
    with pytest.raises(ToolError, match="in a way that can't be packed"):
        runtime_files(interpreter(prefix))
