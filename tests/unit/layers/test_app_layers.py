from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import tomli

from python_buildpack.app.settings import Settings
from python_buildpack.environment.resolution import Pinning
from python_buildpack.layers.venv_record import parse_venv_record
from python_buildpack.package_managers.failures.causes import ResolutionConflictError
from python_buildpack.post_install.django_app import DjangoApp
from python_buildpack.post_install.steps import PostInstallSteps
from tests.unit.app_build import Builds, built_once, first_builds, published
from tests.unit.layers.built_app_layers import EVERYWHERE, FLASK, causes

NEWER_FLASK = published("flask", "3.1.1")
ADVICE = ["  Not pinned: flask. Pin everything (pip freeze), and rebuilds skip resolving."]


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    return first_builds(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the builds are that several tests start on."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture
def locked(shared: Path) -> Builds:
    """An app with all pinned, that was built once."""
    return built_once(shared / "locked", "flask==3.1.0\n", FLASK)


@pytest.fixture
def resolved(shared: Path) -> Builds:
    """An app with nothing pinned, that was built once."""
    return built_once(shared / "resolved", "flask\n", FLASK)


def kind(builds: Builds) -> Pinning:
    record = parse_venv_record(builds.metadata("venv"))
    assert record is not None
    return record.kind


def test_build_app_layers_shows_what_was_decided_for_the_user(builds: Builds) -> None:
    builds.require("flask==3.1.0\n")
    builds.publish(FLASK)
    builds = replace(builds, notices=("Using it",))
    for _ in range(2):
        log = builds.build()
        assert log[log.index("Dependencies") + 1] == "  Using it"
        builds.restore()


def test_build_app_layers_first_build(builds: Builds) -> None:
    builds.require("flask==3.1.0\n")
    builds.publish(FLASK)
    log = builds.build()
    assert log == [
        "  Installing Python 3.13.0",
        f"  Downloading {builds.archive.as_uri()}",
        "  Done in 0.0 s",
        "",
        "pip",
        "  Installing pip 26.3",
        "  Done in 0.0 s",
        "",
        "Dependencies",
        "  Installing from requirements.txt with pip 26.3",
        "  Done in 0.0 s",
    ]
    assert [call.arguments[:2] for call in builds.pip_calls] == [("install", "--no-compile")]
    assert (builds.types("python"), builds.types("venv")) == ({"launch"}, {"launch"})
    assert builds.types("pip") == {"build"}
    assert builds.types("wheels") is None
    assert kind(builds) is Pinning.LOCKED
    venv = builds.layers_dir / "venv"
    assert tomli.loads((venv / "pylock.toml").read_text())["packages"][0]["name"] == "flask"
    assert list(venv.glob("lib/python3.13/site-packages/__pycache__/flask.*.pyc"))


def test_build_app_layers_locked_and_unchanged_runs_nothing(locked: Builds) -> None:
    assert (locked.is_on_disk("python"), locked.is_on_disk("venv")) == (False, False)
    before = locked.metadata("venv"), locked.metadata("python")
    log = locked.build()
    assert log == [
        "  Unchanged: reused from the previous image",
        "",
        "Dependencies",
        "  Unchanged, and all pinned: reusing the previous environment (1 distribution)",
    ]
    assert locked.python_calls == locked.pip_calls == []
    assert (locked.types("python"), locked.types("venv")) == ({"launch"}, {"launch"})
    assert (locked.is_on_disk("python"), locked.is_on_disk("venv")) == (False, False)
    assert (locked.metadata("venv"), locked.metadata("python")) == before
    assert locked.types("pip") is None


def test_build_app_layers_locked_with_work_for_the_app(locked: Builds) -> None:
    app = replace(locked, work=PostInstallSteps(DjangoApp("manage.py"), collects_static=True))
    assert causes(app.build()) == ["collectstatic needs it, but it isn't cached"]
    assert (app.types("python"), app.types("venv")) == (EVERYWHERE, EVERYWHERE)
    app.restore()
    assert app.build()[0] == "  Reusing Python 3.13.0 from the cache"
    # Nothing is installed, so pip isn't either.
    assert (app.types("pip"), app.pip_calls) == (None, [])


def test_build_app_layers_locked_does_not_notice_the_index(locked: Builds) -> None:
    locked.publish(NEWER_FLASK)
    for _ in range(3):
        locked.build()
        locked.restore()
    assert locked.metadata("venv")["distributions"] == "flask==3.1.0"


def test_build_app_layers_unpinned_first_build(builds: Builds) -> None:
    builds.require("flask\n")
    builds.publish(FLASK)
    assert builds.build()[-1:] == ADVICE
    assert kind(builds) is Pinning.RESOLVED
    assert (builds.types("python"), builds.types("venv")) == (EVERYWHERE, {"launch"})


def test_build_app_layers_unpinned_and_unchanged_asks_once(resolved: Builds) -> None:
    assert (resolved.is_on_disk("python"), resolved.is_on_disk("venv")) == (True, False)
    assert resolved.build() == [
        "  Reusing Python 3.13.0 from the cache",
        "  Reusing pip 26.3 from the cache",
        "",
        "Dependencies",
        "  Resolving requirements.txt",
        "  Done in 0.0 s",
        "  Unchanged after resolving: reusing the previous environment",
        *ADVICE,
    ]
    (call,) = resolved.pip_calls
    assert call.arguments[:4] == ("install", "--dry-run", "--ignore-installed", "--quiet")
    assert "PIP_PYTHON" not in call.environment
    assert resolved.python_calls == []
    assert (resolved.types("python"), resolved.types("venv")) == (EVERYWHERE, {"launch"})
    assert not resolved.is_on_disk("venv")


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        pytest.param([NEWER_FLASK], ["flask 3.1.0 → 3.1.1"], id="release"),
        pytest.param(
            [published("flask", "3.1.0", digest="b")],
            ["files of some distributions changed on the index"],
            id="another file",
        ),
        pytest.param([FLASK, published("x", "1")], ["x 1 is new"], id="new"),
        pytest.param(
            [published("quart", "1")], ["flask 3.1.0 is gone", "quart 1 is new"], id="other"
        ),
    ],
)
def test_build_app_layers_unpinned_and_the_index_changed(
    resolved: Builds, items: list[dict[str, object]], expected: list[str]
) -> None:
    resolved.publish(*items)
    assert causes(resolved.build()) == expected
    assert ["--dry-run" in call.arguments for call in resolved.pip_calls] == [True, False]
    assert resolved.is_on_disk("venv")
    resolved.restore()
    assert causes(resolved.build()) == []


