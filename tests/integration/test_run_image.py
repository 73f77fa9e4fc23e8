from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.integration.apps import APP_WITH_A_LOCAL_WHEEL, write_app
from tests.integration.layer_comparison import assert_same_layers, kept_image
from tests.integration.workspaces import temporary_workspace
from tools.lifecycle_build import BuildResult, Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import PreparedBuildpack

# The newest before the one that the buildpack bundles; both install the same bytes.
OTHER_PIP = "26.2"


@pytest.fixture(scope="module")
def workspace(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[Workspace]:
    with temporary_workspace(lifecycle, prepared.buildpack) as made:
        yield made


@pytest.fixture(scope="module")
def env(prepared: PreparedBuildpack) -> dict[str, str]:
    return {"BP_PYTHON_INVENTORY": f"{prepared.runtimes_dir}/inventory.toml"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_app(tmp_path_factory.mktemp("source") / "app", APP_WITH_A_LOCAL_WHEEL)


@pytest.fixture(scope="module")
def first(workspace: Workspace, app: Path, env: dict[str, str]) -> BuildResult:
    return workspace.build(app, env)


@pytest.fixture(scope="module")
def image(first: BuildResult, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return kept_image(first.require_image(), tmp_path_factory.mktemp("kept") / "image")


@pytest.fixture(scope="module")
def rebuilt(image: Image, workspace: Workspace, app: Path, env: dict[str, str]) -> BuildResult:
    """The build after the first one, with another pip, which installs everything anew."""
    assert image.layer_diff_ids()
    variables = {"BP_PIP_VERSION": OTHER_PIP, "BP_CLEAN_BUILD": "true"}
    return workspace.build(app, {**env, **variables})


def is_of_pip(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return any(
        part == "pip" or fnmatch.fnmatch(part, "pip-*") for part in parts
    ) or fnmatch.fnmatch(path, "*/bin/pip*")


def launch_environment(workspace: Workspace, image: Image, **variables: str) -> dict[str, str]:
    output = workspace.run(image, ["--", "env"], variables).stdout
    return dict(line.split("=", 1) for line in output.splitlines())


def test_no_launch_layer_has_a_file_of_pip(image: Image) -> None:
    assert {"python", "venv", "app"} <= image.layer_diff_ids().keys()
    assert "pip" not in image.layer_diff_ids()
    assert [path for path in image.files() if is_of_pip(path)] == []


def test_pip_is_not_on_path_at_launch(workspace: Workspace, image: Image) -> None:
    found = workspace.run(image, ["--", "sh", "-c", "command -v pip pip3 || echo none"])
    imported = workspace.run(image, ["--", "python", "-c", "import pip"])
    # The harness starts processes on this machine, whose own pip comes later on PATH, if any.
    layers_dir = str(workspace.layers_dir)
    assert not any(line.startswith(layers_dir) for line in found.stdout.splitlines())
    assert "ModuleNotFoundError: No module named 'pip'" in imported.stdout


def test_launch_environment(workspace: Workspace, image: Image) -> None:
    environment = launch_environment(workspace, image)
    layers = workspace.buildpack_layers_dir(workspace.buildpacks[0])
    path = environment["PATH"].split(":")
    assert path[:2] == [f"{layers}/venv/bin", f"{layers}/python/bin"]
    assert environment["VIRTUAL_ENV"] == f"{layers}/venv"
    assert environment["PYTHONUNBUFFERED"] == "1"
    assert environment["LANG"] == "C.UTF-8"
    unwanted = ("PIP_", "PYTHONUSERBASE", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
    assert [name for name in environment if name.startswith(unwanted)] == []


def test_launch_environment_can_be_overridden(workspace: Workspace, image: Image) -> None:
    mine = {"LANG": "mine", "PYTHONUNBUFFERED": "mine", "VIRTUAL_ENV": "mine"}
    environment = launch_environment(workspace, image, **mine)
    assert {name: environment[name] for name in mine} == mine


def test_app_imports_its_dependencies_at_launch(workspace: Workspace, image: Image) -> None:
    process = workspace.run(image, ["--", "python", "app.py"])
    assert (process.returncode, process.stdout) == (0, "")


def test_rebuild_with_another_pip_keeps_every_launch_layer(
    image: Image, rebuilt: BuildResult
) -> None:
    assert_same_layers(image, rebuilt.require_image(), image.layer_diff_ids())


def test_rebuild_with_another_pip_says_so(rebuilt: BuildResult) -> None:
    # The bundled one, which resolves without Python, is in no layer that could be discarded.
    assert f"Installing pip {OTHER_PIP}\n" in rebuilt.buildpack_log
    assert f"Installing from requirements.txt with pip {OTHER_PIP}\n" in rebuilt.buildpack_log
    assert "Reusing layer 'python-buildpack/python:python'" in rebuilt.log
    assert "Reusing layer 'python-buildpack/python:venv'" in rebuilt.log


def test_pip_at_launch_lists_the_apps_packages(
    image: Image, rebuilt: BuildResult, workspace: Workspace, app: Path, env: dict[str, str]
) -> None:
    assert rebuilt.exit_code == 0, rebuilt.log
    # The same pip as in the build before: its layer is cached, and now is in the image as well.
    result = workspace.build(app, {**env, "BP_PIP_VERSION": OTHER_PIP, "BP_PIP_AT_LAUNCH": "true"})
    with_pip = result.require_image()
    listed = workspace.run(with_pip, ["--", "pip", "list", "--format", "freeze"])
    version = workspace.run(with_pip, ["--", "pip", "--version"])
    assert f"Reusing pip {OTHER_PIP} from the cache" in result.buildpack_log
    assert listed.stdout == "iniconfig==2.1.0\nlocal==1.0\n"
    assert version.stdout.startswith(f"pip {OTHER_PIP} from {workspace.layers_dir}")
    assert "pip" in with_pip.layer_diff_ids()
    assert_same_layers(image, with_pip, ["python", "venv", "app"])
