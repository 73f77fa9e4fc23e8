from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.apps import (
    REQUIREMENT,
    extension_project,
    sdist,
    wheel,
    write_app,
)
from tests.integration.layer_comparison import assert_same_layers, kept_image
from tests.integration.workspaces import cached_diff_ids, temporary_workspace
from tools.lifecycle_build import Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import PreparedBuildpack

LAYERS = ("python", "venv", "app")
needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler (cc)")


@pytest.fixture(scope="module")
def workspace(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[Workspace]:
    with temporary_workspace(lifecycle, prepared.buildpack) as made:
        yield made


@pytest.fixture(scope="module")
def env(env_with_headers: dict[str, str]) -> dict[str, str]:
    return env_with_headers


@pytest.fixture(scope="module")
def files() -> dict[str, str | bytes]:
    """An app with a wheel, and where there is a compiler, an extension that it has to compile."""
    native = ["./native-1.0.tar.xz"] if shutil.which("cc") else []
    return {
        "requirements.txt": "\n".join([REQUIREMENT, *native]),
        "native-1.0.tar.xz": sdist("native", extension_project("native")),
        "app.py": "print('hello')\n",
        "package/__init__.py": "",
        "package/data.bin": bytes(range(256)),
    }


@pytest.fixture(scope="module")
def first(
    workspace: Workspace,
    env: dict[str, str],
    files: dict[str, str | bytes],
    tmp_path_factory: pytest.TempPathFactory,
) -> Image:
    app = write_app(tmp_path_factory.mktemp("first") / "app", files)
    return workspace.build(app, env, image="first").require_image()


@needs_compiler
def test_app_has_an_extension_that_was_compiled(workspace: Workspace, first: Image) -> None:
    process = workspace.run(first, ["--", "python", "-c", "import native; print(native.where())"])
    assert re.fullmatch(r"native\.c:\d+\n", process.stdout)


def test_build_of_files_with_other_times_and_order(
    workspace: Workspace,
    env: dict[str, str],
    files: dict[str, str | bytes],
    first: Image,
    tmp_path: Path,
) -> None:
    app = write_app(tmp_path / "app", dict(reversed(files.items())))
    for age, path in enumerate(sorted(app.rglob("*")), start=1):
        os.utime(path, (age * 1_000_000, age * 1_000_000))
    second = workspace.build(app, env, image="second").require_image()
    assert_same_layers(first, second, LAYERS)
    assert cached_diff_ids(workspace, "second") == cached_diff_ids(workspace, "first")


def test_build_under_a_strict_umask(
    workspace: Workspace,
    env: dict[str, str],
    files: dict[str, str | bytes],
    first: Image,
    tmp_path: Path,
) -> None:
    app = write_app(tmp_path / "app", files)
    strict = workspace.build(app, env, image="strict", umask=0o077).require_image()
    assert_same_layers(first, strict, LAYERS)
    assert cached_diff_ids(workspace, "strict") == cached_diff_ids(workspace, "first")


@pytest.mark.parametrize(
    "requirements",
    [
        pytest.param("./other-2.0-py3-none-any.whl\n", id="other dependencies"),
        pytest.param(None, id="no dependencies"),
    ],
)
def test_apps_share_the_python_layer(
    workspace: Workspace,
    env: dict[str, str],
    first: Image,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    requirements: str | None,
) -> None:
    files: dict[str, str | bytes] = {"main.py": ""}
    if requirements is not None:
        files["requirements.txt"] = requirements
        files["other-2.0-py3-none-any.whl"] = wheel("other", "2.0", {"other.py": ""})
    name = request.node.callspec.id.replace(" ", "-")
    image = workspace.build(write_app(tmp_path / "app", files), env, image=name).require_image()
    assert_same_layers(first, image, ["python"])
    assert image.layer_diff_ids()["venv"] != first.layer_diff_ids()["venv"]


@needs_compiler
def test_project_that_is_part_of_the_app_is_built_the_same_twice(
    workspace: Workspace, env: dict[str, str], first: Image, tmp_path: Path
) -> None:
    project = {f"native/{name}": text for name, text in extension_project("native").items()}
    app = write_app(tmp_path / "app", {"requirements.txt": "./native\n", **project})
    # On the cache of another: the virtual environment is built from scratch on each build.
    before = kept_image(
        workspace.build(app, env, image="second").require_image(), tmp_path / "before"
    )
    after = workspace.build(app, env, image="second").require_image()
    assert_same_layers(before, after, LAYERS)
    assert before.layer_diff_ids()["venv"] != first.layer_diff_ids()["venv"]
