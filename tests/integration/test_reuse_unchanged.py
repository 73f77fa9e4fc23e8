"""Rebuilds of a locked app: what didn't change is neither started, restored nor exported."""

from __future__ import annotations

import json

import pytest

from tests.integration.catalog import plain
from tests.integration.indexed_workspace import IndexedWorkspace
from tests.integration.layer_comparison import assert_same_layers, kept_image
from tests.integration.workspaces import cached_diff_ids, layer_names
from tools.lifecycle_build import BuildResult
from tools.oci_image import Image

LOCKED = {"requirements.txt": "plain==1.0\n", "app.py": ""}
UNLOCKED = {"requirements.txt": "plain>=1\n", "app.py": ""}
CHANGED = {**LOCKED, "requirements.txt": "plain==1.1\n"}


@pytest.fixture(scope="module")
def world(indexed: IndexedWorkspace) -> IndexedWorkspace:
    indexed.index.upload(plain("1.0"), plain("1.1"))
    return indexed


@pytest.fixture(scope="module")
def first(world: IndexedWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Image:
    image = world.build(LOCKED, image="first").require_image()
    return kept_image(image, tmp_path_factory.mktemp("first") / "image")


@pytest.fixture
def copied(world: IndexedWorkspace, first: Image) -> str:
    """The name of an image that is the first one, with its cache."""
    assert first.layer_diff_ids()
    world.copy("first", "copied")
    return "copied"


def manifest_digest(image: Image) -> str:
    index = json.loads((image.layout / "index.json").read_text(encoding="utf-8"))
    return str(index["manifests"][0]["digest"])


def lines_before_warnings(result: BuildResult) -> list[str]:
    """Return the log without the warning that the app has nothing to start."""
    return result.buildpack_log.partition("\nWarning: ")[0].strip().splitlines()


def test_nothing_changed(world: IndexedWorkspace, first: Image, copied: str) -> None:
    asked = len(world.index.paths)
    result = world.build(LOCKED, image=copied)
    assert manifest_digest(result.require_image()) == manifest_digest(first)
    assert len(lines_before_warnings(result)) < 15
    assert (
        "Unchanged, and all pinned: reusing the previous environment (1 distribution)\n"
    ) in result.buildpack_log
    # Neither Python nor pip could have been started: the one isn't there, the other needs it.
    assert {"python", "venv"}.isdisjoint(layer_names(world.workspace))
    assert len(world.index.paths) == asked


def test_comments_changed(world: IndexedWorkspace, first: Image, copied: str) -> None:
    files = {**LOCKED, "requirements.txt": "# Pinned\n\n  plain == 1.0   # exactly\n"}
    result = world.build(files, image=copied)
    assert "Unchanged, and all pinned" in result.buildpack_log
    assert_same_layers(first, result.require_image(), ["python", "venv"])


def test_source_changed(world: IndexedWorkspace, first: Image, copied: str) -> None:
    result = world.build({**LOCKED, "app.py": "# changed\n"}, image=copied)
    before, after = first.layer_diff_ids(), result.require_image().layer_diff_ids()
    assert {name for name in before if before[name] != after[name]} == {"app"}
    assert "Reusing layer 'python-buildpack/python:venv'" in result.log
    assert {"python", "venv"}.isdisjoint(layer_names(world.workspace))


def test_nothing_changed_and_not_all_is_pinned(world: IndexedWorkspace) -> None:
    before = manifest_digest(world.build(UNLOCKED, image="unlocked").require_image())
    asked = len(world.index.paths)
    result = world.build(UNLOCKED, image="unlocked")
    assert manifest_digest(result.require_image()) == before
    assert "Unchanged after resolving" in result.buildpack_log
    assert "Not pinned: plain." in result.buildpack_log
    assert len(lines_before_warnings(result)) < 15
    paths = world.index.paths[asked:]
    assert "/one/simple/plain/" in paths
    # Only what it says about itself is downloaded.
    assert not [path for path in paths if path.endswith(".whl")]


def test_python_is_unpacked_for_a_change_and_left_out_again(
    world: IndexedWorkspace, first: Image, copied: str
) -> None:
    result = world.build(CHANGED, image=copied)
    image = result.require_image()
    assert "Discarding the previous environment: requirements.txt changed" in result.buildpack_log
    assert "Installing Python " in result.buildpack_log
    assert "Reusing layer 'python-buildpack/python:python'" in result.log
    assert "python" not in layer_names(world.workspace)
    assert_same_layers(first, image, ["python"])
    assert_same_layers(world.build_from_nothing(CHANGED).require_image(), image, ["python", "venv"])
    assert cached_diff_ids(world.workspace, copied) == {}


def test_clean_build(world: IndexedWorkspace, first: Image, copied: str) -> None:
    result = world.build(LOCKED, {"BP_CLEAN_BUILD": "true"}, image=copied)
    assert "Discarding the previous environment: BP_CLEAN_BUILD is set" in result.buildpack_log
    assert "Installing collected packages: plain" in result.buildpack_log
    assert manifest_digest(result.require_image()) == manifest_digest(first)


def test_setting_of_pip_changed(world: IndexedWorkspace, first: Image, copied: str) -> None:
    result = world.build(LOCKED, {"PIP_PREFER_BINARY": "1"}, image=copied)
    assert "Discarding the previous environment: PIP_PREFER_BINARY is new" in result.buildpack_log
    assert_same_layers(first, result.require_image(), ["python", "venv"])


def test_python_changed(world: IndexedWorkspace, first: Image, copied: str) -> None:
    if len(world.runtimes.versions) < 2:
        pytest.skip("needs two Pythons on this machine")
    newest, other = world.runtimes.versions
    files = {**LOCKED, ".python-version": other}
    result = world.build(files, image=copied)
    assert f"Discarding the previous environment: Python {newest} → {other}" in result.buildpack_log
    assert_same_layers(
        world.build_from_nothing(files).require_image(), result.require_image(), ["python", "venv"]
    )
    back = world.build(LOCKED, image=copied)
    # An app stays on the minor version that it was last built with.
    assert f"Using Python {other}" in back.buildpack_log
    named = world.build({**LOCKED, ".python-version": newest}, image=copied).require_image()
    assert_same_layers(first, named, ["python", "venv"])
