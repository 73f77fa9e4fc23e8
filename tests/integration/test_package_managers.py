"""Each package manager, with real tools and real packages, through the real lifecycle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pip._internal.models.index import PyPI

from tests.integration.apps import write_app
from tests.integration.layer_comparison import (
    assert_same_layers,
    kept_image,
)
from tests.integration.managed_apps import (
    Build,
    Declaration,
    Locker,
    assert_reused,
    builder,
    installed,
    run_locking_tool,
)
from tests.integration.slim_runtime import SlimRuntimes
from tests.integration.workspaces import cached_diff_ids
from tests.sampling import sampled
from tools.lifecycle_build import Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import PreparedBuildpack

ALL = ("pip", "uv", "poetry", "pylock", "pipenv", "pdm")
# All the ways to install: what is said of pylock.toml is true of the other locks that pip installs.
SOME = ("pip", "uv", "poetry", "pylock")
# Installed by a tool of their own.
LOCKING = ("uv", "poetry")
# Small and without dependencies; one of them has an extension module.
BASIC = Declaration(
    dependencies=["idna>=3", "markupsafe>=3"],
    groups={"docs": ["h11"], "dev": ["iniconfig"]},
    extras={"fast": ["click"]},
)
# Scripts of entry points and of a wheel's own, headers, and pip itself, of which pip makes more.
WITH_SCRIPTS = Declaration(
    dependencies=["gunicorn==23.0.0", "greenlet==3.2.4", "jmespath==1.0.1", "pip==25.3"]
)
TOOLS: dict[str, dict[str, str]] = {
    "pip": {},
    "pip 25.1": {"BP_PIP_VERSION": "25.1"},
    "uv": {},
    "poetry": {},
    "pylock": {},
}
GROUPS_ALONE = '[dependency-groups]\nmain = ["idna"]\ndev = ["iniconfig"]\n'
MAIN_GROUP = {"BP_GROUPS": "main"}
PACKAGE = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "shop"
version = "1.0"
dependencies = ["idna"]
[project.optional-dependencies]
fast = ["click"]
[dependency-groups]
docs = ["h11"]
[tool.setuptools]
py-modules = ["shop"]
"""


@pytest.mark.smoke
@pytest.mark.parametrize("manager", ALL)
def test_build_and_rebuild(
    workspace: Workspace, locker: Locker, build: Build, app: Path, tmp_path: Path, manager: str
) -> None:
    locker.write(manager, app, BASIC)
    first = kept_image(build(app).require_image(), tmp_path / "first")
    assert installed(workspace, first) == ["idna", "markupsafe"]

    again = build(app)
    assert_reused(again)
    assert again.require_image().layer_diff_ids() == first.layer_diff_ids()


@pytest.mark.smoke
def test_build_and_rebuild_without_a_lock(
    workspace: Workspace, build: Build, app: Path, tmp_path: Path
) -> None:
    write_app(app, {"pyproject.toml": GROUPS_ALONE})
    first = kept_image(build(app, MAIN_GROUP).require_image(), tmp_path / "first")
    assert installed(workspace, first) == ["idna"]

    again = build(app, MAIN_GROUP).require_image()
    assert again.layer_diff_ids() == first.layer_diff_ids()


@pytest.mark.parametrize("manager", sampled(ALL, *SOME))
def test_added_and_removed_dependencies(
    workspace: Workspace, locker: Locker, build: Build, app: Path, tmp_path: Path, manager: str
) -> None:
    locker.write(manager, app, BASIC)
    build(app).require_image()

    locker.declare(manager, app, BASIC.with_dependencies("idna>=3", "markupsafe>=3", "h11"))
    added = build(app).require_image()
    assert installed(workspace, added) == ["h11", "idna", "markupsafe"]

    locker.declare(manager, app, BASIC.with_dependencies("h11"))
    removed = kept_image(build(app).require_image(), tmp_path / "removed")
    assert installed(workspace, removed) == ["h11"]
    fresh = build(app, image="fresh").require_image()
    assert_same_layers(fresh, removed, ["python", "venv"])


