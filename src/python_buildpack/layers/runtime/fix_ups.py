"""What has to change in a runtime from python-build-standalone to become a layer.

The archives are made to be unpacked anywhere, but the build's own paths and compilers are still
in the files that tell others how to compile against Python; and they hold much that only people
who develop Python or desktop programs need.
https://gregoryszorc.com/docs/python-build-standalone/main/quirks.html
"""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.system.errors import ServiceError

# Relative to lib/pythonX.Y. Test suites, what needs a display, the wheels that venv would install.
_UNNEEDED_LIBRARY = (
    "ctypes/test",
    "EXTERNALLY-MANAGED",
    "distutils/tests",
    "ensurepip/_bundled",
    "idlelib",
    "lib2to3/tests",
    "sqlite3/test",
    "test",
    "tkinter",
    "turtle.py",
    "turtledemo",
    "unittest/test",
    "config-*/*.a",
    "lib-dynload/_ctypes_test.*",
    "lib-dynload/_test*",
    "lib-dynload/_tkinter.*",
    "lib-dynload/_xxtestfuzz.*",
    "lib-dynload/xxlimited*",
)
# pip has its own layer; it and setuptools would count as installed already.
_UNNEEDED_PACKAGES = (
    "pip",
    "pip-*",
    "setuptools",
    "setuptools-*",
    "_distutils_hack",
    "distutils-precedence.pth",
    "pkg_resources",
    "wheel",
    "wheel-*",
)
# Relative to the runtime itself; Tcl and Tk, with what comes with them, are in lib.
_UNNEEDED_FILES = (
    "bin/2to3*",
    "bin/easy_install*",
    "bin/idle*",
    "bin/pip*",
    "bin/pydoc*",
    "bin/wheel",
    "lib/*.a",
    "lib/Tix*",
    "lib/itcl*",
    "lib/libtcl*",
    "lib/libtk*",
    "lib/tcl*",
    "lib/tdbc*",
    "lib/thread*",
    "lib/tk*",
    "share/doc",
    "share/man",
)

# The compilers of the build, some by their path, become those of whoever compiles.
_COMPILERS = (
    (re.compile(r"(?:\S*/)?(?:[\w.-]+-)?(?:clang\+\+|g\+\+)(?:-\d+)?"), "c++"),
    (re.compile(r"(?:\S*/)?(?:[\w.-]+-)?(?:clang|gcc)(?:-\d+)?"), "cc"),
    (re.compile(r"(?:\S*/)?(?:[\w.-]+-)?(?:llvm-ar|gcc-ar|ar)(?:-\d+)?"), "ar"),
)
_COMPILER_VARIABLES = frozenset(
    {"AR", "BLDSHARED", "CC", "CXX", "LDCXXSHARED", "LDSHARED", "LINKCC", "MAINCC"}
)
_BUILD_PREFIX = "/install"
# Only clang knows the first; the others point into the machine that built the archive.
_FOREIGN_FLAG = re.compile(r"-fdebug-default-version=\S*|-[IL]/tools/\S*|--sysroot=/\S*")


@dataclass(eq=False)
class UnknownLayoutError(ServiceError):
    """An archive holds no runtime of the expected series in the expected layout."""

    missing: str


