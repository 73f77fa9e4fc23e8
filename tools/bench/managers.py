"""The package managers that are measured beside the builds of what they lock.

Each gets the same app, with the same distributions pinned, as its users declare it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.bench.apps import State
from tools.errors import ToolError

COLD = "its own install, cold"
NO_CHANGE = "its own install, no change"
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)")


@dataclass(frozen=True)
class Declaration:
    """What an app depends on.

    Attributes:
        pins: versions by name.
        series: the X.Y of its Python.
        index_url: where its distributions are; each manager finds it in the app's own files.
    """

    pins: Mapping[str, str]
    series: str
    index_url: str


@dataclass(frozen=True)
class Manager:
    """A package manager, and how an app is locked and installed with it.

    The first word of a command is the name of a manager's program, or ``python``: the one of the
    environment that is installed into.

    Attributes:
        name: of the manager.
        declare: returns the contents of the app's files by name.
        locks: commands that lock, run in the app's directory one after the other.
        install: the command that installs what is locked.
        compile: the command that makes bytecode, where ``install`` can't.
        not_built: files that ``install`` or ``locks`` need, but not the build.
        has_pip: whether the environment has pip, of the version that builds use.
    """

    name: str
    declare: Callable[[Declaration], Mapping[str, str]]
    locks: tuple[tuple[str, ...], ...]
    install: tuple[str, ...]
    compile: tuple[str, ...] = ()
    not_built: tuple[str, ...] = ()
    has_pip: bool = False


@dataclass(frozen=True)
class ManagedApp:
    """The app as one manager has locked it.

    Attributes:
        manager: which one.
        directory: where it was locked.
        distributions: how many it has.
    """

    manager: Manager
    directory: Path
    distributions: int

    @property
    def name(self) -> str:
        """The manager's name."""
        return self.manager.name

    def write(self, state: State, destination: Path) -> None:
        """Write what is built to a directory, which is replaced; there is one state only.

        Raises:
            ToolError: the source is to differ from the one that was locked.
        """
        if state.source_revision:
            raise ToolError("The app of a package manager is never changed.")
        shutil.rmtree(destination, ignore_errors=True)
        # PDM writes down which Python it has used.
        ignored = shutil.ignore_patterns(*self.manager.not_built, "__pycache__", ".pdm-python")
        shutil.copytree(self.directory, destination, ignore=ignored)


def parse_pins(lock: str) -> Mapping[str, str]:
    """Return versions by name of ``name==version`` lines.

    Raises:
        ToolError: there is another line that is no comment.
    """
    lines = [line for line in lock.splitlines() if line and not line.startswith("#")]
    matches = [_PIN.fullmatch(line) for line in lines]
    for line, match in zip(lines, matches, strict=True):
        if match is None:
            raise ToolError(f"Not pinned: {line}")
    return {match["name"]: match["version"] for match in matches if match is not None}


def _project(declaration: Declaration) -> str:
    """Return the ``[project]`` table; JSON's arrays of strings are TOML's as well."""
    pins = [f"{name}=={version}" for name, version in declaration.pins.items()]
    return "\n".join(
        (
            *("[project]", 'name = "app"', 'version = "1.0"'),
            f'requires-python = "=={declaration.series}.*"',
            *(f"dependencies = {json.dumps(pins)}", "", ""),
        )
    )


def _uv(declaration: Declaration) -> Mapping[str, str]:
    index = f'[[tool.uv.index]]\nname = "index"\nurl = "{declaration.index_url}"\ndefault = true\n'
    return {"pyproject.toml": _project(declaration) + index}


def _poetry(declaration: Declaration) -> Mapping[str, str]:
    mode = "[tool.poetry]\npackage-mode = false\n\n"
    # Without a source of the app's own, Poetry asks for PyPI's JSON.
    source = f'[[tool.poetry.source]]\nname = "index"\nurl = "{declaration.index_url}"\n'
    return {"pyproject.toml": _project(declaration) + mode + source}


def _pipenv(declaration: Declaration) -> Mapping[str, str]:
    lines = [
        *("[[source]]", 'name = "index"', f'url = "{declaration.index_url}"'),
        *("verify_ssl = false", "", "[packages]"),
        *(f'{name} = "=={version}"' for name, version in declaration.pins.items()),
        *("", "[requires]", f'python_version = "{declaration.series}"', ""),
    ]
    return {"Pipfile": "\n".join(lines)}


def _pdm(declaration: Declaration) -> Mapping[str, str]:
    mode = "[tool.pdm]\ndistribution = false\n\n"
    # Of this name, it takes the place of the one that PDM has by itself.
    source = f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{declaration.index_url}"\n'
    return {"pyproject.toml": _project(declaration) + mode + source}


_UV_LOCK = ("uv", "lock", "--python", "python", "--no-python-downloads")
_UV_EXPORT = ("uv", "export", "--locked", "--no-emit-project", "--no-header", "--quiet")
MANAGERS = (
    Manager(
        "uv",
        _uv,
        (_UV_LOCK,),
        (
            *("uv", "sync", "--locked", "--no-default-groups", "--no-python-downloads"),
            *("--compile-bytecode", "--link-mode", "copy"),
        ),
    ),
    Manager(
        "Poetry",
        _poetry,
        (("poetry", "lock", "--no-interaction"),),
        ("poetry", "sync", "--only", "main", "--compile", "--no-interaction"),
    ),
    Manager("Pipenv", _pipenv, (("pipenv", "lock"),), ("pipenv", "sync")),
    Manager(
        "PDM",
        _pdm,
        (("pdm", "lock"),),
        ("pdm", "sync", "--prod", "--no-self"),
        # PDM leaves bytecode to the first start; with as many processes as there are processors.
        ("python", "-m", "compileall", "-q", "-j", "0", "lib"),
    ),
    Manager(
        "pylock.toml",
        _uv,
        (
            _UV_LOCK,
            (*_UV_EXPORT, "--format", "pylock.toml", "--output-file", "pylock.toml"),
            (*_UV_EXPORT, "--format", "requirements.txt", "--output-file", "requirements.txt"),
        ),
        # With the same hashes, which is what pip's users have today.
        ("python", "-m", "pip", "install", "-r", "requirements.txt"),
        not_built=("pyproject.toml", "uv.lock", "requirements.txt"),
        has_pip=True,
    ),
)