@pytest.mark.parametrize("managers", [SOME, pytest.param(ALL, marks=pytest.mark.thorough)])
def test_the_same_app_by_every_manager(
    workspace: Workspace, locker: Locker, build: Build, tmp_path: Path, managers: tuple[str, ...]
) -> None:
    kept: dict[str, Image] = {}
    for manager in managers:
        locker.write(manager, tmp_path / manager, BASIC)
        fresh = build(tmp_path / manager, image=f"fresh-{manager}").require_image()
        kept[manager] = kept_image(fresh, tmp_path / f"fresh-{manager}")
    assert len({image.layer_diff_ids()["python"] for image in kept.values()}) == 1
    assert [installed(workspace, image) for image in kept.values()] == [
        ["idna", "markupsafe"]
    ] * len(managers)
    # One image, built by one manager after the other.
    for manager in (*managers, "pip"):
        switched = build(tmp_path / manager, image="switched").require_image()
        assert_same_layers(kept[manager], switched, ["python", "venv"])
        # Neither the old tool nor the new one: all is locked.
        assert cached_diff_ids(workspace, "switched") == {}


def test_the_same_files_by_every_tool(locker: Locker, build: Build, tmp_path: Path) -> None:
    kept: dict[str, Image] = {}
    for name, variables in TOOLS.items():
        manager = name.partition(" ")[0]
        app = locker.write(manager, tmp_path / name, WITH_SCRIPTS)
        image = build(app, variables, image=name.replace(" ", "-")).require_image()
        kept[name] = kept_image(image, tmp_path / f"{name}-image")
    first = kept.pop("pip")
    assert any(path.endswith("bin/gunicorn") for path in first.layer_files("venv"))
    for image in kept.values():
        assert_same_layers(first, image, ["python", "venv"])


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
    assert f"Unknown names in {setting}" in result.buildpack_log
    assert all(name in result.buildpack_log for name in ("nonsense", *known))


@pytest.mark.parametrize("manager", [*LOCKING, "pdm"])
def test_a_lock_that_is_out_of_date(locker: Locker, build: Build, app: Path, manager: str) -> None:
    locker.write(manager, app, BASIC)
    pyproject = app / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('"idna>=3"', '"idna>=3", "httpcore"'))
    result = build(app)
    assert result.exit_code != 0
    assert f"{manager}.lock is out of date" in result.buildpack_log
    assert f"{manager} lock" in result.buildpack_log


def test_a_lock_of_another_pipfile(locker: Locker, build: Build, app: Path) -> None:
    locker.write("pipenv", app, BASIC)
    (app / "Pipfile").write_text('[packages]\nidna = "*"\n')
    result = build(app)
    assert result.exit_code != 0
    assert "Pipfile.lock is out of date" in result.buildpack_log
    assert "pipenv lock" in result.buildpack_log


@pytest.mark.parametrize(
    ("manager", "file"),
    [
        ("uv", "uv.lock"),
        ("poetry", "pyproject.toml"),
        ("pylock", "pylock.toml"),
        ("pdm", "pyproject.toml"),
    ],
)
def test_another_python(
    locker: Locker,
    build: Build,
    app: Path,
    slim_runtimes: SlimRuntimes,
    manager: str,
    file: str,
) -> None:
    version = slim_runtimes.versions[0]
    locker.write(manager, app, BASIC)
    text = (app / file).read_text()
    assert '">=3.10"' in text
    (app / file).write_text(text.replace('">=3.10"', f'"<{version}"'))
    result = build(app)
    assert result.exit_code != 0
    assert "BP_PYTHON_VERSION" in result.buildpack_log
    assert file in result.buildpack_log
    assert f"<{version}" in result.buildpack_log
    assert "Downloading" not in result.buildpack_log


def test_another_python_than_the_lock_of_pipenv(
    locker: Locker,
    workspace: Workspace,
    buildpack_env: dict[str, str],
    app: Path,
    prepared: PreparedBuildpack,
) -> None:
    locker.write("pipenv", app, BASIC)
    lock = json.loads((app / "Pipfile.lock").read_text())
    other = prepared.versions[-1].rpartition(".")[0]
    assert not prepared.versions[0].startswith(other)
    lock["_meta"]["requires"] = {"python_version": other}
    (app / "Pipfile.lock").write_text(json.dumps(lock))
    result = builder(workspace, buildpack_env, prepared.versions[0])(app)
    assert result.exit_code != 0
    assert "BP_PYTHON_VERSION" in result.buildpack_log
    assert "Pipfile.lock" in result.buildpack_log
    assert prepared.versions[0] in result.buildpack_log
    assert "Downloading" not in result.buildpack_log


