"""Large distributions in layers of their own: what moves, what is kept, and what isn't."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from python_buildpack.app.settings import Settings
from python_buildpack.post_install.steps import PostInstallSteps
from tests.unit.app_build import Builds, first_builds, published
from tests.unit.layers.built_app_layers import EVERYWHERE, FLASK, causes
from tests.unit.layers.standalone_python import SERIES

BIG = published("big-one", "1.0", digest="b")
OTHER = published("big-two", "1.0", digest="c")
KEPT = "  Keeping from the previous image: big-one (5 MB)"
SITE_PACKAGES = f"venv/lib/python{SERIES}/site-packages"


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    """An app with a large distribution and a small one, which was built once."""
    builds = first_builds(tmp_path)
    builds.require("flask==3.1.0\nbig-one==1.0\n")
    builds.publish(BIG, FLASK)
    builds.build()
    return builds


def build_again(builds: Builds, settings: Settings | None = None) -> list[str]:
    builds.restore()
    return builds.build(settings)


def tree(builds: Builds, layer: str) -> dict[str, bytes | str]:
    """Return what is in a layer: contents of files, and where links lead."""
    found: dict[str, bytes | str] = {}
    for parent, directories, names in os.walk(builds.layers_dir / layer):
        for path in (Path(parent, name) for name in (*names, *directories)):
            key = str(path.relative_to(builds.layers_dir))
            if path.is_symlink():
                found[key] = str(path.readlink())
            elif path.is_file():
                found[key] = path.read_bytes()
    return found


def from_nothing(builds: Builds) -> dict[str, dict[str, bytes | str]]:
    """Return the layers of a first build of the same app."""
    kept = builds.root / "kept"
    builds.layers_dir.rename(kept)
    builds.layers_dir.mkdir()
    builds.build()
    layers = {path.name: tree(builds, path.name) for path in builds.layers_dir.iterdir()}
    shutil.rmtree(builds.layers_dir)
    kept.rename(builds.layers_dir)
    return layers


def installs(builds: Builds) -> list[bool]:
    """Return of each run of pip whether it installed anything."""
    return ["--dry-run" not in call.arguments for call in builds.pip_calls]


def test_large_distribution_is_linked_back(builds: Builds) -> None:
    assert builds.types("dist-big-one") == {"launch"}
    links = [f"{SITE_PACKAGES}/{name}" for name in ("big-one", "big-one.py")]
    for link in (*links, f"{SITE_PACKAGES}/big_one-1.0.dist-info"):
        target = builds.layers_dir / link
        assert target.is_symlink()
        inside = builds.layers_dir / "dist-big-one" / "site-packages" / target.name
        assert target.resolve() == inside.resolve()
    assert not (builds.layers_dir / SITE_PACKAGES / "flask.py").is_symlink()


def test_nothing_of_it_is_restored_where_nothing_changed(builds: Builds) -> None:
    build_again(builds)
    assert builds.python_calls == []
    assert builds.types("dist-big-one") == {"launch"}
    assert not builds.is_on_disk("dist-big-one")


def test_change_of_another_one_keeps_it(builds: Builds) -> None:
    builds.require("flask==3.1.1\nbig-one==1.0\n")
    builds.publish(BIG, published("flask", "3.1.1", digest="d"))
    metadata = builds.metadata("dist-big-one")
    assert KEPT in build_again(builds)
    assert installs(builds) == [True], "pins need no resolution"
    assert not builds.is_on_disk("dist-big-one")
    assert builds.metadata("dist-big-one") == metadata
    assert tree(builds, "venv") == from_nothing(builds)["venv"]


@pytest.mark.parametrize(
    "requirements",
    ["flask==3.1.1\nbig-one==1.0\n--pre\n", "flask==3.1.1\nbig-one\n", "flask==3.1.1\n"],
    ids=["an option", "not pinned", "not named"],
)
def test_only_a_resolution_tells(builds: Builds, requirements: str) -> None:
    builds.require(requirements)
    builds.publish(BIG, published("flask", "3.1.1", digest="d"))
    log = build_again(builds)
    assert False in installs(builds)
    assert tree(builds, "venv") == from_nothing(builds)["venv"]
    assert KEPT in log


@pytest.mark.parametrize(
    "items",
    [(FLASK,), (FLASK, published("big-one", "1.0", digest="other"))],
    ids=["gone", "another file"],
)
def test_it_is_not_kept_where_it_changes(
    builds: Builds, items: tuple[dict[str, object], ...]
) -> None:
    builds.require("flask==3.1.0\n--pre\n")
    builds.publish(*items)
    assert KEPT not in build_again(builds)
    fresh = from_nothing(builds)
    assert tree(builds, "venv") == fresh["venv"]
    assert tree(builds, "dist-big-one") == fresh.get("dist-big-one", {})
    assert builds.types("dist-big-one") == ({"launch"} if len(items) == 2 else None)


def test_another_large_one_is_added(builds: Builds) -> None:
    builds.require("flask==3.1.0\nbig-one==1.0\nbig-two==1.0\n")
    builds.publish(BIG, OTHER, FLASK)
    assert KEPT in build_again(builds)
    fresh = from_nothing(builds)
    for name in ("venv", "dist-big-two"):
        assert tree(builds, name) == fresh[name]
    assert not builds.is_on_disk("dist-big-one")


def test_one_that_writes_into_a_large_one_is_with_it(builds: Builds) -> None:
    builds.publish(published("big-one", "1.0", digest="b"), published("big-one-plugin", "1.0"))
    builds.require("big-one==1.0\nbig-one-plugin==1.0\n")
    log = build_again(builds)
    assert "  Installing these, too: other distributions belong together now" in log
    assert installs(builds) == [True, True]
    # Its RECORD makes it the larger one.
    together = tree(builds, "dist-big-one-plugin")
    files = {path.partition("/site-packages/")[2] for path in together}
    assert {"big-one/data", "big-one/plugins/data"} < files
    assert together == from_nothing(builds)["dist-big-one-plugin"]


def test_another_python_keeps_nothing(builds: Builds) -> None:
    builds.restore()
    with builds.archive.open("ab") as archive:
        archive.write(b"\0")
    assert KEPT not in builds.build(python_version="3.13.1")
    assert builds.is_on_disk("dist-big-one")


def test_clean_build_keeps_nothing(builds: Builds) -> None:
    assert KEPT not in build_again(builds, Settings(clean_build=True))
    assert builds.is_on_disk("dist-big-one")


@pytest.mark.parametrize(
    ("environment", "requirements"),
    [
        ({"PIP_NO_BINARY": "flask"}, "flask==3.1.0\nbig-one==1.0\n"),
        ({"PIP_NO_BUILD_ISOLATION": "1"}, "flask==3.1.0\nbig-one==1.0\n"),
        ({}, "flask==3.1.0\nbig-one==1.0\n--no-binary flask\n"),
    ],
    ids=str,
)
def test_settings_whose_effect_is_not_known(
    builds: Builds, environment: dict[str, str], requirements: str
) -> None:
    builds.restore()
    builds.require(requirements)
    log = builds.build(environment=environment)
    cause = next(iter(environment), "requirements.txt")
    assert f"  Installing large distributions again, because of {cause}" in log
    assert builds.is_on_disk("dist-big-one")


def test_layer_that_was_not_restored(builds: Builds) -> None:
    builds.restore()
    (builds.layers_dir / "dist-big-one.toml").unlink()
    log = builds.build()
    assert causes(log) == ["its layer dist-big-one wasn't restored"]
    assert builds.is_on_disk("dist-big-one")


def test_layer_with_other_metadata(builds: Builds) -> None:
    builds.restore()
    toml = builds.layers_dir / "dist-big-one.toml"
    toml.write_text(toml.read_text().replace("big-one", "big-0ne"))
    assert causes(builds.build()) == ["its layer dist-big-one wasn't restored"]


def test_all_is_cached_where_the_build_itself_needs_it(builds: Builds) -> None:
    working = replace(builds, work=PostInstallSteps(compiles_app=True))
    log = build_again(working)
    assert causes(log) == [
        "BP_COMPILE_APP needs it, but it isn't cached",
        "BP_COMPILE_APP needs its layer dist-big-one, but it isn't cached",
    ]
    assert KEPT not in log
    assert working.types("dist-big-one") == EVERYWHERE
    working.require("flask==3.1.1\nbig-one==1.0\n")
    working.publish(BIG, published("flask", "3.1.1", digest="d"))
    assert KEPT in build_again(working)
    assert working.is_on_disk("dist-big-one")


def test_later_buildpack_finds_one_directory(builds: Builds) -> None:
    builds.follow_with("example/later")
    log = build_again(builds)
    assert causes(log) == [
        "a later buildpack needs it, but it isn't cached",
        "a later buildpack needs its layer dist-big-one, but it isn't cached",
    ]
    assert builds.types("dist-big-one") is None
    assert not (builds.layers_dir / SITE_PACKAGES / "big-one").is_symlink()
    assert build_again(builds)
    assert builds.types("dist-big-one") is None
    builds.follow_with()
    assert causes(build_again(builds)) == [
        "no later buildpack uses it now: large distributions get layers of their own"
    ]
    assert builds.types("dist-big-one") == {"launch"}


def test_small_environment_does_not_care_for_later_buildpacks(builds: Builds) -> None:
    builds.require("flask==3.1.0\n")
    builds.publish(FLASK)
    builds.follow_with("example/later")
    build_again(builds)
    builds.follow_with()
    assert causes(build_again(builds)) == []
