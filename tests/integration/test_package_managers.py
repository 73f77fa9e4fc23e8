"""Each package manager, with real tools and real packages, through the real lifecycle."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.apps import EXTENSION_SOURCE
from tests.integration.conftest import ROOT
from tests.integration.layer_comparison import assert_same_layers, kept_image
from tests.integration.managed_apps import Declaration, Locker
from tests.integration.workspaces import cached_diff_ids
from tools.lifecycle_build import BuildResult, Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import PreparedBuildpack
from tools.python_tools import ensure_python_tool

ALL = ("pip", "uv", "poetry", "pylock", "pipenv", "pdm")
# Installed by a tool of their own.
LOCKING = ("uv", "poetry")
# Small and without dependencies; one of them has an extension module.
BASIC = Declaration(
    dependencies=["idna>=3", "markupsafe>=3"],
    groups={"docs": ["h11"], "dev": ["iniconfig"]},
    extras={"fast": ["click"]},
)
_LIST = """\
import importlib.metadata, json, pathlib, sys
names = sorted(each.name.lower() for each in importlib.metadata.distributions())
print(json.dumps(names))
"""

Build = Callable[..., BuildResult]


@pytest.fixture(scope="module")
def locker() -> Locker:
    uv, poetry = (
        ensure_python_tool(ROOT, name, ROOT / "requirements" / f"{name}.txt")
        for name in ("uv", "poetry")
    )
    return Locker(uv, poetry, Path(sys.executable))


@pytest.fixture
def build(
    workspace: Workspace, buildpack_env: dict[str, str], prepared: PreparedBuildpack
) -> Build:
    """Build an app on this machine's newest Python."""

    def run(app: Path, env: dict[str, str] | None = None, *, image: str = "app") -> BuildResult:
        variables = {**buildpack_env, "BP_PYTHON_VERSION": prepared.versions[0], **(env or {})}
        return workspace.build(app, variables, image=image)

    return run


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return tmp_path / "app"


def installed(workspace: Workspace, image: Image) -> list[str]:
    """Return the names of what the app can import, as its own process sees it."""
    result = workspace.run(image, ["--", "python", "-c", _LIST])
    assert result.returncode == 0, result.stdout
    names: list[str] = json.loads(result.stdout.splitlines()[-1])
    return names


def assert_reused(result: BuildResult) -> None:
    """Fail where the build has started Python or the package manager's tool."""
    assert "Reusing the environment of the last build: all of its" in result.buildpack_log
    assert "Installing" not in result.buildpack_log


@pytest.mark.parametrize("manager", ALL)
def test_build_and_rebuild(
    workspace: Workspace, locker: Locker, build: Build, app: Path, tmp_path: Path, manager: str
) -> None:
    locker.write(manager, app, BASIC)
    first = build(app).require_image()
    kept = kept_image(first, tmp_path / "first")
    assert installed(workspace, first) == ["idna", "markupsafe"]

    again = build(app)
    assert_reused(again)
    assert again.require_image().layer_diff_ids() == kept.layer_diff_ids()

    locker.declare(manager, app, BASIC.with_dependencies("idna>=3", "markupsafe>=3", "h11"))
    added = build(app).require_image()
    assert installed(workspace, added) == ["h11", "idna", "markupsafe"]

    locker.declare(manager, app, BASIC.with_dependencies("h11"))
    removed = kept_image(build(app).require_image(), tmp_path / "removed")
    assert installed(workspace, removed) == ["h11"]
    fresh = build(app, image="fresh").require_image()
    assert_same_layers(fresh, removed, ["python", "venv"])


def test_the_same_app_by_every_manager(
    workspace: Workspace, locker: Locker, build: Build, tmp_path: Path
) -> None:
    kept: dict[str, Image] = {}
    for manager in ALL:
        locker.write(manager, tmp_path / manager, BASIC)
        fresh = build(tmp_path / manager, image=f"fresh-{manager}").require_image()
        kept[manager] = kept_image(fresh, tmp_path / f"fresh-{manager}")
    assert len({image.layer_diff_ids()["python"] for image in kept.values()}) == 1
    assert [installed(workspace, image) for image in kept.values()] == [
        ["idna", "markupsafe"]
    ] * len(ALL)
    # One image, built by one manager after the other.
    for manager in (*ALL, "pip"):
        switched = build(tmp_path / manager, image="switched").require_image()
        assert_same_layers(kept[manager], switched, ["python", "venv"])
        tool = manager if manager in LOCKING else "pip"
        tools = {"pip", "uv", "poetry"}.intersection(cached_diff_ids(workspace, "switched"))
        assert tools == {tool}


