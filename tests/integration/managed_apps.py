"""Apps that declare the same dependencies for one package manager or another."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import tomli
from packaging.requirements import Requirement
from pip._internal.models.index import PyPI

from tests.integration.conftest import ROOT
from tools.lifecycle_build import BuildResult, Workspace
from tools.oci_image import Image
from tools.python_tools import PythonTool, ensure_python_tool

_MAIN = "print('started')\n"
_LIST = """\
import importlib.metadata, json, pathlib, sys
names = sorted(each.name.lower() for each in importlib.metadata.distributions())
print(json.dumps(names))
"""
_PYLOCK_CODE = """
[[packages]]
name = "private"
vcs = {{ type = "git", url = "{url}", commit-id = "{revision}" }}

[[packages]]
name = "local"
directory = {{ path = "libs/local", editable = true }}
"""
_PDM_CODE = """
[[package]]
name = "private"
version = "1.0"
git = "{url}"
revision = "{revision}"
groups = ["default"]

[[package]]
name = "local"
version = "1.0"
path = "./libs/local"
editable = true
groups = ["default"]
"""
_PDM_EDITABLE = """
[[package]]
name = "private"
version = "1.0"
git = "{url}"
revision = "{revision}"
editable = true
groups = ["default"]
"""

Build = Callable[..., BuildResult]


@dataclass(frozen=True)
class Declaration:
    """What an app depends on: requirements, each with a name and no more than specifiers.

    Attributes:
        groups: by name, what isn't part of an app in production.
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


@dataclass(frozen=True)
class _Package:
    """A package of the index, by its lock: hashes are of its wheels and source distribution."""

    name: str
    version: str
    hashes: Sequence[str]


@dataclass(frozen=True)
class _Locked:
    """All that is locked: what production needs, and by name what groups and extras add."""

    default: Sequence[_Package]
    groups: Mapping[str, Sequence[_Package]]
    extras: Mapping[str, Sequence[_Package]]


def _locked(app: Path, declaration: Declaration) -> _Locked:
    """Return what is in uv.lock; of groups and extras, what they name themselves."""
    document = tomli.loads((app / "uv.lock").read_text("utf-8"))
    packages = {
        item["name"]: _Package(item["name"], item["version"], [each["hash"] for each in files])
        for item in document["package"]
        if (files := [*item.get("wheels", ()), *([item["sdist"]] if "sdist" in item else ())])
    }
    lines = (app / "requirements.txt").read_text("utf-8").splitlines()
    names = (line.partition("==")[0] for line in lines if "==" in line)
    return _Locked(
        [packages[name] for name in names],
        *(
            {
                name: [packages[Requirement(each).name] for each in items]
                for name, items in of.items()
            }
            for of in (declaration.groups, declaration.extras)
        ),
    )


def _pipfile_lock(locked: _Locked) -> tuple[str, str]:
    """Return the name and contents of a lock as Pipenv writes it."""
    groups = {**locked.groups, "default": locked.default}
    categories = {
        "develop" if group == "dev" else group: {
            each.name: {"hashes": each.hashes, "version": f"=={each.version}"} for each in packages
        }
        for group, packages in groups.items()
    }
    meta = {"hash": {"sha256": "0" * 64}, "pipfile-spec": 6, "requires": {}, "sources": []}
    return "Pipfile.lock", json.dumps({"_meta": meta, "develop": {}, **categories})


def _pdm_lock(locked: _Locked) -> tuple[str, str]:
    """Return the name and contents of a lock as PDM writes it."""
    groups = {"default": locked.default, **locked.groups, **locked.extras}
    lines = [
        *("[metadata]", f"groups = {json.dumps([*groups])}", 'strategy = ["inherit_metadata"]'),
        *('lock_version = "4.5.0"', f'content_hash = "sha256:{"0" * 64}"'),
    ]
    for group, packages in groups.items():
        for each in packages:
            hashes = (f'{{file = "{each.name}", hash = "{value}"}}' for value in each.hashes)
            lines += ["", "[[package]]", f'name = "{each.name}"', f'version = "{each.version}"']
            lines += [f'groups = ["{group}"]', f"files = [{', '.join(hashes)}]"]
    return "pdm.lock", "\n".join([*lines, ""])


def _with_groups(pylock: str, declaration: Declaration) -> str:
    """Return what uv exports of groups and extras as the format has it: uv itself has no names."""
    names = (
        f"dependency-groups = {json.dumps([*declaration.groups])}",
        f"extras = {json.dumps([*declaration.extras])}",
    )
    head, separator, packages = pylock.partition("[[packages]]\n")
    always = {Requirement(each).name for each in declaration.dependencies}
    for kind, of in (("dependency_groups", declaration.groups), ("extras", declaration.extras)):
        for name, items in of.items():
            for item in {Requirement(each).name for each in items} - always:
                line = f'name = "{item}"\n'
                packages = packages.replace(line, f"{line}marker = \"'{name}' in {kind}\"\n")
    # Without packages, there is nothing but an empty array.
    return "\n".join((head, *names, "", separator + packages)) if separator else pylock


