"""Apps that declare the same dependencies for one package manager or another."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import tomli
from pip._internal.models.index import PyPI

from tools.python_tools import PythonTool

_MAIN = "print('started')\n"


@dataclass(frozen=True)
class Declaration:
    """What an app depends on: requirements, each with a name and no more than specifiers.

    Attributes:
        groups: by name, what is no part of an app in production.
        extras: by name.
        requires_python: specifiers.
        more: lines at the end of pyproject.toml.
        files: further files of the app, by path.
    """

    dependencies: Sequence[str] = ()
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    extras: Mapping[str, Sequence[str]] = field(default_factory=dict)
    requires_python: str = ">=3.10"
    more: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    def with_dependencies(self, *dependencies: str) -> Declaration:
        """Return another one that differs in its dependencies."""
        return replace(self, dependencies=dependencies)

    def pyproject(self) -> str:
        """Return pyproject.toml; JSON's arrays of strings are TOML's as well."""
        lines = [
            *("[project]", 'name = "shop"', 'version = "1.0"'),
            f"requires-python = {json.dumps(self.requires_python)}",
            f"dependencies = {json.dumps(list(self.dependencies))}",
            *("", "[project.optional-dependencies]"),
            *(f"{name} = {json.dumps(list(items))}" for name, items in self.extras.items()),
            *("", "[dependency-groups]"),
            *(f"{name} = {json.dumps(list(items))}" for name, items in self.groups.items()),
            *("", self.more, ""),
        ]
        return "\n".join(lines)


def _locked_packages(app: Path) -> list[tuple[str, str, list[str]]]:
    """Return name, version and hashes of what is in both requirements.txt and uv.lock."""
    lines = (app / "requirements.txt").read_text("utf-8").splitlines()
    names = {line.partition("==")[0] for line in lines}
    document = tomli.loads((app / "uv.lock").read_text("utf-8"))
    return [
        (package["name"], package["version"], [each["hash"] for each in package["wheels"]])
        for package in document["package"]
        if package["name"] in names
    ]


def _pipfile_lock(packages: Sequence[tuple[str, str, list[str]]]) -> tuple[str, str]:
    """Return the name and contents of a lock as Pipenv writes it."""
    default = {
        name: {"hashes": hashes, "version": f"=={version}"} for name, version, hashes in packages
    }
    meta = {"hash": {"sha256": "0" * 64}, "pipfile-spec": 6, "requires": {}, "sources": []}
    return "Pipfile.lock", json.dumps({"_meta": meta, "default": default, "develop": {}})


def _pdm_lock(packages: Sequence[tuple[str, str, list[str]]]) -> tuple[str, str]:
    """Return the name and contents of a lock as PDM writes it."""
    lines = [
        *("[metadata]", 'groups = ["default"]', 'strategy = ["inherit_metadata"]'),
        *('lock_version = "4.5.0"', f'content_hash = "sha256:{"0" * 64}"'),
    ]
    for name, version, hashes in packages:
        files = ", ".join(f'{{file = "{name}.whl", hash = "{each}"}}' for each in hashes)
        lines += ["", "[[package]]", f'name = "{name}"', f'version = "{version}"']
        lines += ['groups = ["default"]', f"files = [{files}]"]
    return "pdm.lock", "\n".join([*lines, ""])


# Their locks are written here: the tools themselves take long to install, and are not started by
# the buildpack either.
_CONVERTED = {"pipenv": _pipfile_lock, "pdm": _pdm_lock}


def _poetry_tables(text: str) -> str:
    """Return what Poetry needs: without a source, it asks for more than a mirror may have."""
    mode = "" if "[tool.poetry]" in text else "\n[tool.poetry]\npackage-mode = false\n"
    return f'{mode}\n[[tool.poetry.source]]\nname = "index"\nurl = "{PyPI.simple_url}"\n'


@dataclass(frozen=True)
class Locker:
    """Makes apps with the real tools, as a developer does."""

    uv: PythonTool
    poetry: PythonTool
    python: Path

    def write(self, manager: str, app: Path, declaration: Declaration) -> Path:
        """Write the app for ``manager``, and lock it; the directory must not exist."""
        app.mkdir(parents=True)
        for name, content in {"main.py": _MAIN, **declaration.files}.items():
            path = app / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        self.declare(manager, app, declaration)
        return app

    def declare(self, manager: str, app: Path, declaration: Declaration) -> None:
        """Write what the app depends on, and lock it."""
        pyproject = app / "pyproject.toml"
        text = declaration.pyproject()
        if manager == "poetry":
            text += _poetry_tables(text)
        pyproject.write_text(text, encoding="utf-8")
        if manager == "poetry":
            self._run(self.poetry, app, "lock", "--no-interaction")
            return
        self._run(self.uv, app, "lock", "--python", str(self.python))
        if manager == "uv":
            return
        if manager == "pylock":
            self._export(app, "pylock.toml")
        else:
            self._export(app, "requirements.txt", "--no-hashes")
        if manager in _CONVERTED:
            name, text = _CONVERTED[manager](_locked_packages(app))
            (app / name).write_text(text, encoding="utf-8")
            (app / "requirements.txt").unlink()
        for name in ("uv.lock", "pyproject.toml"):
            (app / name).unlink()

    def _export(self, app: Path, file: str, *options: str) -> None:
        form = "pylock.toml" if file == "pylock.toml" else "requirements.txt"
        arguments = ("--no-default-groups", "--no-emit-project", "--no-header", *options)
        self._run(self.uv, app, "export", "--format", form, *arguments, "--output-file", file)

    def _run(self, tool: PythonTool, app: Path, *arguments: str) -> None:
        options = ("--system-certs",) if tool is self.uv else ()
        result = subprocess.run(
            [str(tool.program), *arguments, *options],
            cwd=app,
            env=dict(tool.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout
