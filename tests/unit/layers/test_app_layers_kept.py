"""What the layers beside the environment are at the next build, and what later buildpacks find."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from python_buildpack.app.settings import Settings
from tests.unit.app_build import Builds, first_builds, published
from tests.unit.layers.built_app_layers import EVERYWHERE, FLASK, causes

SDIST = published("built", "1.0", suffix=".tar.gz")
OTHER_SDIST = published("other", "1.0", suffix=".tar.gz")


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    """An app with all pinned, that was never built."""
    builds = first_builds(tmp_path)
    builds.require("flask==3.1.0\n")
    builds.publish(FLASK)
    return builds


def build_again(builds: Builds, settings: Settings | None = None) -> list[str]:
    builds.restore()
    return builds.build(settings)


def wheels(builds: Builds) -> list[str]:
    return sorted(path.parent.name for path in builds.layers_dir.glob("wheels/**/*.whl"))


def test_build_app_layers_pip_that_nobody_needs_is_left_out(builds: Builds) -> None:
    builds.vendor_pip("26.2")
    builds.build()
    builds.vendor_pip("26.3")
    build_again(builds)
    assert builds.python_calls == []
    assert (builds.types("pip"), builds.is_on_disk("pip")) == (None, False)
    # It comes back when it is needed.
    builds.require("flask==3.1.0\n--pre\n")
    assert "  Installing pip 26.3" in build_again(builds)
    assert builds.types("pip") == {"build"}


def test_build_app_layers_newer_pip_resolves_where_not_all_is_pinned(builds: Builds) -> None:
    builds.require("flask\n")
    builds.vendor_pip("26.2")
    builds.build()
    builds.vendor_pip("26.3")
    log = build_again(builds)
    assert "  Discarding the previous pip: pip 26.2 → 26.3" in log
    assert causes(log) == []
    assert ["--dry-run" in call.arguments for call in builds.pip_calls] == [True]
    assert not builds.is_on_disk("venv")


def test_build_app_layers_pip_at_launch(builds: Builds) -> None:
    at_launch = Settings(pip_at_launch=True)
    builds.build(at_launch)
    assert builds.types("pip") == EVERYWHERE
    build_again(builds, at_launch)
    assert builds.python_calls == []
    assert (builds.types("pip"), builds.is_on_disk("pip")) == (EVERYWHERE, True)
    build_again(builds)
    assert builds.types("pip") is None


def test_build_app_layers_pip_at_launch_is_made_where_it_is_out_of_date(builds: Builds) -> None:
    builds.vendor_pip("26.2")
    builds.build()
    builds.vendor_pip("26.3")
    log = build_again(builds, Settings(pip_at_launch=True))
    assert "  Installing pip 26.3" in log
    assert causes(log) == []
    assert (builds.types("pip"), builds.is_on_disk("pip")) == (EVERYWHERE, True)
    assert (builds.types("python"), builds.is_on_disk("python")) == ({"launch"}, False)
    assert not builds.is_on_disk("venv")


def test_build_app_layers_later_buildpack_finds_everything_each_time(builds: Builds) -> None:
    builds.follow_with("example/node")
    builds.build()
    for _ in range(2):
        for name, types in {"python": EVERYWHERE, "venv": EVERYWHERE}.items():
            assert (builds.types(name), builds.is_on_disk(name)) == (types, True)
        assert builds.types("pip") == {"build", "cache"}
        assert builds.is_on_disk("pip")
        log = build_again(builds)
        assert causes(log) == []
        assert "  Reusing Python 3.13.0 from the cache" in log
        assert any(line.startswith("  Unchanged, and all pinned") for line in log)
        assert builds.python_calls == builds.pip_calls == []


def test_build_app_layers_later_buildpack_that_uses_no_python(builds: Builds) -> None:
    builds.follow_with("heroku/procfile")
    builds.build()
    assert (builds.types("python"), builds.types("venv")) == ({"launch"}, {"launch"})


def test_build_app_layers_later_buildpack_that_is_added(builds: Builds) -> None:
    builds.build()
    builds.follow_with("example/node")
    log = build_again(builds)
    assert causes(log) == ["a later buildpack needs it, but it isn't cached"]
    for name in ("python", "venv"):
        assert (builds.types(name), builds.is_on_disk(name)) == (EVERYWHERE, True)


def test_build_app_layers_later_buildpack_that_is_removed(builds: Builds) -> None:
    builds.follow_with("example/node")
    builds.build()
    builds.follow_with()
    assert causes(build_again(builds)) == []
    assert builds.python_calls == builds.pip_calls == []
    assert (builds.types("python"), builds.types("venv")) == ({"launch"}, {"launch"})
    build_again(builds)
    assert (builds.is_on_disk("python"), builds.is_on_disk("venv")) == (False, False)


def test_build_app_layers_nothing_of_the_cache_is_left(builds: Builds) -> None:
    builds.follow_with("example/node")
    builds.build()
    builds.restore()
    # The image has the layers, but where they were cached, nothing is restored of them.
    for path in builds.layers_dir.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert causes(builds.build()) == []
    assert (builds.is_on_disk("python"), builds.is_on_disk("venv")) == (True, True)


def test_build_app_layers_built_wheels_are_kept(builds: Builds) -> None:
    builds.require("built==1.0\nother==1.0\n")
    builds.publish(SDIST, OTHER_SDIST)
    builds.build()
    assert (builds.types("wheels"), wheels(builds)) == ({"cache"}, ["built", "other"])
    # Nothing is installed: they are kept all the same.
    build_again(builds)
    assert (builds.types("wheels"), wheels(builds)) == ({"cache"}, ["built", "other"])
    # Only those that are still used.
    builds.require("built==1.0\n")
    builds.publish(SDIST)
    build_again(builds)
    assert (builds.types("wheels"), wheels(builds)) == ({"cache"}, ["built"])
    # None is.
    builds.require("flask==3.1.0\n")
    builds.publish(FLASK)
    build_again(builds)
    assert (builds.types("wheels"), builds.is_on_disk("wheels")) == (None, False)


@pytest.mark.parametrize(
    ("environment", "settings", "expected"),
    [
        pytest.param({}, Settings(), ["built"], id="no change"),
        pytest.param({"CFLAGS": "-O3"}, Settings(), [], id="compiler's options"),
        pytest.param({}, Settings(clean_build=True), [], id="clean"),
    ],
)
def test_build_app_layers_built_wheels_where_they_fit(
    builds: Builds, environment: dict[str, str], settings: Settings, expected: list[str]
) -> None:
    builds.require("built\n")
    builds.publish(SDIST)
    builds.build()
    builds.restore()
    # Installs nothing that is built: what is in the layer then was there before.
    builds.require("built >= 0.1\n")
    info = {"url": "https://index.example/built-1.0.tar.gz?", "archive_info": {}}
    builds.publish({**SDIST, "download_info": info})
    builds.build(settings, environment)
    assert wheels(builds) == expected