def test_a_lock_in_a_directory(
    workspace: Workspace, locker: Locker, build: Build, app: Path
) -> None:
    """Nothing but BP_PYLOCK tells that it is a Python app."""
    locker.write("pylock", app, BASIC)
    (app / "main.py").unlink()
    (app / "deploy").mkdir()
    (app / "pylock.toml").rename(app / "deploy" / "pylock.toml")
    image = build(app, {"BP_PYLOCK": "deploy/pylock.toml"}).require_image()
    assert installed(workspace, image) == ["idna", "markupsafe"]


@pytest.mark.parametrize("manager", sampled(ALL, "uv", "pylock"))
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


@pytest.mark.parametrize("manager", sampled(["pip", *LOCKING], "pip", "uv"))
def test_another_release_of_the_tool(
    locker: Locker, build: Build, app: Path, tmp_path: Path, manager: str
) -> None:
    locker.write(manager, app, BASIC)
    first = kept_image(build(app).require_image(), tmp_path / "first")
    version = {"pip": "26.2", "uv": "0.13.8", "poetry": "2.5.0"}[manager]
    variables = {f"BP_{manager.upper()}_VERSION": version}
    bumped = build(app, variables)
    assert_reused(bumped)
    assert_same_layers(first, bumped.require_image(), ["python", "venv"])
    # And where that release does install.
    anew = build(app, {**variables, "BP_CLEAN_BUILD": "true"})
    assert f"Installing {manager} {version}\n" in anew.buildpack_log
    assert_same_layers(first, anew.require_image(), ["python", "venv"])


@pytest.mark.parametrize(
    ("files", "variables", "expected"),
    [
        pytest.param(
            {"pyproject.toml": GROUPS_ALONE},
            MAIN_GROUP,
            ["idna"],
            id="groups alone",
        ),
        pytest.param(
            {"pyproject.toml": PACKAGE},
            {"BP_GROUPS": "docs", "BP_EXTRAS": "Fast"},
            ["click", "h11", "idna", "shop"],
            id="package",
        ),
        pytest.param(
            {"setup.py": "import setuptools\nsetuptools.setup(name='shop', py_modules=['shop'])\n"},
            {},
            ["shop"],
            id="setup.py",
        ),
    ],
)
def test_no_lock(
    workspace: Workspace,
    build: Build,
    app: Path,
    files: dict[str, str],
    variables: dict[str, str],
    expected: list[str],
) -> None:
    result = build(write_app(app, {"shop.py": "", **files}), variables)
    assert installed(workspace, result.require_image()) == expected
    assert "No lock, so builds may differ." in result.buildpack_log or expected == ["shop"]


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


NO_DEPENDENCIES = """\
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.10"
[tool.poetry]
package-mode = false
[[tool.poetry.source]]
name = "index"
url = "{index}"
"""
GROUPS = """\
[tool.poetry.group.dev.dependencies]
iniconfig = "*"
[tool.poetry.group.docs.dependencies]
h11 = "*"
"""


@pytest.mark.parametrize(
    ("more", "chosen", "expected"),
    [
        pytest.param("", "", [], id="nothing at all", marks=pytest.mark.thorough),
        pytest.param(GROUPS, "", [], id="groups", marks=pytest.mark.thorough),
        pytest.param(GROUPS, "docs", ["h11"], id="a group"),
    ],
)
def test_poetry_without_dependencies(
    workspace: Workspace,
    locker: Locker,
    build: Build,
    app: Path,
    more: str,
    chosen: str,
    expected: list[str],
) -> None:
    """Poetry doesn't know a group main then."""
    pyproject = NO_DEPENDENCIES.format(index=PyPI.simple_url) + more
    write_app(app, {"pyproject.toml": pyproject, "main.py": ""})
    run_locking_tool(locker.poetry, app, ("lock", "--no-interaction"))
    image = build(app, {"BP_GROUPS": chosen}).require_image()
    assert installed(workspace, image) == expected
