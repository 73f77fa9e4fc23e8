"""A runtime in the layout of python-build-standalone's archives, as far as our code looks at it."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

SERIES = "3.13"
_LIBRARY = f"lib/python{SERIES}"

# Values as they are in real archives: the build's prefix, its compilers and its tools.
VARIABLES: Mapping[str, object] = {
    "AR": "/tools/clang-linux64/bin/llvm-ar",
    "BLDSHARED": "clang -pthread -shared -Wl,--exclude-libs,ALL",
    "CC": "clang -pthread",
    "CFLAGS": "-fno-strict-overflow -fdebug-default-version=4 -O3 -I/tools/deps/include -fPIC",
    "CONFIG_ARGS": (
        "'--build=x86_64-unknown-linux-gnu' '--prefix=/install' '--with-openssl=/tools/deps' "
        "'--with-system=/installer' '--with-other=/opt/install' 'CC=clang'"
    ),
    "CONFINCLUDEPY": f"/install/include/python{SERIES}",
    "CXX": "clang++ -pthread",
    "HAVE_UNAME": 1,
    "LDFLAGS": "-L/tools/deps/lib -Wl,-rpath,/install/lib -L/install/lib",
    "LDSHARED": "clang -pthread -shared -Wl,--exclude-libs,ALL",
    "LIBDIR": "/install/lib",
    "LINKCC": "/usr/bin/aarch64-linux-gnu-gcc",
    "PY_CFLAGS": "-I/install/include -I/installer/include",
    "SIZEOF_LONG": 8,
    "SOABI": "cpython-313-x86_64-linux-gnu",
    "XML_FLAG": 'it\'s "quoted"\n',
    "prefix": "/install",
}

SHELL_SCRIPT = (
    "#!/bin/sh\n"
    '\'\'\'exec\' "$(dirname -- "$(realpath -- "$0")")/python3.13" "$0" "$@"\n'
    "' '''\n"
    "print('/install/lib')\n"
)

NEEDED: Mapping[str, str] = {
    f"bin/python{SERIES}": "\x7fELF /install/lib stays as it is",
    f"bin/python{SERIES}-config": "#!/bin/sh\nprefix=/install\necho -I/install/include\n",
    "bin/tool": f"#!/install/bin/python{SERIES}\nimport sys\n",
    "bin/relocatable": SHELL_SCRIPT,
    f"include/python{SERIES}/Python.h": "// /install\n",
    f"lib/libpython{SERIES}.so.1.0": "\x7fELF",
    f"lib/pkgconfig/python-{SERIES}.pc": "prefix=/install\nlibdir=${prefix}/lib\n",
    f"{_LIBRARY}/os.py": "name = 'posix'\n",
    f"{_LIBRARY}/site-packages/README.txt": "",
    f"{_LIBRARY}/site-packages/pipx.py": "",
    f"{_LIBRARY}/unittest/case.py": "",
    f"{_LIBRARY}/ensurepip/__init__.py": "",
    f"{_LIBRARY}/lib-dynload/_json.so": "",
    f"{_LIBRARY}/config-3.13-x86_64-linux-gnu/Makefile": "prefix=\t/install\nCC=\tclang\n",
    f"{_LIBRARY}/config-3.13-x86_64-linux-gnu/python-config.py": "PREFIX = '/install'\n",
    f"{_LIBRARY}/build-details.json": '{"base_prefix": "/install"}',
    "share/terminfo/x/xterm": "",
}

UNNEEDED = (
    *("bin/2to3", "bin/2to3-3.13", "bin/idle3", "bin/idle3.13", "bin/pip", "bin/pip3.13"),
    *("bin/pydoc3", "bin/easy_install", "bin/wheel", "lib/libpython3.13.a"),
    *("share/man/man1/python3.1", "share/doc/python/README"),
    *(
        "lib/Tix8.4.3/Tix.tcl",
        "lib/itcl4.3.5/itcl.tcl",
        "lib/tcl8/msgcat.tm",
        "lib/tcl9.0/init.tcl",
    ),
    *("lib/tdbc1.1.10/tdbc.tcl", "lib/thread3.0.4/ttrace.tcl", "lib/tk9.0/tk.tcl"),
    *("lib/libtcl9.0.so", "lib/libtcl9tk9.0.so", "lib/libtk8.6.so"),
    f"{_LIBRARY}/EXTERNALLY-MANAGED",
    f"{_LIBRARY}/__pycache__/os.cpython-313.pyc",
    f"{_LIBRARY}/config-3.13-x86_64-linux-gnu/libpython3.13.a",
    f"{_LIBRARY}/ctypes/test/test_x.py",
    f"{_LIBRARY}/distutils/tests/test_x.py",
    f"{_LIBRARY}/ensurepip/_bundled/pip-25.0-py3-none-any.whl",
    f"{_LIBRARY}/idlelib/idle.py",
    f"{_LIBRARY}/lib-dynload/_ctypes_test.cpython-313-x86_64-linux-gnu.so",
    f"{_LIBRARY}/lib-dynload/_testcapi.cpython-313-x86_64-linux-gnu.so",
    f"{_LIBRARY}/lib-dynload/_tkinter.cpython-313-x86_64-linux-gnu.so",
    f"{_LIBRARY}/lib-dynload/_xxtestfuzz.cpython-313-x86_64-linux-gnu.so",
    f"{_LIBRARY}/lib-dynload/xxlimited_35.cpython-313-x86_64-linux-gnu.so",
    f"{_LIBRARY}/lib2to3/tests/test_x.py",
    f"{_LIBRARY}/sqlite3/test/test_x.py",
    f"{_LIBRARY}/test/test_os.py",
    f"{_LIBRARY}/tkinter/ttk.py",
    f"{_LIBRARY}/turtle.py",
    f"{_LIBRARY}/turtledemo/clock.py",
    f"{_LIBRARY}/unittest/test/test_x.py",
    f"{_LIBRARY}/site-packages/pip/__init__.py",
    f"{_LIBRARY}/site-packages/pip-25.0.dist-info/METADATA",
    f"{_LIBRARY}/site-packages/setuptools/__init__.py",
    f"{_LIBRARY}/site-packages/setuptools-65.5.0.dist-info/METADATA",
    f"{_LIBRARY}/site-packages/_distutils_hack/__init__.py",
    f"{_LIBRARY}/site-packages/distutils-precedence.pth",
    f"{_LIBRARY}/site-packages/pkg_resources/__init__.py",
    f"{_LIBRARY}/site-packages/wheel/__init__.py",
)


def write_runtime(root: Path, python: str | None = None, *, is_whole: bool = True) -> Path:
    """Write the runtime to ``root``.

    Args:
        root: gets bin, lib and so on.
        python: the source of a program that stands for the interpreter; None for one that can't run.
        is_whole: whether it has what no server needs, too.
    """
    unneeded = UNNEEDED if is_whole else ()
    for name, contents in {**NEEDED, **dict.fromkeys(unneeded, "")}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(contents, encoding="utf-8")
        path.chmod(0o755 if name.startswith("bin/") else 0o644)
    if python is not None:
        (root / "bin" / f"python{SERIES}").write_text(python, encoding="utf-8")
    (root / "bin" / "python3").symlink_to(f"python{SERIES}")
    (root / "bin" / "pip3").symlink_to("pip")
    library = root / _LIBRARY
    data = library / "_sysconfigdata__linux_x86_64-linux-gnu.py"
    data.write_text(f"# system configuration\nbuild_time_vars = {dict(VARIABLES)!r}\n")
    json_data = library / "_sysconfig_vars__linux_x86_64-linux-gnu.json"
    json_data.write_text(json.dumps(dict(VARIABLES)), encoding="utf-8")
    return root


def write_runtime_archive(archive: Path, root: Path) -> Path:
    """Pack the runtime at ``root`` as python-build-standalone does."""
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(root, "python")
    return archive
