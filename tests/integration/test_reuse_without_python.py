"""Unpinned requirements are resolved without the app's Python, as a build from nothing resolves them.

The app's Python isn't the X.Y of the interpreter that resolves, so that nothing is right by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.distributions import Distribution
from tests.integration.catalog import plain
from tests.integration.indexed_workspace import IndexedWorkspace
from tests.integration.layer_comparison import assert_same_layers
from tests.integration.package_index import PackageIndex
from tests.integration.workspaces import layer_names

ANSWERED = "Unchanged after resolving"
ASKED_AGAIN = "Resolving again with the app's Python"
CANT_TELL = "It can't tell: resolving again with the app's Python"


@pytest.fixture
def world(indexed: IndexedWorkspace) -> IndexedWorkspace:
    """A workspace in which nothing was built, and an index with an app's two requirements."""
    if len(indexed.runtimes.versions) < 2:
        pytest.skip("needs two Pythons on this machine")
    indexed.remove("app")
    indexed.index.uploads = ()
    indexed.index.upload(outer(), plain("1.0"))
    return indexed


def outer(*requires: str) -> Distribution:
    return Distribution("outer", "1.0", {"outer.py": ""}, requires=("plain", *requires))


def files(world: IndexedWorkspace) -> dict[str, str]:
    python = world.runtimes.versions[1]
    return {"requirements.txt": "outer\n", "app.py": "", ".python-version": python}


def series(world: IndexedWorkspace) -> str:
    return world.runtimes.versions[1].rpartition(".")[0]


def new_release(index: PackageIndex, _series: str) -> None:
    index.upload(plain("1.1"))


def release_for_this_python(index: PackageIndex, series: str) -> None:
    index.upload(plain("1.1"), requires_python=f"=={series}.*")


def wheel_for_this_python(index: PackageIndex, series: str) -> None:
    tag = f"cp{series.replace('.', '')}-none-any"
    index.upload(replace(plain("1.1"), tag=tag))


def release_without_wheels(index: PackageIndex, _series: str) -> None:
    index.upload(plain("1.1"), is_sdist=True)


def marker_of_this_python(index: PackageIndex, series: str) -> None:
    index.delete(outer().wheel_name)
    index.upload(outer(f'extra-one ; python_version == "{series}"'))
    index.upload(Distribution("extra-one", "1.0", {"extra_one.py": ""}))


def yanked(index: PackageIndex, _series: str) -> None:
    index.upload(plain("0.9"))
    index.yank(plain("1.0").wheel_name)


def release_for_another_python(index: PackageIndex, series: str) -> None:
    index.upload(plain("1.1"), requires_python=f"!={series}.*")


def wheel_for_another_python(index: PackageIndex, series: str) -> None:
    for other in {"310", "311", "312", "313", "314"} - {series.replace(".", "")}:
        index.upload(replace(plain("1.1"), tag=f"cp{other}-cp{other}-linux_x86_64"))


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (new_release, "plain 1.0 → 1.1"),
        (release_for_this_python, "plain 1.0 → 1.1"),
        (wheel_for_this_python, "plain 1.0 → 1.1"),
        (release_without_wheels, "plain 1.0 → 1.1"),
        (marker_of_this_python, "extra-one 1.0 is new"),
        (yanked, "plain 1.0 → 0.9"),
    ],
)
def test_change_is_found(
    world: IndexedWorkspace, change: Callable[[PackageIndex, str], None], cause: str
) -> None:
    world.build(files(world)).require_image()
    change(world.index, series(world))
    result = world.build(files(world))
    log = result.buildpack_log
    assert (CANT_TELL if change is release_without_wheels else ASKED_AGAIN) in log
    assert f"Discarding the previous environment: {cause}" in log
    fresh = world.build_from_nothing(files(world)).require_image()
    assert_same_layers(fresh, result.require_image(), ["python", "venv", "app"])


@pytest.mark.parametrize("change", [release_for_another_python, wheel_for_another_python])
def test_what_is_for_another_python_changes_nothing(
    world: IndexedWorkspace, change: Callable[[PackageIndex, str], None]
) -> None:
    world.build(files(world)).require_image()
    change(world.index, series(world))
    result = world.build(files(world))
    assert ANSWERED in result.buildpack_log
    assert {"python", "pip", "venv"}.isdisjoint(layer_names(world.workspace))
    fresh = world.build_from_nothing(files(world)).require_image()
    assert_same_layers(fresh, result.require_image(), ["python", "venv", "app"])


def test_python_is_there_again_after_it_was_needed_in_vain(world: IndexedWorkspace) -> None:
    """An index whose newest release is refused only once it is built."""
    world.build(files(world)).require_image()
    world.index.upload(replace(plain("1.1"), requires=("missing",)), is_sdist=True)
    first = world.build(files(world))
    assert CANT_TELL in first.buildpack_log
    assert ANSWERED in first.buildpack_log
    second = world.build(files(world))
    assert CANT_TELL not in second.buildpack_log
    assert "Reusing Python" in second.buildpack_log
    assert ANSWERED in second.buildpack_log


def test_failure_is_told_once(world: IndexedWorkspace) -> None:
    world.build(files(world)).require_image()
    world.index.uploads = ()
    result = world.build(files(world))
    assert result.exit_code != 0
    assert result.buildpack_log.count("Error: ") == 1
    assert "Installing Python" not in result.buildpack_log
