"""Local projects whose build writes into the app, or reads more than their own directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.layer_comparison import assert_same_layers, kept_image
from tests.integration.managed_apps import (
    Build,
    Declaration,
    Locker,
    assert_reused,
    builder,
)
from tests.integration.slim_runtime import SlimRuntimes
from tests.sampling import sampled
from tools.lifecycle_build import BuildResult, Workspace

MANAGERS = ("uv", "poetry", "pylock")
PYLOCK = """\
lock-version = "1.0"
created-by = "hand"

[[packages]]
name = "local"
directory = {{ path = "libs/local", editable = {editable} }}
"""
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "local"
version = "1.0"
"""
# Editable, its module is written into the app; else, it is in the wheel alone.
BACKEND = """\
import os, pathlib, zipfile

ROOT = pathlib.Path(__file__).parent
METADATA = "Metadata-Version: 2.1\\nName: local\\nVersion: 1.0\\n"
WHEEL = "Wheel-Version: 1.0\\nGenerator: here\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"

def module():
    version = (ROOT / ".." / ".." / "VERSION").read_text().strip()
    return f"VALUE = {version!r} + {os.environ.get('FLAVOUR', '-')!r}\\n"

def pack(directory, files):
    info = "local-1.0.dist-info"
    files = {**files, f"{info}/METADATA": METADATA, f"{info}/WHEEL": WHEEL}
    record = "".join(f"{name},,\\n" for name in (*files, f"{info}/RECORD"))
    path = pathlib.Path(directory, "local-1.0-py3-none-any.whl")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return path.name

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return pack(wheel_directory, {"local.py": module()})

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    (ROOT / "src").mkdir(exist_ok=True)
    (ROOT / "src" / "local.py").write_text(module())
    return pack(wheel_directory, {"local.pth": f"{ROOT / 'src'}\\n"})
"""
FILES = {
    "VERSION": "1\n",
    "libs/local/pyproject.toml": PYPROJECT,
    "libs/local/backend.py": BACKEND,
}


@pytest.fixture
def build(workspace: Workspace, slim_runtimes: SlimRuntimes) -> Build:
    return builder(workspace, slim_runtimes.env, slim_runtimes.versions[0])


def write_app(locker: Locker, manager: str, app: Path, *, editable: bool) -> None:
    """Write an app that depends on the project, and nothing else."""
    boolean = str(editable).lower()
    more = {
        "uv": f'[tool.uv.sources]\nlocal = {{ path = "libs/local", editable = {boolean} }}',
        "poetry": "[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\n"
        f'local = {{ path = "libs/local", develop = {boolean} }}',
        "pylock": "",
    }[manager]
    if manager == "pylock":
        for name, content in {**FILES, "pylock.toml": PYLOCK.format(editable=boolean)}.items():
            path = app / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    else:
        locker.write(manager, app, Declaration(dependencies=["local"], more=more, files=FILES))


def value(workspace: Workspace, result: BuildResult) -> str:
    """Return what the project's module holds in the image."""
    command = ["--", "python", "-c", "import local; print(local.VALUE)"]
    return workspace.run(result.require_image(), command).stdout.strip()


@pytest.mark.parametrize("manager", MANAGERS)
def test_what_is_written_into_the_app_is_in_every_image(
    workspace: Workspace, locker: Locker, build: Build, tmp_path: Path, manager: str
) -> None:
    app = tmp_path / "app"
    write_app(locker, manager, app, editable=True)
    first = build(app)
    assert value(workspace, first) == "1-"
    assert "The installation wrote into the app: libs/local/src" in first.buildpack_log
    before = kept_image(first.require_image(), tmp_path / "first")
    again = build(app)
    assert "its installation writes into the app" in again.buildpack_log
    assert value(workspace, again) == "1-"
    assert_same_layers(before, again.require_image(), ["venv", "app"])


@pytest.mark.parametrize("manager", sampled(MANAGERS, "uv", "pylock"))
def test_what_a_build_reads_counts(
    workspace: Workspace, locker: Locker, build: Build, tmp_path: Path, manager: str
) -> None:
    app = tmp_path / "app"
    write_app(locker, manager, app, editable=False)
    assert value(workspace, build(app)) == "1-"
    assert_reused(build(app, {"BP_REPORT": "true"}))
    flavoured = build(app, {"FLAVOUR": "hot"})
    assert "environment variables changed" in flavoured.buildpack_log
    assert value(workspace, flavoured) == "1hot"
    (app / "VERSION").write_text("2\n", encoding="utf-8")
    changed = build(app, {"FLAVOUR": "hot"})
    assert "the contents of the app changed" in changed.buildpack_log
    assert value(workspace, changed) == "2hot"