def add_code(manager: str, app: Path, url: str, revision: str) -> None:
    """Add to what is locked a project of a Git repository, and one of a directory of the app.

    Args:
        manager: one whose locks pip installs from.
        app: has the second, which is to be installed editable, in ``libs/local``.
        url: of the repository of the first, whose name is ``private``.
        revision: a commit of it.
    """
    if manager == "pipenv":
        lock = json.loads((app / "Pipfile.lock").read_text("utf-8"))
        lock["default"]["private"] = {"git": url, "ref": revision}
        lock["default"]["local"] = {"path": "./libs/local", "editable": True}
        (app / "Pipfile.lock").write_text(json.dumps(lock), encoding="utf-8")
        return
    name, text = {
        "pip": ("requirements.txt", f"private @ git+{url}@{revision}\n-e ./libs/local\n"),
        "pylock": ("pylock.toml", _PYLOCK_CODE.format(url=url, revision=revision)),
        "pdm": ("pdm.lock", _PDM_CODE.format(url=url, revision=revision)),
    }[manager]
    with (app / name).open("a", encoding="utf-8") as file:
        file.write(text)


def add_editable_code(manager: str, app: Path, url: str, revision: str) -> None:
    """Add to what is locked the project ``private`` of a Git repository, to be edited.

    Args:
        manager: one whose locks pip installs from.
        app: has its files.
        url: of the repository.
        revision: a commit of it.
    """
    if manager == "pipenv":
        lock = json.loads((app / "Pipfile.lock").read_text("utf-8"))
        lock["default"]["private"] = {"git": url, "ref": revision, "editable": True}
        (app / "Pipfile.lock").write_text(json.dumps(lock), encoding="utf-8")
        return
    name, text = {
        "pip": ("requirements.txt", f"-e git+{url}@{revision}#egg=private\n"),
        "pdm": ("pdm.lock", _PDM_EDITABLE.format(url=url, revision=revision)),
    }[manager]
    with (app / name).open("a", encoding="utf-8") as file:
        file.write(text)


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
        if manager == "pdm":
            text += "\n[tool.pdm]\ndistribution = false\n"
        pyproject.write_text(text, encoding="utf-8")
        if manager == "poetry":
            self._run(self.poetry, app, "lock", "--no-interaction")
            return
        self._run(self.uv, app, "lock", "--python", str(self.python))
        if manager == "uv":
            return
        if manager == "pylock":
            self._export(app, "pylock.toml", "--all-groups", "--all-extras")
            lock = app / "pylock.toml"
            lock.write_text(_with_groups(lock.read_text("utf-8"), declaration), encoding="utf-8")
        else:
            self._export(app, "requirements.txt", "--no-hashes")
        if manager in _CONVERTED:
            name, text = _CONVERTED[manager](_locked(app, declaration))
            (app / name).write_text(text, encoding="utf-8")
            (app / "requirements.txt").unlink()
        (app / "uv.lock").unlink()
        if manager != "pdm":
            pyproject.unlink()

    def _export(self, app: Path, file: str, *options: str) -> None:
        form = "pylock.toml" if file == "pylock.toml" else "requirements.txt"
        arguments = ("--no-default-groups", "--no-emit-project", "--no-header", *options)
        self._run(self.uv, app, "export", "--format", form, *arguments, "--output-file", file)

    def _run(self, tool: PythonTool, app: Path, *arguments: str) -> None:
        run_locking_tool(tool, app, arguments)


def run_locking_tool(
    tool: PythonTool, app: Path, arguments: Sequence[str], env: Mapping[str, str] | None = None
) -> None:
    """Run uv or Poetry in an app's directory, with further variables."""
    options = ("--system-certs",) if tool.name == "uv" else ()
    result = subprocess.run(
        [str(tool.program), *arguments, *options],
        cwd=app,
        env={**tool.environment, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


def checkout_locker() -> Locker:
    """Return a locker of the tools that the checkout pins."""
    uv, poetry = (
        ensure_python_tool(ROOT, name, ROOT / "requirements" / f"{name}.txt")
        for name in ("uv", "poetry")
    )
    return Locker(uv, poetry, Path(sys.executable))


def builder(workspace: Workspace, env: Mapping[str, str], version: str) -> Build:
    """Return what builds an app on Python ``version``, X.Y.Z."""

    def build(
        app: Path, more: Mapping[str, str] | None = None, *, image: str = "app"
    ) -> BuildResult:
        variables = {"BP_PYTHON_VERSION": version, **env, **(more or {})}
        return workspace.build(app, variables, image=image)

    return build


def installed(workspace: Workspace, image: Image) -> list[str]:
    """Return the names of what the app can import, as its own process sees it."""
    result = workspace.run(image, ["--", "python", "-c", _LIST])
    assert result.returncode == 0, result.stdout
    names: list[str] = json.loads(result.stdout.splitlines()[-1])
    return names


def assert_reused(result: BuildResult) -> None:
    """Fail where the build has started Python or the package manager's tool."""
    assert "Unchanged, and all pinned: reusing the previous environment (" in result.buildpack_log
    assert "Installing" not in result.buildpack_log
