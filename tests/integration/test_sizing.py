"""The program that sizes an app, run by the real launcher; with limits it is in tests/e2e."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.apps import write_app
from tests.integration.layer_comparison import assert_same_layers, kept_image
from tests.integration.workspaces import temporary_workspace
from tools.lifecycle_build import Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import PreparedBuildpack

USERS_OWN = {"WEB_CONCURRENCY": "7", "OMP_NUM_THREADS": "3"}


@pytest.fixture(scope="module")
def workspace(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[Workspace]:
    with temporary_workspace(lifecycle, prepared.buildpack) as made:
        yield made


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {"requirements.txt": "", "app.py": ""}
    return write_app(tmp_path_factory.mktemp("source") / "app", files)


@pytest.fixture(scope="module")
def image(
    workspace: Workspace,
    app: Path,
    buildpack_env: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Image:
    built = workspace.build(app, buildpack_env).require_image()
    return kept_image(built, tmp_path_factory.mktemp("kept") / "image")


def test_what_the_user_has_set_stays(workspace: Workspace, image: Image) -> None:
    output = workspace.run(image, ["--", "env"], USERS_OWN).stdout.splitlines()
    assert {f"{name}={value}" for name, value in USERS_OWN.items()} <= set(output)
    assert not any(line.startswith("Sizing: ") for line in output)


def test_debug_line(workspace: Workspace, image: Image) -> None:
    process = workspace.run(image, ["--", "true"], {"BP_LOG_LEVEL": "debug"})
    assert process.returncode == 0
    assert process.stdout.startswith("Sizing: ")
    assert process.stdout.count("\n") == 1


def test_rebuild_keeps_the_layer(
    image: Image, workspace: Workspace, app: Path, buildpack_env: dict[str, str]
) -> None:
    result = workspace.build(app, buildpack_env)
    assert_same_layers(image, result.require_image(), image.layer_diff_ids())
    assert "Reusing layer 'python-buildpack/python:sizing'" in result.log
