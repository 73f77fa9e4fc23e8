"""The Python interpreters of this machine, as they describe themselves."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.environment import pip_environment
from tools.errors import ToolError
from tools.runtimes.inventory_file import FREE_THREADED, version_key

_OLDEST = (3, 10)
_ROOT = Path(__file__).resolve().parents[2]
# The one that the build uses.
_LIBRARIES = _ROOT / "src" / "python_buildpack" / "programs" / "runtime_libraries.py"
_QUESTIONS = """\
import importlib.util, json, platform, runpy, sys, sysconfig
variable = sysconfig.get_config_var
spec = {name: importlib.util.find_spec(name) for name in ("pip", "setuptools")}
print(json.dumps({
    "executable": getattr(sys, "_base_executable", sys.executable),
    "implementation": sys.implementation.name,
    "version": platform.python_version(),
    "is_free_threaded": bool(variable("Py_GIL_DISABLED")),
    "libc": platform.libc_ver()[0] or "another libc than glibc",
    "system": sys.platform,
    "machine": platform.machine(),
    "is_virtual": sys.prefix != sys.base_prefix,
    "prefix": sys.base_prefix,
    "standard_library": sysconfig.get_path("stdlib"),
    "include": sysconfig.get_path("include"),
    "config_header": sysconfig.get_config_h_filename(),
    "multiarch": variable("MULTIARCH") or "",
    "library_dir": variable("LIBDIR") or "",
    "packages": {name: found.origin for name, found in spec.items() if found},
    "libraries": runpy.run_path(sys.argv[1])["OWN"],
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """A CPython of this machine, and where its parts lie.

    Attributes:
        executable: the real file, links resolved.
        version: ``X.Y.Z``, or ``X.Y.Z+freethreaded``.
        machine: as ``uname -m`` says it, such as ``x86_64``.
        library_dir: where libpython and its pkg-config files are, if there are any.
        config_header: its ``pyconfig.h``, which may lie outside ``include``.
        package_dirs: of pip, and of setuptools where it is installed: its name and the
            directory that it is imported from.
        libraries: the name and version of each that is linked into it.
    """

    executable: Path
    version: str
    machine: str
    prefix: Path
    standard_library: Path
    include: Path
    config_header: Path
    library_dir: Path
    package_dirs: tuple[tuple[str, Path], ...]
    libraries: tuple[tuple[str, str], ...] = ()

    @property
    def minor(self) -> str:
        """The version as ``X.Y``, or ``X.Yt``, as the names of its files have it."""
        flag = "t" if self.version.endswith(FREE_THREADED) else ""
        return self.version.rpartition(".")[0] + flag


def inspect_interpreter(executable: Path) -> Interpreter:
    """Ask an interpreter where its parts lie; for one of a virtual environment, the one it is of.

    Raises:
        ToolError: it can't be run, or is none that the buildpack could use.
    """
    answers = _ask(executable)
    base = Path(answers["executable"])
    return parse_answers(executable, _ask(base) if answers["is_virtual"] else answers)


def _ask(executable: Path) -> dict[str, Any]:
    command = [str(executable), "-I", "-c", _QUESTIONS, str(_LIBRARIES)]
    try:
        result = subprocess.run(
            command, env=pip_environment(), capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"{executable} can't be run: {error}") from error
    if result.returncode != 0:
        last_line = (result.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise ToolError(f"{executable} is no Python 3.10 or later: {last_line[:200]}")
    try:
        answers: dict[str, Any] = json.loads(result.stdout)
    except ValueError as error:
        raise ToolError(f"{executable} is no Python: it printed {result.stdout!r}") from error
    return answers


def parse_answers(executable: Path, found: Mapping[str, Any]) -> Interpreter:
    """Parse what an interpreter says of itself.

    Raises:
        ToolError: it is none that the buildpack could use.
    """
    version = found["version"]
    kind = f"{found['implementation']} {version} on {found['system']} ({found['libc']})"
    if not re.fullmatch(r"\d+\.\d+\.\d+", version) or version_key(version)[:2] < _OLDEST:
        raise ToolError(f"{executable} is {kind}; a final release of 3.10 or later is needed.")
    properties = ("implementation", "system", "libc")
    if tuple(found[name] for name in properties) != ("cpython", "linux", "glibc"):
        raise ToolError(f"{executable} is {kind}; CPython on Linux with glibc is needed.")
    include = Path(found["include"])
    multiarch_header = include.parent / found["multiarch"] / include.name / "pyconfig.h"
    return Interpreter(
        executable=Path(found["executable"]).resolve(),
        version=version + (FREE_THREADED if found["is_free_threaded"] else ""),
        machine=found["machine"],
        prefix=Path(found["prefix"]).resolve(),
        standard_library=Path(found["standard_library"]).resolve(),
        include=include,
        # Debian's own pyconfig.h includes the one of the architecture by its path in /usr/include.
        config_header=(
            multiarch_header if multiarch_header.is_file() else Path(found["config_header"])
        ),
        library_dir=Path(found["library_dir"]),
        package_dirs=tuple(
            (name, Path(origin).parent.parent) for name, origin in sorted(found["packages"].items())
        ),
        libraries=tuple(sorted(found["libraries"].items())),
    )


def find_interpreters(requested: Sequence[str], *, every_pyenv: bool) -> tuple[Interpreter, ...]:
    """Return the interpreters that are requested, the newest first.

    Args:
        requested: paths of executables or of installations, commands on PATH, or versions such as
            ``3.13`` or ``3.13.0`` of pyenv's.
        every_pyenv: all of pyenv's from 3.10 on, too. Where neither is requested, the
            interpreter that runs this is returned.

    Raises:
        ToolError: one is not found, can't be used, or has the same version as another.
    """
    paths = [_find(name) for name in requested]
    if every_pyenv:
        paths += [path for version, path in _pyenv_versions() if version[:2] >= _OLDEST]
    found = {
        interpreter.executable: interpreter
        for interpreter in map(inspect_interpreter, paths or [Path(sys.executable)])
    }
    by_version: dict[str, Interpreter] = {}
    for interpreter in found.values():
        other = by_version.setdefault(interpreter.version, interpreter)
        if other is not interpreter:
            raise ToolError(
                f"Two interpreters are Python {other.version}: {other.executable} and"
                f" {interpreter.executable}. Name one of them only."
            )
    newest_first = sorted(by_version, key=version_key, reverse=True)
    return tuple(by_version[version] for version in newest_first)


def _find(name: str) -> Path:
    if re.fullmatch(r"\d+\.\d+(\.\d+)?", name):
        wanted = version_key(name)
        for version, executable in reversed(_pyenv_versions()):
            if version[: len(wanted)] == wanted:
                return executable
        raise ToolError(
            f"pyenv has no Python {name} in {_pyenv_dir()}. Give the path of an interpreter, or"
            f" install it with: pyenv install {name}"
        )
    for path in (Path(name) / "bin" / "python3", Path(name)):
        if path.is_file():
            return path.absolute()
    on_path = shutil.which(name)
    if on_path is None:
        raise ToolError(f"{name} is no Python interpreter, nor the directory of one.")
    return Path(on_path)


def _pyenv_versions() -> list[tuple[tuple[int, ...], Path]]:
    """Return the final releases that pyenv has installed, oldest first."""
    return sorted(
        (version_key(path.name), path / "bin" / "python3")
        for path in _pyenv_dir().glob("*")
        if re.fullmatch(r"\d+\.\d+\.\d+", path.name) and (path / "bin" / "python3").exists()
    )


def _pyenv_dir() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
