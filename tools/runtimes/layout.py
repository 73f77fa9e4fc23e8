"""Which files of an interpreter go where in python-build-standalone's ``install_only`` layout."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tools.errors import ToolError
from tools.runtimes.interpreter import Interpreter

# Bigger ones make the archive slow to pack, for nothing: the build removes them.
_STATIC_LIBRARY_BYTES = 1_000_000
_SKIPPED_DIRECTORIES = frozenset({"__pycache__", "site-packages", "dist-packages"})
# They change what an interpreter does on this machine alone.
_SKIPPED_FILES = frozenset({"sitecustomize.py", "usercustomize.py", "EXTERNALLY-MANAGED"})
# A prefix that an interpreter shares with the rest of the machine.
SHARED_PREFIXES = frozenset({Path("/"), Path("/usr"), Path("/usr/local")})
_PACKAGE_FILES = {
    "pip": re.compile(r"pip|pip-[\w.]+\.(dist|egg)-info"),
    "setuptools": re.compile(
        r"setuptools|setuptools-[\w.]+\.(dist|egg)-info|pkg_resources|_distutils_hack"
        r"|distutils-precedence\.pth"
    ),
}


def runtime_files(interpreter: Interpreter) -> dict[PurePosixPath, Path]:
    """Return where each file of the runtime comes from.

    The keys are the paths below the archive's ``python/``. A value is a file, or a symbolic link
    that points to another of the values.

    Raises:
        ToolError: the interpreter has no such layout.
    """
    minor = interpreter.minor
    library = PurePosixPath("lib", f"python{minor}")
    files = {PurePosixPath("bin", f"python{minor}"): interpreter.executable}
    files |= _standard_library(interpreter.standard_library, library)
    if library / "os.py" not in files or not any(path.parent.name == "encodings" for path in files):
        raise ToolError(
            f"{interpreter.executable} keeps its standard library in a way that can't be packed"
            f" (expected: files in {interpreter.standard_library}). Use another interpreter."
        )
    for package, directory in interpreter.package_dirs:
        files |= _package(package, directory, library / "site-packages")
    files |= _tree(interpreter.include, PurePosixPath("include", f"python{minor}"))
    if interpreter.config_header.is_file():
        header = PurePosixPath("include", f"python{minor}", "pyconfig.h")
        files[header] = interpreter.config_header
    files |= _shared_libraries(interpreter)
    files |= _scripts(interpreter)
    manual = interpreter.prefix / "share" / "man" / "man1" / f"python{minor}.1"
    if manual.is_file():
        files[PurePosixPath("share", "man", "man1", manual.name)] = manual
    return files


def _standard_library(source: Path, library: PurePosixPath) -> dict[PurePosixPath, Path]:
    return {
        path: file
        for path, file in _tree(source, library).items()
        if not _is_left_out(path.relative_to(library), file)
    }


def _is_left_out(path: PurePosixPath, file: Path) -> bool:
    """Return whether a file of the standard library stays out; ``path`` is relative to it."""
    if path.parts[0] == "test":
        # The test suite is most of an interpreter's size, and the build removes it.
        return path.parts != ("test", "__init__.py")
    if path.name in _SKIPPED_FILES:
        return True
    in_config_dir = path.parts[0].startswith("config-")
    if in_config_dir and ".so" in path.suffixes:
        return True
    return path.suffix == ".a" and file.stat().st_size > _STATIC_LIBRARY_BYTES


def _package(name: str, directory: Path, destination: PurePosixPath) -> dict[PurePosixPath, Path]:
    files: dict[PurePosixPath, Path] = {}
    for entry in sorted(directory.iterdir()):
        if _PACKAGE_FILES[name].fullmatch(entry.name):
            files |= _tree(entry, destination / entry.name)
    return files


def _shared_libraries(interpreter: Interpreter) -> dict[PurePosixPath, Path]:
    minor, directory = interpreter.minor, interpreter.library_dir
    names = [f"libpython{minor}.so*", "libpython3.so", "pkgconfig/python*.pc"]
    if interpreter.prefix not in SHARED_PREFIXES:
        names += [f"{stem}[0-9]*" for stem in ("libtcl", "libtk", "tcl", "tk", "itcl", "thread")]
    files: dict[PurePosixPath, Path] = {}
    for path in sorted(match for name in names for match in directory.glob(name)):
        if path.parent.name != "pkgconfig" or re.fullmatch(
            rf"python-?(3|{re.escape(minor)})(-embed)?\.pc", path.name
        ):
            files |= _tree(path, PurePosixPath("lib", path.relative_to(directory)))
    return files


def _scripts(interpreter: Interpreter) -> dict[PurePosixPath, Path]:
    minor = re.escape(interpreter.minor)
    wanted = re.compile(rf"(pip|idle|pydoc)(3|{minor})?|2to3(-{minor})?|python(3|{minor})?-config")
    return {
        PurePosixPath("bin", path.name): path
        for path in sorted(interpreter.executable.parent.iterdir())
        if wanted.fullmatch(path.name) and path.is_file()
    }


def _tree(source: Path, destination: PurePosixPath) -> dict[PurePosixPath, Path]:
    if not source.is_dir():
        return {destination: source} if source.is_file() else {}
    return {destination / file.relative_to(source): file for file in _files(source)}


def _files(directory: Path) -> Iterator[Path]:
    for parent, directories, names in os.walk(directory):
        directories[:] = sorted(set(directories) - _SKIPPED_DIRECTORIES)
        for name in sorted(names):
            path = Path(parent, name)
            if path.suffix != ".pyc" and path.is_file():
                yield path
