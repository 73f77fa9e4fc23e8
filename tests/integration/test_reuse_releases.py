"""What changes outside of the app is noticed: releases of an index, branches of a repository."""

from __future__ import annotations

import shutil

import pytest

from tests.distributions import Distribution
from tests.integration.catalog import plain
from tests.integration.git_repository import Repository
from tests.integration.indexed_workspace import IndexedWorkspace
from tests.integration.layer_comparison import assert_same_layers
from tests.integration.workspaces import cached_diff_ids
from tools.lifecycle_build import BuildResult
from tools.oci_image import Image

RANGE = {"requirements.txt": "plain>=1,<2\n", "app.py": ""}
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture(scope="module")
def shared(indexed: IndexedWorkspace) -> IndexedWorkspace:
    return indexed


@pytest.fixture
def world(shared: IndexedWorkspace) -> IndexedWorkspace:
    """A workspace in which nothing was built, and an empty index."""
    shared.remove("app")
    shared.index.uploads = ()
    return shared


def versions(image: Image) -> str:
    """Return what is installed, by the layer's metadata."""
    return str(image.layer_metadata("venv")["distributions"])


def assert_like_from_nothing(
    world: IndexedWorkspace, files: dict[str, str], result: BuildResult
) -> None:
    fresh = world.build_from_nothing(files).require_image()
    assert_same_layers(fresh, result.require_image(), ["python", "venv", "app"])


def test_new_release_is_picked_up(world: IndexedWorkspace) -> None:
    world.index.upload(plain("1.0"))
    world.build(RANGE).require_image()
    world.index.upload(plain("1.1"), plain("2.0"))
    result = world.build(RANGE)
    assert versions(result.require_image()) == "plain==1.1"
    assert "Discarding the previous environment: plain 1.0 → 1.1\n" in result.buildpack_log
    assert_like_from_nothing(world, RANGE, result)


@pytest.mark.parametrize("action", ["yank", "delete"])
def test_release_that_is_withdrawn_is_left(world: IndexedWorkspace, action: str) -> None:
    world.index.upload(plain("1.0"), plain("1.1"))
    assert versions(world.build(RANGE).require_image()) == "plain==1.1"
    getattr(world.index, action)(plain("1.1").wheel_name)
    result = world.build(RANGE)
    assert versions(result.require_image()) == "plain==1.0"
    assert "Discarding the previous environment: plain 1.1 → 1.0\n" in result.buildpack_log
    assert_like_from_nothing(world, RANGE, result)


def test_release_that_is_deleted_with_nothing_in_its_place(world: IndexedWorkspace) -> None:
    world.index.upload(plain("1.0"))
    before = world.build(RANGE).require_image().layer_diff_ids()
    world.index.delete(plain("1.0").wheel_name)
    assert world.build(RANGE).exit_code != 0
    # The image of the build before is still there, and goes on being the previous one.
    world.index.upload(plain("1.0"))
    result = world.build(RANGE)
    assert "Unchanged after resolving" in result.buildpack_log
    assert result.require_image().layer_diff_ids() == before


def test_wheel_of_an_installed_release_is_picked_up(world: IndexedWorkspace) -> None:
    world.index.upload(plain("1.0"), is_sdist=True)
    before = world.build(RANGE).require_image().layer_diff_ids()
    world.index.upload(plain("1.0", "WHEEL = 1\n"))
    result = world.build(RANGE)
    assert (
        "Discarding the previous environment: files of some distributions" in result.buildpack_log
    )
    assert result.require_image().layer_diff_ids()["venv"] != before["venv"]
    assert_like_from_nothing(world, RANGE, result)


def test_new_dependency_of_an_installed_release(world: IndexedWorkspace) -> None:
    """A release that is replaced by another of the same version, as some indexes allow."""
    world.index.upload(Distribution("outer", "1.0", {"outer.py": ""}), plain("1.0"))
    files = {**RANGE, "requirements.txt": "outer\n"}
    assert versions(world.build(files).require_image()) == "outer==1.0"
    world.index.delete("outer-1.0-py3-none-any.whl")
    world.index.upload(Distribution("outer", "1.0", {"outer.py": ""}, requires=("plain",)))
    result = world.build(files)
    assert versions(result.require_image()) == "outer==1.0 plain==1.0"
    assert "plain 1.0 is new\n" in result.buildpack_log
    assert_like_from_nothing(world, files, result)


