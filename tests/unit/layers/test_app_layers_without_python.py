"""Rebuilds of an app that isn't pinned: the bundled pip resolves, and nothing is restored for it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from python_buildpack.package_managers.failures.causes import ResolutionConflictError
from tests.unit.app_build import Builds, first_builds, published
from tests.unit.layers.built_app_layers import EVERYWHERE, FLASK, causes

NEWER_FLASK = published("flask", "3.1.1")
SAME = "  Unchanged after resolving: reusing the previous environment"
CANT_TELL = "  It can't tell: resolving again with the app's Python"


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    """An app with nothing pinned, that was built once by a buildpack with an unpacked pip."""
    builds = first_builds(tmp_path)
    builds.unpack_pip("26.3")
    builds.require("flask\n")
    builds.publish(FLASK)
    builds.build()
    builds.restore()
    return builds


def bundled_runs(builds: Builds) -> list[bool]:
    """Return of each run of pip whether it was the bundled one, as if by the app's Python."""
    return ["--python-version" in call.arguments for call in builds.pip_calls]


def publish_source(builds: Builds, *items: dict[str, object]) -> None:
    report = {"version": "1", "install": items, "built": True}
    (builds.root / "index.json").write_text(json.dumps(report))


def test_build_app_layers_unchanged_needs_no_layer(builds: Builds) -> None:
    assert not any(builds.is_on_disk(name) for name in ("python", "pip", "venv"))
    before = builds.metadata("venv")
    for _ in range(2):
        assert builds.build() == [
            "  Resolving requirements.txt with the bundled pip",
            "  Done in 0.0 s",
            "  Unchanged: reused from the previous image",
            "",
            "Dependencies",
            SAME,
            "  Not pinned: flask. Pin everything (pip freeze), and rebuilds skip resolving.",
        ]
        assert (bundled_runs(builds), builds.python_calls) == ([True], [])
        assert builds.metadata("venv") == before
        assert (builds.types("python"), builds.types("venv")) == ({"launch"}, {"launch"})
        assert builds.types("pip") is None
        builds.restore()


def test_build_app_layers_changed_index_is_resolved_again(builds: Builds) -> None:
    builds.publish(NEWER_FLASK)
    log = builds.build()
    assert "  Resolving again with the app's Python: flask 3.1.0 → 3.1.1" in log
    assert causes(log) == ["flask 3.1.0 → 3.1.1"]
    assert bundled_runs(builds) == [True, False, False]
    assert (builds.types("python"), builds.is_on_disk("python")) == ({"launch"}, False)
    builds.restore()
    assert SAME in builds.build()
    assert (bundled_runs(builds), builds.python_calls) == ([True], [])


def test_build_app_layers_that_cannot_tell_keep_python(builds: Builds) -> None:
    publish_source(builds, FLASK)
    log = builds.build()
    assert (CANT_TELL in log, SAME in log) == (True, True)
    assert (builds.types("python"), builds.types("pip")) == (EVERYWHERE, {"build", "cache"})
    builds.restore()
    log = builds.build()
    assert (CANT_TELL in log, SAME in log) == (False, True)
    assert "  Reusing Python 3.13.0 from the cache" in log


def test_build_app_layers_of_something_built_keep_python(builds: Builds) -> None:
    builds.publish(published("built", "1.0", suffix=".tar.gz"))
    builds.build()
    assert builds.metadata("venv")["interpreter"] == ""
    assert (builds.types("python"), builds.types("pip")) == (EVERYWHERE, {"build", "cache"})


def test_build_app_layers_failure_of_the_bundled_pip_is_final(builds: Builds) -> None:
    builds.publish()
    with pytest.raises(ResolutionConflictError):
        builds.build()
    assert (bundled_runs(builds), builds.python_calls) == ([True], [])


def test_build_app_layers_newer_bundled_pip_that_resolves_alike(builds: Builds) -> None:
    builds.unpack_pip("26.4")
    assert SAME in builds.build()
    assert builds.python_calls == []


def test_build_app_layers_by_another_pip_keep_python(builds: Builds) -> None:
    shutil.rmtree(builds.root / "buildpack" / "vendor" / "pip-26.3")
    log = builds.build()
    assert (CANT_TELL in log, SAME in log) == (False, True)
    assert bundled_runs(builds) == [False]
    assert (builds.types("python"), builds.types("pip")) == (EVERYWHERE, {"build", "cache"})
    # What the environment knows of its interpreter isn't lost by that.
    builds.unpack_pip("26.3")
    builds.restore()
    builds.build()
    assert (builds.types("python"), builds.types("pip")) == ({"launch"}, {"build"})