def test_build_app_layers_changed_requirements(locked: Builds) -> None:
    locked.require("flask==3.1.1\n")
    locked.publish(NEWER_FLASK)
    assert causes(locked.build()) == ["requirements.txt changed"]
    assert locked.is_on_disk("venv")
    assert kind(locked) is Pinning.LOCKED
    # Python was unpacked for this, and is left out again: the image has the same.
    assert [call.arguments[3] for call in locked.python_calls] == ["venv"]
    assert (locked.types("python"), locked.is_on_disk("python")) == ({"launch"}, False)


def test_build_app_layers_no_longer_pinned_keeps_python(locked: Builds) -> None:
    locked.require("flask\n")
    locked.build()
    assert kind(locked) is Pinning.RESOLVED
    assert (locked.types("python"), locked.is_on_disk("python")) == (EVERYWHERE, True)


def test_build_app_layers_names_every_cause(locked: Builds) -> None:
    locked.require("flask==3.1.0\n-c pins.txt\n")
    (locked.root / "app" / "pins.txt").write_text("")
    log = locked.build(environment={"PIP_PRE": "1"}, python_version="3.13.1")
    assert causes(log) == [
        "PIP_PRE is new",
        "Python 3.13.0 → 3.13.1",
        "pins.txt (constraints) is new",
        "requirements.txt changed",
    ]
    assert "  Discarding the previous Python: Python 3.13.0 → 3.13.1" in log
    assert locked.is_on_disk("python")