def remove_what_no_server_needs(root: Path, series: str) -> None:
    """Remove test suites, Tcl/Tk, IDLE, static libraries, pip and more from the runtime at ``root``.

    Bytecode goes too: it is compiled again, in a form that never gets stale.
    """
    library = root / "lib" / f"python{series}"
    patterns = (
        *((root, pattern) for pattern in _UNNEEDED_FILES),
        *((library, pattern) for pattern in _UNNEEDED_LIBRARY),
        *((library / "site-packages", pattern) for pattern in _UNNEEDED_PACKAGES),
        (root, "**/__pycache__"),
    )
    for directory, pattern in patterns:
        for path in sorted(directory.glob(pattern)):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def relocate(root: Path, series: str, prefix: Path) -> None:
    """Make the files of the runtime at ``root`` name ``prefix`` as the place where it is.

    Raises:
        UnknownLayoutError: it isn't a runtime of this series.
    """
    library = root / "lib" / f"python{series}"
    for required in (root / "bin" / f"python{series}", library / "os.py"):
        if not required.exists():
            raise UnknownLayoutError(str(required.relative_to(root)))
    data_files = sorted(library.glob("_sysconfigdata_*.py"))
    if not data_files:
        raise UnknownLayoutError(f"lib/python{series}/_sysconfigdata_*.py")
    data = {data_file: _read_variables(data_file) for data_file in data_files}
    pattern = _prefix_pattern(str(data[data_files[0]].get("prefix", _BUILD_PREFIX)))
    for data_file, variables in data.items():
        _write_variables(data_file, _relocated_variables(variables, pattern, str(prefix)))
    for json_file in sorted(library.glob("_sysconfig_vars_*.json")):
        relocated = _relocated_variables(_read_json(json_file), pattern, str(prefix))
        json_file.write_text(json.dumps(relocated, indent=2, sort_keys=True), encoding="utf-8")
    for text_file in _text_files_with_paths(root, library):
        text = text_file.read_bytes().decode("utf-8", "surrogateescape")
        relocated_text = pattern.sub(lambda _match: str(prefix), text)
        text_file.write_bytes(relocated_text.encode("utf-8", "surrogateescape"))


def _read_variables(data_file: Path) -> dict[str, object]:
    """Return the one dictionary that a ``_sysconfigdata_*.py`` assigns."""
    try:
        for statement in ast.parse(data_file.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.Assign):
                value = ast.literal_eval(statement.value)
                if isinstance(value, dict):
                    return value
    except (SyntaxError, ValueError) as error:
        raise UnknownLayoutError(f"a readable {data_file.name}") from error
    raise UnknownLayoutError(f"a readable {data_file.name}")


def _read_json(json_file: Path) -> dict[str, object]:
    """Return the one object of a ``_sysconfig_vars_*.json``."""
    try:
        value = json.loads(json_file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnknownLayoutError(f"a readable {json_file.name}") from error
    if not isinstance(value, dict):
        raise UnknownLayoutError(f"a readable {json_file.name}")
    return value


def _write_variables(data_file: Path, variables: dict[str, object]) -> None:
    # Not pprint: how it breaks lines has changed between Python versions, and the bytes of this
    # file are part of the layer's digest.
    lines = "".join(f" {name!r}: {value!r},\n" for name, value in sorted(variables.items()))
    data_file.write_text(
        f"# Made by the build of this Python; paths and compilers are adapted.\n"
        f"build_time_vars = {{\n{lines}}}\n",
        encoding="utf-8",
    )


def _relocated_variables(
    variables: dict[str, object], pattern: re.Pattern[str], prefix: str
) -> dict[str, object]:
    relocated: dict[str, object] = {}
    for name, value in variables.items():
        if isinstance(value, str):
            value = _without_foreign_flags(value)
            if name in _COMPILER_VARIABLES:
                value = _with_generic_compiler(value)
            value = pattern.sub(lambda _match: prefix, value)
        relocated[name] = value
    return relocated


def _without_foreign_flags(value: str) -> str:
    if not _FOREIGN_FLAG.search(value):
        return value
    return " ".join(word for word in value.split() if not _FOREIGN_FLAG.fullmatch(word))


def _with_generic_compiler(value: str) -> str:
    command, _, arguments = value.partition(" ")
    for pattern, generic in _COMPILERS:
        if pattern.fullmatch(command):
            return f"{generic} {arguments}".rstrip()
    return value


def _prefix_pattern(prefix: str) -> re.Pattern[str]:
    """Return what finds ``prefix`` as a whole path, or the beginning of one, also after -I, -L."""
    return re.compile(rf"(?:(?<![\w./-])|(?<=-[IL])){re.escape(prefix)}(?![\w.-])")


def _text_files_with_paths(root: Path, library: Path) -> Iterator[Path]:
    yield from sorted((root / "lib" / "pkgconfig").glob("*.pc"))
    yield from sorted(library.glob("config-*/Makefile"))
    yield from sorted(library.glob("config-*/python-config.py"))
    yield from sorted(library.glob("build-details.json"))
    for script in sorted((root / "bin").iterdir()):
        if script.is_file() and not script.is_symlink():
            with script.open("rb") as file:
                if file.read(2) == b"#!":
                    yield script