@pytest.mark.parametrize(
    ("lines", "variables"),
    [
        pytest.param("--find-links ./links\n", {}, id="in the requirements"),
        pytest.param("", {"PIP_FIND_LINKS": "./links"}, id="in the environment"),
        pytest.param("", {"PIP_CONFIG_FILE": "pip.conf"}, id="in a configuration file"),
    ],
)
def test_file_of_the_app_that_is_found_by_its_name(
    world: IndexedWorkspace, lines: str, variables: dict[str, str]
) -> None:
    """A pin doesn't say what is in a file that anybody can replace."""

    def files(text: str) -> dict[str, str | bytes]:
        return {
            "requirements.txt": f"{lines}plain==1.0\n",
            "pip.conf": "[install]\nfind-links = ./links\n",
            "links/plain-1.0-py3-none-any.whl": plain("1.0", text).wheel,
        }

    world.build(files("LINKED = 1\n"), variables).require_image()
    result = world.build(files("LINKED = 2\n"), variables)
    fresh = world.build_from_nothing(files("LINKED = 2\n"), variables).require_image()
    assert_same_layers(fresh, result.require_image(), ["python", "venv", "app"])


def test_source_distribution_is_built_once(world: IndexedWorkspace) -> None:
    built = Distribution("built", "1.0", {"built.py": ""})
    world.index.upload(built, is_sdist=True)
    world.index.upload(plain("1.0"), plain("1.1"))
    building = "Building wheel for built"

    def files(requirements: str) -> dict[str, str]:
        return {"requirements.txt": requirements, "app.py": ""}

    first = world.build(files("built==1.0\nplain==1.0\n"))
    assert building in first.buildpack_log
    assert "wheels" in cached_diff_ids(world.workspace)
    unchanged = world.build(files("built==1.0\nplain==1.0\n"))
    assert "Unchanged, and all pinned" in unchanged.buildpack_log
    changed = world.build(files("built==1.0\nplain==1.1\n"))
    assert building not in changed.buildpack_log
    assert versions(changed.require_image()) == "built==1.0 plain==1.1"
    assert_like_from_nothing(world, files("built==1.0\nplain==1.1\n"), changed)
    wheels = cached_diff_ids(world.workspace)["wheels"]
    assert cached_diff_ids(world.workspace, "from-nothing")["wheels"] == wheels
    world.build(files("plain==1.1\n")).require_image()
    assert "wheels" not in cached_diff_ids(world.workspace)
    again = world.build(files("built==1.0\nplain==1.1\n"))
    assert building in again.buildpack_log


@pytest.fixture
def repository(world: IndexedWorkspace, request: pytest.FixtureRequest) -> Repository:
    directory = world.directory / request.node.name.replace("[", "-").rstrip("]")
    return Repository(directory, world.workspace.uid, world.workspace.gid)


@needs_git
def test_branch_that_moves_is_followed(world: IndexedWorkspace, repository: Repository) -> None:
    repository.commit(plain("1.0"))
    files = {"requirements.txt": f"plain @ {repository.url}@main\n", "app.py": ""}
    world.build(files).require_image()
    unchanged = world.build(files)
    assert "Unchanged after resolving" in unchanged.buildpack_log
    repository.commit(plain("1.0", "MOVED = 1\n"))
    result = world.build(files)
    assert "Discarding the previous environment: " in result.buildpack_log
    assert_like_from_nothing(world, files, result)
    process = world.workspace.run(
        result.require_image(), ["--", "python", "-c", "import plain; print(plain.MOVED)"]
    )
    assert process.stdout == "1\n"


@needs_git
def test_commit_is_a_pin(world: IndexedWorkspace, repository: Repository) -> None:
    commit = repository.commit(plain("1.0"))
    files = {"requirements.txt": f"plain @ {repository.url}@{commit}\n", "app.py": ""}
    first = world.build(files).require_image().layer_diff_ids()
    repository.commit(plain("1.0", "MOVED = 1\n"))
    result = world.build(files)
    assert "Unchanged, and all pinned" in result.buildpack_log
    assert result.require_image().layer_diff_ids() == first
    assert_like_from_nothing(world, files, result)