def test_build_app_layers_clean(locked: Builds) -> None:
    assert causes(locked.build(Settings(clean_build=True))) == ["BP_CLEAN_BUILD is set"]
    assert [call.arguments[1] for call in locked.pip_calls] == ["--no-compile"]


@pytest.mark.parametrize(
    ("toml", "cause"),
    [
        ("junk", "its metadata can't be read"),
        ("[metadata]\nlayer_format = 1\n", "its metadata can't be read"),
        ("[metadata]\n", "it was built by another version of this buildpack"),
    ],
)
def test_build_app_layers_junk_for_metadata(locked: Builds, toml: str, cause: str) -> None:
    (locked.layers_dir / "venv.toml").write_text(toml)
    assert causes(locked.build()) == [cause]
    assert locked.is_on_disk("venv")


@pytest.mark.parametrize("toml", [None, "junk", "[metadata]\n"])
def test_build_app_layers_locked_but_python_is_unknown(locked: Builds, toml: str | None) -> None:
    (locked.layers_dir / "python.toml").unlink()
    if toml is not None:
        (locked.layers_dir / "python.toml").write_text(toml)
    assert causes(locked.build()) == []
    assert (locked.types("python"), locked.is_on_disk("python")) == ({"launch"}, True)
    assert (locked.types("venv"), locked.is_on_disk("venv")) == ({"launch"}, False)


def test_build_app_layers_from_a_directory_is_made_anew_each_time(builds: Builds) -> None:
    builds.require("./local\n")
    directory = {"url": "file:///app/local", "dir_info": {}}
    builds.publish({**FLASK, "download_info": directory})
    builds.build()
    assert kind(builds) is Pinning.UNPROVEN
    builds.restore()
    assert causes(builds.build()) == [
        "it has packages from a directory or URL whose contents may have changed"
    ]
    assert ["--dry-run" in call.arguments for call in builds.pip_calls] == [False]


def test_build_app_layers_pip_fails(locked: Builds) -> None:
    locked.require("flask==9\n")
    locked.publish()
    with pytest.raises(ResolutionConflictError):
        locked.build()
    assert not locked.is_on_disk("venv")
    assert not (locked.layers_dir / "venv.toml").exists()
    assert not locked.is_on_disk("python")


def test_build_app_layers_without_dependencies(builds: Builds) -> None:
    builds.require("# Nothing yet\n")
    log = builds.build()
    assert log[-1] == "  requirements.txt declares no dependencies: the environment is empty"
    assert builds.pip_calls == []
    assert kind(builds) is Pinning.LOCKED
    builds.restore()
    builds.build()
    assert builds.python_calls == []


def test_build_app_layers_of_wheels_takes_no_notice_of_variables(locked: Builds) -> None:
    locked.build(environment={"FLAVOUR": "hot"})
    assert locked.pip_calls == []


def test_build_app_layers_built_again_with_other_variables(builds: Builds) -> None:
    builds.require("flask==3.1.0\n")
    builds.publish(published("flask", "3.1.0", suffix=".tar.gz"))
    builds.build(environment={"FLAVOUR": "mild"})
    builds.restore()
    builds.build(environment={"FLAVOUR": "mild"})
    assert builds.pip_calls == []
    builds.restore()
    assert causes(builds.build(environment={"FLAVOUR": "hot"})) == ["environment variables changed"]


def test_build_app_layers_that_write_into_the_app(builds: Builds) -> None:
    builds.require("flask==3.1.0\n")
    builds.publish(FLASK)
    log = builds.build(environment={"GENERATED": "generated.py"})
    assert log[-2:] == [
        "  The installation wrote into the app: generated.py",
        "  Each build installs the dependencies again, so that the image has these files",
    ]
    assert kind(builds) is Pinning.WRITES_APP
    builds.restore()
    again = builds.build(environment={"GENERATED": "generated.py"})
    assert causes(again) == ["its installation writes into the app"]
