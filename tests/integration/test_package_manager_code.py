"""Code that isn't from the package index, by each package manager, through the real lifecycle."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from python_buildpack.python_version.inventory import read_inventory
from tests.integration.apps import EXTENSION_SOURCE, write_app
from tests.integration.layer_comparison import assert_same_layers, kept_image
from tests.integration.managed_apps import (
    Build,
    Declaration,
    Locker,
    add_code,
    add_editable_code,
    assert_reused,
    builder,
    installed,
)
from tests.sampling import sampled
from tools.lifecycle_build import Workspace

# Installed by a tool of their own.
LOCKING = ("uv", "poetry")
BUILD_SYSTEM = (
    '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
)
LOCAL_PROJECT = {
    "libs/local/pyproject.toml": f'{BUILD_SYSTEM}[project]\nname = "local"\nversion = "1.0"\n',
    "libs/local/local.py": "VALUE = 1\n",
}
PRIVATE_PROJECT = f"""\
{BUILD_SYSTEM}
[project]
name = "private"
version = "1.0"
[tool.setuptools]
py-modules = ["private"]
packages = ["vendored"]
"""
# What was built here has a platform that no index takes.
BUILT_HERE = """\
import importlib.metadata, markupsafe._speedups
wheel = importlib.metadata.distribution("markupsafe").read_text("WHEEL")
print("-linux_" in wheel)
"""
SHOW = f"""\
import local, pathlib, private
print(private.VALUE)
print(local.VALUE)
print(pathlib.Path(local.__file__).parent)
{BUILT_HERE}"""
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def build(workspace: Workspace, env_with_headers: dict[str, str]) -> Build:
    # Extensions are compiled for it.
    inventory = read_inventory(Path(env_with_headers["BP_PYTHON_INVENTORY"]))
    newest = max(each.version for each in inventory.artifacts)
    return builder(workspace, env_with_headers, str(newest))


def library(manager: str, *, editable: bool) -> Declaration:
    """Return an app that depends on a project in a directory of its own."""
    if manager == "uv":
        more = f'[tool.uv.sources]\nlocal = {{ path = "libs/local", editable = {_toml(editable)} }}'
        return Declaration(dependencies=["local", "idna"], more=more, files=LOCAL_PROJECT)
    more = (
        "[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\n"
        f'local = {{ path = "libs/local", develop = {_toml(editable)} }}'
    )
    return Declaration(dependencies=["local", "idna"], more=more, files=LOCAL_PROJECT)


def _toml(value: bool) -> str:
    return str(value).lower()


@pytest.mark.parametrize(
    ("manager", "editable"),
    [
        pytest.param("uv", False, id="uv, copied"),
        pytest.param("uv", True, id="uv, editable"),
        pytest.param("poetry", False, id="poetry, copied", marks=pytest.mark.thorough),
    ],
)
def test_a_local_project_is_never_stale(
    workspace: Workspace, locker: Locker, build: Build, app: Path, manager: str, editable: bool
) -> None:
    locker.write(manager, app, library(manager, editable=editable))
    command = ["--", "python", "-c", "import local; print(local.VALUE)"]
    first = build(app).require_image()
    assert workspace.run(first, command).stdout == "1\n"
    assert_reused(build(app))
    (app / "libs/local/local.py").write_text("VALUE = 2\n")
    changed = build(app)
    assert "the contents of the app changed" in changed.buildpack_log
    assert workspace.run(changed.require_image(), command).stdout == "2\n"


@pytest.fixture
def repository(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A project with a submodule, both in repositories that the build may read."""
    # Git itself doesn't clone submodules from file:// otherwise.
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    library, project = (workspace.root / name for name in ("library", "repository"))
    commit(library, {"__init__.py": "VALUE = 1\n"})
    files = {"pyproject.toml": PRIVATE_PROJECT, "private.py": "from vendored import VALUE\n"}
    revision = commit(project, files, submodules={"vendored": library.as_uri()})
    return Repository(project.as_uri(), revision, (library, project))


@dataclass(frozen=True)
class Repository:
    """A Git repository at a commit; its directories, and those of its submodules."""

    url: str
    revision: str
    directories: tuple[Path, ...]

    def hand_over(self, workspace: Workspace) -> None:
        """Make the build's user the owner: Git refuses the repositories of others."""
        for directory in self.directories:
            for path in [directory, *directory.rglob("*")]:
                os.chown(path, workspace.uid, workspace.gid, follow_symlinks=False)