@pytest.mark.parametrize("manager", LOCKING)
def test_groups_and_extras(
    workspace: Workspace, locker: Locker, build: Build, app: Path, manager: str
) -> None:
    locker.write(manager, app, BASIC)
    result = build(app, {"BP_GROUPS": "docs", "BP_EXTRAS": "Fast"})
    assert installed(workspace, result.require_image()) == ["click", "h11", "idna", "markupsafe"]
    without = build(app)
    assert installed(workspace, without.require_image()) == ["idna", "markupsafe"]


@pytest.mark.parametrize("manager", LOCKING)
@pytest.mark.parametrize(
    ("setting", "known"), [("BP_GROUPS", ["dev", "docs"]), ("BP_EXTRAS", ["fast"])]
)
def test_unknown_names(
    locker: Locker, build: Build, app: Path, manager: str, setting: str, known: list[str]
) -> None:
    locker.write(manager, app, BASIC)
    result = build(app, {setting: "nonsense"})
    assert result.exit_code != 0
    assert f"{setting} names" in result.buildpack_log
    assert all(name in result.buildpack_log for name in ("nonsense", *known))


@pytest.mark.parametrize("manager", LOCKING)
def test_a_lock_that_is_out_of_date(locker: Locker, build: Build, app: Path, manager: str) -> None:
    locker.write(manager, app, BASIC)
    pyproject = app / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('"idna>=3"', '"idna>=3", "h11"'))
    result = build(app)
    assert result.exit_code != 0
    assert f"{manager}.lock is out of date" in result.buildpack_log
    assert f"{manager} lock" in result.buildpack_log


@pytest.mark.parametrize(
    ("manager", "file"),
    [("uv", "uv.lock"), ("poetry", "pyproject.toml"), ("pylock", "pylock.toml")],
)
def test_another_python(
    locker: Locker,
    build: Build,
    app: Path,
    prepared: PreparedBuildpack,
    manager: str,
    file: str,
) -> None:
    locker.write(manager, app, BASIC)
    text = (app / file).read_text()
    assert '">=3.10"' in text
    (app / file).write_text(text.replace('">=3.10"', f'"<{prepared.versions[0]}"'))
    result = build(app)
    assert result.exit_code != 0
    assert "BP_PYTHON_VERSION" in result.buildpack_log
    assert file in result.buildpack_log
    assert f"<{prepared.versions[0]}" in result.buildpack_log
    assert "Downloading" not in result.buildpack_log


@pytest.mark.parametrize("manager", ["pip", "uv", "poetry", "pylock"])
def test_no_dependencies(
    workspace: Workspace, locker: Locker, build: Build, app: Path, manager: str
) -> None:
    locker.write(manager, app, Declaration())
    assert installed(workspace, build(app).require_image()) == []
    assert_reused(build(app))


@pytest.mark.parametrize(
    ("manager", "content"),
    [
        ("uv.lock", b"version = 1\n[[package]"),
        ("uv.lock", b"version = 2\n"),
        ("uv.lock", b"version = 1\n[[package]]\nname = 3\n"),
        ("uv.lock", b"\x00\xff\x00"),
        ("poetry.lock", b"[metadata]\nlock-version = '9.0'\n"),
        ("poetry.lock", b"package = 3\n[metadata]\nlock-version = '2.1'\n"),
        ("poetry.lock", b""),
        ("Pipfile.lock", b'{"_meta": {"pipfile-spec": 7}}'),
        ("Pipfile.lock", b'{"_meta": {"pipfile-spec": 6}, "default": {"a": 1'),
        ("pdm.lock", b"[metadata]\nlock_version = '9.0'\n"),
        ("pdm.lock", b"[metadata]\nlock_version = '4.5.0'\n"),
        ("pylock.toml", b"lock-version = '1.0'\n"),
        ("pylock.toml", b"lock-version = '2.0'\ncreated-by = 'x'\npackages = []\n"),
    ],
)
def test_a_broken_lock(build: Build, app: Path, manager: str, content: bytes) -> None:
    app.mkdir()
    (app / manager).write_bytes(content)
    result = build(app)
    assert result.exit_code != 0
    assert manager in result.buildpack_log
    assert "Traceback" not in result.buildpack_log
    assert "internal error" not in result.buildpack_log.lower()


