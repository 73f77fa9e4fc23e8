from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.integration.apps import (
    EXTENSION_SOURCE,
    REQUIREMENT,
    SMALL_APP,
    wheel,
    write_app,
)
from tests.integration.layer_comparison import assert_same_layers, kept_image
from tests.integration.workspaces import later_buildpack, layer_names, temporary_workspace
from tools.lifecycle_build import BuildResult, Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import PreparedBuildpack

NO_PYTHON_PROJECT = {"README.md": "Nothing in Python here.\n"}
SHOW_ENVIRONMENT = "env | sed 's/^/ENV /'\n"
# Into the environment that is active, without a word about where it is.
INSTALL = """
pip install --no-index --find-links wheels extra
python -c 'import extra; print("extra from", extra.__file__)'
pip list --format freeze | sed 's/^/LIST /'
"""
# Nothing but what the environment says: no -I, no path of a library.
COMPILE = """
suffix=$(python -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
cc -shared -fPIC -o "$CNB_LAYERS_DIR/native$suffix" native.c
cd "$CNB_LAYERS_DIR"
python -c 'import native; print("compiled", native.where())'
"""


@pytest.fixture(scope="module")
def workspace(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[Workspace]:
    with (
        later_buildpack() as later,
        temporary_workspace(lifecycle, prepared.buildpack, later) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def env(prepared: PreparedBuildpack) -> dict[str, str]:
    return {"BP_PYTHON_INVENTORY": f"{prepared.runtimes_dir}/inventory.toml"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files: Mapping[str, str | bytes] = {
        **SMALL_APP,
        "native.c": EXTENSION_SOURCE.format(name="native"),
        "wheels/extra-1.0-py3-none-any.whl": wheel("extra", "1.0", {"extra.py": "ANSWER = 42\n"}),
    }
    return write_app(tmp_path_factory.mktemp("source") / "app", files)


@pytest.fixture(scope="module")
def first(workspace: Workspace, app: Path, env: dict[str, str]) -> BuildResult:
    return workspace.build(app, {**env, "LATER_COMMANDS": SHOW_ENVIRONMENT + INSTALL})


@pytest.fixture(scope="module")
def first_image(first: BuildResult, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return kept_image(first.require_image(), tmp_path_factory.mktemp("kept") / "image")


@pytest.fixture(scope="module")
def rebuilt(
    first_image: Image, workspace: Workspace, app: Path, env: dict[str, str]
) -> BuildResult:
    assert first_image.layer_diff_ids()
    return workspace.build(app, {**env, "LATER_COMMANDS": SHOW_ENVIRONMENT + INSTALL})


def later_environment(result: BuildResult) -> dict[str, str]:
    lines = re.findall(r"(?m)^ENV (\w+)=(.*)$", result.buildpack_log)
    return dict(lines)


def test_environment_of_a_later_buildpack(workspace: Workspace, first: BuildResult) -> None:
    layers = workspace.buildpack_layers_dir(workspace.buildpacks[0])
    environment = later_environment(first)
    assert environment["PATH"].split(":")[:3] == [
        f"{layers}/{name}/bin" for name in ("venv", "python", "pip")
    ]
    assert environment["PIP_PYTHON"] == f"{layers}/venv/bin/python"
    assert environment["PYTHONUSERBASE"] == f"{layers}/pip"
    assert environment["PIP_DISABLE_PIP_VERSION_CHECK"] == "1"
    assert environment["VIRTUAL_ENV"] == f"{layers}/venv"
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    headers = environment["CPATH"].split(":")
    assert any(re.fullmatch(rf"{layers}/python/include/python3\.\d+", each) for each in headers)
    configs = environment["PKG_CONFIG_PATH"].split(":")
    assert f"{layers}/python/lib/pkgconfig" in configs
    assert not {"PYTHONPATH", "PYTHONHOME"} & environment.keys()


def test_later_buildpack_installs_into_the_virtual_environment(
    workspace: Workspace, first: BuildResult, first_image: Image
) -> None:
    layers = workspace.buildpack_layers_dir(workspace.buildpacks[0])
    assert f"extra from {layers}/venv/lib/" in first.buildpack_log
    listed = re.findall(r"(?m)^LIST (.*)$", first.buildpack_log)
    assert listed == ["extra==1.0", REQUIREMENT]
    process = workspace.run(
        first_image, ["--", "python", "-c", "import extra; print(extra.ANSWER)"]
    )
    assert process.stdout == "42\n"


def test_rebuild_gives_a_later_buildpack_the_same(first: BuildResult, rebuilt: BuildResult) -> None:
    def without_shell_variables(result: BuildResult) -> dict[str, str]:
        return {
            k: v for k, v in later_environment(result).items() if k not in {"_", "CNB_BP_PLAN_PATH"}
        }

    assert without_shell_variables(rebuilt) == without_shell_variables(first)
    assert "extra from " in rebuilt.buildpack_log
    assert "Reusing layer 'python-buildpack/python:python'" in rebuilt.log


def test_environment_with_what_a_later_buildpack_installs_is_the_same_twice(
    first_image: Image, workspace: Workspace, app: Path, env: dict[str, str]
) -> None:
    variables = {"LATER_COMMANDS": INSTALL, "BP_CLEAN_BUILD": "true"}
    again = workspace.build(app, {**env, **variables}).require_image()
    assert_same_layers(first_image, again, ["python", "venv", "app"])


def test_environment_forgets_what_a_later_buildpack_no_longer_installs(
    rebuilt: BuildResult, workspace: Workspace, app: Path, env: dict[str, str]
) -> None:
    assert "extra from " in rebuilt.buildpack_log
    image = workspace.build(app, {**env, "LATER_COMMANDS": ":"}).require_image()
    assert [path for path in image.layer_files("venv") if "extra" in path] == []


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler (cc)")
def test_later_buildpack_compiles_against_python(
    workspace: Workspace, app: Path, env_with_headers: dict[str, str]
) -> None:
    variables = {**env_with_headers, "LATER_COMMANDS": COMPILE}
    result = workspace.build(app, variables, image="compiled")
    assert re.search(r"(?m)^compiled native\.c:\d+$", result.log), result.log


@pytest.mark.parametrize("requires", ["pip", "site-packages", "site-packages pip python"])
def test_python_app_provides_what_later_buildpacks_require(
    first: BuildResult, workspace: Workspace, app: Path, env: dict[str, str], requires: str
) -> None:
    assert first.exit_code == 0, first.log
    variables = {"LATER_REQUIRES": requires, "LATER_COMMANDS": "echo ran after $VIRTUAL_ENV"}
    result = workspace.build(app, {**env, **variables})
    assert result.exit_code == 0, result.log
    layers = workspace.buildpack_layers_dir(workspace.buildpacks[0])
    assert f"ran after {layers}/venv\n" in result.buildpack_log


def test_python_alone_where_there_is_no_python_project(
    workspace: Workspace, env: dict[str, str], tmp_path: Path
) -> None:
    app = write_app(tmp_path / "app", NO_PYTHON_PROJECT)
    commands = (
        "python -c 'import sys; print(\"runs on\", sys.prefix)'; command -v pip || echo no pip"
    )
    variables = {"LATER_COMMANDS": SHOW_ENVIRONMENT + commands}
    result = workspace.build(app, {**env, **variables}, image="alone")
    image = result.require_image()
    layers = workspace.buildpack_layers_dir(workspace.buildpacks[0])
    assert f"runs on {layers}/python\n" in result.buildpack_log
    sboms = {"python.sbom.cdx.json", "python.sbom.spdx.json"}
    # Newer runtimes have their shared library in a layer of its own.
    names = {name for name in layer_names(workspace) if not name.startswith("libpython")}
    assert names == {"launch.toml", "store.toml", "python", "python.toml", *sboms}
    assert not {"PIP_PYTHON", "VIRTUAL_ENV"} & later_environment(result).keys()
    assert "python" not in image.layer_diff_ids()


def test_python_alone_at_launch_where_that_is_required(
    workspace: Workspace, env: dict[str, str], tmp_path: Path
) -> None:
    app = write_app(tmp_path / "app", NO_PYTHON_PROJECT)
    variables = {"LATER_METADATA": "launch = true"}
    # After the test above, or from scratch: the layer's types are written on each build.
    image = workspace.build(app, {**env, **variables}, image="alone").require_image()
    process = workspace.run(image, ["--", "python", "-c", "import sys; print(sys.prefix)"])
    layers = workspace.buildpack_layers_dir(workspace.buildpacks[0])
    assert process.stdout == f"{layers}/python\n"
    assert image.layer_diff_ids().keys() & {"python", "pip", "venv"} == {"python"}
