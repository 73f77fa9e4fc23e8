"""What earlier builds left may be junk, gone, or another app's: never a wrong image.

One case for each file that is read; what all may be in them, tests/unit/layers tries.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.distributions import Distribution
from tests.integration.catalog import plain
from tests.integration.indexed_workspace import (
    IndexedWorkspace,
    copy_directory,
)
from tests.integration.layer_comparison import assert_same_layers, kept_image
from tests.integration.previous_build import (
    Change,
    change_cache_metadata,
    change_image_metadata,
    change_labels,
    layer_data,
    write_cache_metadata,
)
from tests.integration.workspaces import later_buildpack
from tools.lifecycle_build import BuildResult
from tools.oci_image import Image

BUILT = Distribution("built", "1.0", {"built.py": "VALUE = 1\n"})
UNLOCKED = {"requirements.txt": "plain\nbuilt\n", "app.py": ""}
LOCKED = {"requirements.txt": "plain==1.0\nbuilt==1.0\n", "app.py": ""}
LAYERS = ("python", "venv", "app")
NOT_VENV = "Discarding the previous environment: "
ANOTHER_FORMAT = f"{NOT_VENV}it was built by another version of this buildpack"
UNREADABLE = f"{NOT_VENV}its metadata can't be read"
LABEL = "io.buildpacks.lifecycle.metadata"


@pytest.fixture(scope="module")
def world(indexed: IndexedWorkspace) -> IndexedWorkspace:
    indexed.index.upload(plain("1.0"))
    indexed.index.upload(BUILT, is_sdist=True)
    return indexed


@pytest.fixture(scope="module")
def unlocked(world: IndexedWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Image:
    image = world.build(UNLOCKED, image="unlocked").require_image()
    return kept_image(image, tmp_path_factory.mktemp("unlocked") / "image")


@pytest.fixture(scope="module")
def locked(world: IndexedWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Image:
    image = world.build(LOCKED, image="locked").require_image()
    return kept_image(image, tmp_path_factory.mktemp("locked") / "image")


def assert_built(result: BuildResult, expected: Image, cause: str | None = None) -> None:
    """Fail unless the build gave the layers of a build from scratch, and told the cause."""
    assert "Traceback" not in result.log
    assert_same_layers(expected, result.require_image(), LAYERS)
    assert cause is None or cause in result.buildpack_log, result.buildpack_log


def setting(**values: object) -> Change:
    return lambda layer: layer["data"].update(values)


def without(key: str) -> Change:
    return lambda layer: layer["data"].pop(key)


def replaced(value: object) -> Change:
    return lambda layer: layer.update(data=value)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        pytest.param(replaced({}), ANOTHER_FORMAT, id="nothing"),
        pytest.param(without("input Python"), f"{NOT_VENV}Python is new", id="an input missing"),
        pytest.param(setting(resolution="nonsense"), NOT_VENV, id="wrong resolution"),
        pytest.param(setting(layer_format=1), UNREADABLE, id="number"),
    ],
)
def test_metadata_of_the_environment_is_junk(
    world: IndexedWorkspace, unlocked: Image, change: Change, cause: str
) -> None:
    world.copy("unlocked", "junk")
    change_image_metadata(
        world.image_dir("junk"), lambda metadata: change(layer_data(metadata, "venv"))
    )
    assert_built(world.build(UNLOCKED, image="junk"), unlocked, cause)


def test_metadata_of_python_pip_and_wheels_is_junk(
    world: IndexedWorkspace, unlocked: Image
) -> None:
    change = setting(archive_sha256=5, pip_version=5)
    world.copy("unlocked", "junk")
    change_image_metadata(
        world.image_dir("junk"), lambda metadata: change(layer_data(metadata, "python"))
    )

    def change_all(metadata: Any) -> None:
        for name in ("pip", "python", "wheels"):
            change(layer_data(metadata, name))

    change_cache_metadata(world.cache_dir("junk"), change_all)
    result = world.build(UNLOCKED, image="junk")
    assert_built(result, unlocked, "Discarding the previous Python: ")
    assert "Discarding the previous pip: " in result.buildpack_log


def test_metadata_of_the_store_is_junk(world: IndexedWorkspace, locked: Image) -> None:
    world.copy("locked", "junk")

    def change(metadata: Any) -> None:
        metadata["buildpacks"][0]["store"]["metadata"] = {"python_version": ["3.13"]}

    change_image_metadata(world.image_dir("junk"), change)
    assert_built(world.build(LOCKED, image="junk"), locked)


def test_label_of_the_image_is_junk(world: IndexedWorkspace, locked: Image) -> None:
    world.copy("locked", "junk")
    change_labels(world.image_dir("junk"), lambda labels: labels.update({LABEL: "{"}))
    assert_built(world.build(LOCKED, image="junk"), locked)


def test_metadata_of_the_cache_is_junk(world: IndexedWorkspace, unlocked: Image) -> None:
    world.copy("unlocked", "junk")
    write_cache_metadata(world.cache_dir("junk"), "{")
    assert_built(world.build(UNLOCKED, image="junk"), unlocked)


@pytest.mark.parametrize(
    ("name", "gone"), [("locked", "image"), ("unlocked", "cache"), ("unlocked", "image")]
)
def test_image_or_cache_is_gone(
    world: IndexedWorkspace, unlocked: Image, locked: Image, name: str, gone: str
) -> None:
    world.copy(name, "other")
    world.copy(name, "kept")
    world.remove("other")
    (copied, removed) = (
        (world.cache_dir, world.image_dir)
        if gone == "image"
        else (world.image_dir, world.cache_dir)
    )
    copy_directory(copied("kept"), copied("other"))
    assert not removed("other").exists()
    files, expected = (LOCKED, locked) if name == "locked" else (UNLOCKED, unlocked)
    assert_built(world.build(files, image="other"), expected)
    assert_built(world.build(files, image="other"), expected, ": reusing the previous environment")


@pytest.mark.parametrize(
    ("image", "cache", "name"),
    [
        ("locked", "unlocked", "unlocked"),
        ("unlocked", "locked", "unlocked"),
        pytest.param("locked", "unlocked", "locked", marks=pytest.mark.thorough),
        pytest.param("unlocked", "locked", "locked", marks=pytest.mark.thorough),
    ],
)
def test_image_and_cache_of_different_builds(
    world: IndexedWorkspace, unlocked: Image, locked: Image, image: str, cache: str, name: str
) -> None:
    world.copy(image, "mixed")
    world.copy(cache, "other")
    world.remove("mixed")
    copy_directory(world.image_dir(image), world.image_dir("mixed"))
    copy_directory(world.cache_dir(cache), world.cache_dir("mixed"))
    files, expected = (LOCKED, locked) if name == "locked" else (UNLOCKED, unlocked)
    assert_built(world.build(files, image="mixed"), expected)


def test_image_and_cache_of_different_builds_for_a_later_buildpack(
    world: IndexedWorkspace, tmp_path: Path
) -> None:
    """The cache has an environment that isn't the one which the image describes."""
    apps: Mapping[str, Mapping[str, str]] = {
        "one-kept": {**LOCKED, "requirements.txt": "plain==1.0\n"},
        "two-kept": {**LOCKED, "requirements.txt": "built==1.0\n"},
    }
    with later_buildpack() as later:
        followed = world.followed_by(later)
        images = {
            name: kept_image(followed.build(files, image=name).require_image(), tmp_path / name)
            for name, files in apps.items()
        }
        for name, files in apps.items():
            followed.remove("mixed")
            copy_directory(followed.image_dir("one-kept"), followed.image_dir("mixed"))
            copy_directory(followed.cache_dir("two-kept"), followed.cache_dir("mixed"))
            variables = {"LATER_COMMANDS": f"python -c 'import {files['requirements.txt'][:5]}'"}
            # The lifecycle itself forgets a layer whose cache isn't that of the image.
            result = followed.build(files, variables, image="mixed")
            assert_built(result, images[name], f"{NOT_VENV}the platform didn't restore it")
    world.followed_by()