@pytest.mark.parametrize("manager", LOCKING)
def test_another_release_of_the_tool(
    locker: Locker, build: Build, app: Path, tmp_path: Path, manager: str
) -> None:
    locker.write(manager, app, BASIC)
    first = kept_image(build(app).require_image(), tmp_path / "first")
    version = {"uv": "0.13.8", "poetry": "2.1.4"}[manager]
    bumped = build(app, {f"BP_{manager.upper()}_VERSION": version})
    assert_reused(bumped)
    assert_same_layers(first, bumped.require_image(), ["python", "venv"])
    assert f"{manager} is left out of the cache" in bumped.buildpack_log


def library(manager: str, *, editable: bool) -> Declaration:
    """Return an app that depends on a project in a directory of its own."""
    files = {
        "libs/local/pyproject.toml": (
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
            '[project]\nname = "local"\nversion = "1.0"\n'
        ),
        "libs/local/local.py": "VALUE = 1\n",
    }
    if manager == "uv":
        more = f'[tool.uv.sources]\nlocal = {{ path = "libs/local", editable = {_toml(editable)} }}'
        return Declaration(dependencies=["local", "idna"], more=more, files=files)
    more = (
        "[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\n"
        f'local = {{ path = "libs/local", develop = {_toml(editable)} }}'
    )
    return Declaration(dependencies=["local", "idna"], more=more, files=files)


def _toml(value: bool) -> str:
    return str(value).lower()


@pytest.mark.parametrize("editable", [False, True], ids=["copied", "editable"])
@pytest.mark.parametrize("manager", LOCKING)
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
    assert "the contents of libs/local changed" in changed.buildpack_log
    assert workspace.run(changed.require_image(), command).stdout == "2\n"


@pytest.mark.parametrize("manager", LOCKING)
def test_code_from_a_repository(
    workspace: Workspace, locker: Locker, build: Build, app: Path, manager: str
) -> None:
    repository = workspace.root / "repository"
    repository.mkdir()
    (repository / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "private"\nversion = "1.0"\n[tool.setuptools]\npy-modules = ["private"]\n'
    )
    (repository / "private.py").write_text("VALUE = 1\n")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-C", str(repository)]
    for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "First"]):
        subprocess.run([*git, *arguments], check=True)
    url = repository.as_uri()
    if manager == "uv":
        more = f'[tool.uv.sources]\nprivate = {{ git = "{url}" }}'
        declaration = Declaration(dependencies=["private"], more=more)
    else:
        more = "[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\n"
        declaration = Declaration(more=f'{more}private = {{ git = "{url}" }}')
    locker.write(manager, app, declaration)
    # Git refuses the repositories of others.
    for path in [repository, *repository.rglob("*")]:
        os.chown(path, workspace.uid, workspace.gid)
    image = build(app).require_image()
    command = ["--", "python", "-c", "import private; print(private.VALUE)"]
    assert workspace.run(image, command).stdout == "1\n"
    shutil.rmtree(repository)
    assert_reused(build(app))


@pytest.mark.parametrize("manager", LOCKING)
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


def test_a_member_of_a_workspace(
    workspace: Workspace, locker: Locker, build: Build, app: Path
) -> None:
    member = '[project]\nname = "{}"\nversion = "1.0"\ndependencies = {}\n'
    files = {
        "members/web/pyproject.toml": member.format("web", '["idna"]'),
        "members/jobs/pyproject.toml": member.format("jobs", '["h11"]'),
    }
    more = '[tool.uv.workspace]\nmembers = ["members/*"]'
    locker.write("uv", app, Declaration(dependencies=["click"], more=more, files=files))
    assert installed(workspace, build(app).require_image()) == ["click"]
    image = build(app, {"BP_UV_PACKAGE": "jobs"}).require_image()
    assert installed(workspace, image) == ["h11"]
    result = build(app, {"BP_UV_PACKAGE": "other"})
    assert result.exit_code != 0
    assert "BP_UV_PACKAGE" in result.buildpack_log


@pytest.mark.parametrize("manager", LOCKING)
def test_the_project_itself_is_a_package(
    workspace: Workspace, locker: Locker, build: Build, app: Path, tmp_path: Path, manager: str
) -> None:
    build_system = (
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project.scripts]\nshop = "shop:main"\n'
    )
    if manager == "poetry":
        build_system += "[tool.poetry]\npackage-mode = true\n"
    files = {"shop/__init__.py": "def main():\n    print('open')\n"}
    declaration = Declaration(dependencies=["idna"], more=build_system, files=files)
    locker.write(manager, app, declaration)
    first = kept_image(build(app).require_image(), tmp_path / "first")
    assert workspace.run(first, ["--", "shop"]).stdout == "open\n"
    assert_reused(build(app))
    fresh = build(app, image="fresh").require_image()
    assert_same_layers(first, fresh, ["python", "venv"])
