from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.apps import REQUIREMENT, wheel, write_app
from tests.integration.workspaces import later_buildpack, temporary_workspace
from tools.lifecycle_build import BuildResult, Workspace
from tools.prepared_buildpack import PreparedBuildpack

BROKEN = 'raise RuntimeError("a backport shadows the standard library")\n'
BACKPORTS = {
    "dataclasses": "dataclasses.py",
    "enum34": "enum/__init__.py",
    "typing": "typing.py",
    "logging": "logging/__init__.py",
}
MODULES = ("dataclasses", "enum", "typing", "logging")
SHOW_ORIGIN = "; ".join(
    ["import " + ", ".join(MODULES), *(f"print('origin', {name}.__file__)" for name in MODULES)]
)


@pytest.fixture(scope="module")
def workspace(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[Workspace]:
    with (
        later_buildpack() as later,
        temporary_workspace(lifecycle, prepared.buildpack, later) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def built(
    workspace: Workspace, prepared: PreparedBuildpack, tmp_path_factory: pytest.TempPathFactory
) -> BuildResult:
    """An app that requires backports, by path and by name; a later buildpack imports them too."""
    wheels = {
        f"wheels/{name}-99.0-py3-none-any.whl": wheel(name, "99.0", {module: BROKEN})
        for name, module in BACKPORTS.items()
    }
    files: dict[str, str | bytes] = {
        "requirements.txt": (
            "--find-links ./wheels\n"
            "./wheels/dataclasses-99.0-py3-none-any.whl\n"
            "enum34==99.0\ntyping==99.0\nlogging==99.0\n"
            f"{REQUIREMENT}\n"
        ),
        **wheels,
    }
    app = write_app(tmp_path_factory.mktemp("source") / "app", files)
    commands = f"""
        python -c "{SHOW_ORIGIN}"
        pip list --format freeze | sed 's/^/LIST /'
        pip install --no-deps --force-reinstall --no-index --find-links wheels typing
    """
    env = {"BP_PYTHON_INVENTORY": f"{prepared.runtimes_dir}/inventory.toml"}
    return workspace.build(app, {**env, "LATER_COMMANDS": commands})


def assert_of_the_standard_library(workspace: Workspace, output: str) -> None:
    layers = workspace.buildpack_layers_dir(workspace.buildpacks[0])
    origins = re.findall(r"(?m)^origin (.*)$", output)
    assert len(origins) == len(MODULES), output
    assert [o for o in origins if not o.startswith(f"{layers}/python/lib/python3.")] == []


def test_backports_are_installed(built: BuildResult) -> None:
    venv = built.require_image().layer_files("venv")
    for module in BACKPORTS.values():
        (backport,) = [p for p in venv if p.endswith(f"/site-packages/{module}")]
        assert venv[backport].content == BROKEN.encode()


def test_backports_do_not_shadow_at_build(workspace: Workspace, built: BuildResult) -> None:
    assert built.exit_code == 0, built.log
    assert_of_the_standard_library(workspace, built.buildpack_log)
    listed = re.findall(r"(?m)^LIST (.*)$", built.buildpack_log)
    assert listed == sorted([*(f"{name}==99.0" for name in BACKPORTS), REQUIREMENT])


def test_backports_do_not_shadow_at_launch(workspace: Workspace, built: BuildResult) -> None:
    process = workspace.run(built.require_image(), ["--", "python", "-c", SHOW_ORIGIN])
    assert_of_the_standard_library(workspace, process.stdout)