def commit(
    directory: Path, files: Mapping[str, str], submodules: Mapping[str, str] | None = None
) -> str:
    """Write files into a new repository, and return the commit's hash."""
    write_app(directory, files)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-C", str(directory)]
    adding = [
        ["submodule", "--quiet", "add", url, path] for path, url in (submodules or {}).items()
    ]
    for arguments in (["init", "--quiet"], *adding, ["add", "."], ["commit", "-qm", "First"]):
        subprocess.run([*git, *arguments], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return head.stdout.strip()


@needs_git
@pytest.mark.parametrize("manager", LOCKING)
def test_code_from_a_repository(
    workspace: Workspace,
    locker: Locker,
    build: Build,
    app: Path,
    repository: Repository,
    manager: str,
) -> None:
    source = f'private = {{ git = "{repository.url}" }}'
    if manager == "uv":
        more = f"[tool.uv.sources]\n{source}"
        declaration = Declaration(dependencies=["private"], more=more)
    else:
        more = "[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\n"
        declaration = Declaration(more=f"{more}{source}")
    locker.write(manager, app, declaration)
    repository.hand_over(workspace)
    image = build(app, {"GIT_ALLOW_PROTOCOL": "file"}).require_image()
    command = ["--", "python", "-c", "import private; print(private.VALUE)"]
    assert workspace.run(image, command).stdout == "1\n"
    for directory in repository.directories:
        shutil.rmtree(directory)
    assert_reused(build(app, {"GIT_ALLOW_PROTOCOL": "file"}))


@needs_git
@pytest.mark.parametrize(
    ("manager", "chosen", "more"),
    [
        ("pip", {}, []),
        ("pylock", {"BP_GROUPS": "docs", "BP_EXTRAS": "fast"}, ["click", "h11"]),
        ("pdm", {"BP_GROUPS": "docs", "BP_EXTRAS": "fast"}, ["click", "h11"]),
        ("pipenv", {"BP_GROUPS": "dev,docs"}, ["h11", "iniconfig"]),
    ],
)
def test_all_kinds_of_code_by_pip(
    workspace: Workspace,
    locker: Locker,
    build: Build,
    app: Path,
    repository: Repository,
    manager: str,
    chosen: dict[str, str],
    more: list[str],
) -> None:
    """Groups, a repository with a submodule, a directory that is edited, and C to compile."""
    declaration = Declaration(
        dependencies=["idna>=3", "markupsafe>=3"],
        groups={"docs": ["h11"], "dev": ["iniconfig"]},
        extras={"fast": ["click"]},
        files=LOCAL_PROJECT,
    )
    locker.write(manager, app, declaration)
    add_code(manager, app, repository.url, repository.revision)
    repository.hand_over(workspace)
    settings = {**chosen, "PIP_NO_BINARY": "markupsafe", "GIT_ALLOW_PROTOCOL": "file"}
    image = build(app, settings).require_image()
    expected = sorted([*more, "idna", "local", "markupsafe", "private"])
    assert installed(workspace, image) == expected
    result = workspace.run(image, ["--", "python", "-c", SHOW])
    assert result.stdout.splitlines() == ["1", "1", f"{workspace.app_dir}/libs/local", "True"]


@needs_git
@pytest.mark.parametrize("manager", sampled(["pip", "pipenv", "pdm"], "pip", "pdm"))
def test_editable_code_from_a_repository(
    workspace: Workspace,
    locker: Locker,
    build: Build,
    app: Path,
    repository: Repository,
    tmp_path: Path,
    manager: str,
) -> None:
    """The code is in the environment: pip's clone, or an installation, as locks don't tell more."""
    locker.write(manager, app, Declaration(dependencies=["idna"]))
    add_editable_code(manager, app, repository.url, repository.revision)
    repository.hand_over(workspace)
    image = build(app, {"GIT_ALLOW_PROTOCOL": "file"}).require_image()
    program = "import pathlib, private; print(private.VALUE, pathlib.Path(private.__file__).parent)"
    result = workspace.run(image, ["--", "python", "-c", program])
    value, _, directory = result.stdout.strip().partition(" ")
    venv = workspace.buildpack_layers_dir(workspace.buildpacks[0]) / "venv"
    assert value == "1"
    is_clone = directory == str(venv / "src" / "private")
    assert is_clone is (manager == "pip"), directory
    assert directory.startswith(f"{venv}/")
    assert not [path for path in image.layer_files("venv") if ".git" in Path(path).parts]
    first = kept_image(image, tmp_path / "first")
    again = build(app, {"GIT_ALLOW_PROTOCOL": "file"}).require_image()
    assert_same_layers(first, again, ["venv"])


@pytest.mark.parametrize("manager", sampled(LOCKING, "uv"))
def test_a_project_that_compiles_c(
    workspace: Workspace, locker: Locker, build: Build, app: Path, tmp_path: Path, manager: str
) -> None:
    declaration = library(manager, editable=False)
    files = {
        "libs/local/pyproject.toml": declaration.files["libs/local/pyproject.toml"]
        + '[[tool.setuptools.ext-modules]]\nname = "local"\nsources = ["local.c"]\n',
        "libs/local/local.c": EXTENSION_SOURCE.format(name="local"),
    }
    made = Declaration(declaration.dependencies, more=declaration.more, files=files)
    locker.write(manager, app, made)
    first = kept_image(build(app).require_image(), tmp_path / "first")
    assert workspace.run(first, ["--", "python", "-c", "import local"]).returncode == 0
    again = build(app, {"BP_CLEAN_BUILD": "true"}).require_image()
    assert_same_layers(first, again, ["venv"])


@pytest.mark.parametrize(
    ("manager", "setting"),
    [
        pytest.param("uv", "UV_NO_BINARY_PACKAGE", marks=pytest.mark.thorough),
        ("poetry", "POETRY_INSTALLER_NO_BINARY"),
    ],
)
def test_a_source_distribution_that_compiles_c(
    workspace: Workspace, locker: Locker, build: Build, app: Path, manager: str, setting: str
) -> None:
    locker.write(manager, app, Declaration(dependencies=["markupsafe>=3"]))
    image = build(app, {setting: "markupsafe"}).require_image()
    result = workspace.run(image, ["--", "python", "-c", BUILT_HERE])
    assert result.stdout == "True\n"
    assert_reused(build(app, {setting: "markupsafe"}))
