from __future__ import annotations

import os
from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.lock import pylock
from python_buildpack.package_managers.lock.managers import PYLOCK
from python_buildpack.package_managers.lock.pylock import (
    PylockProblem,
    SeveralPylocksError,
    UnknownPylockError,
    determine_pylock,
)
from python_buildpack.package_managers.protocol import App


def app_with(directory: Path, *names: str, chosen: str | None = None) -> App:
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('lock-version = "1.0"\ncreated-by = "test"\npackages = []\n')
    return App(AppFiles(directory), Settings(pylock=chosen), {}, PYLOCK)


@pytest.mark.parametrize(
    ("chosen", "file"),
    [
        ("prod", "pylock.prod.toml"),
        ("pylock.prod.toml", "pylock.prod.toml"),
        ("./pylock.prod.toml", "pylock.prod.toml"),
        ("deploy/pylock.toml", "deploy/pylock.toml"),
        ("deploy/../pylock.prod.toml", "pylock.prod.toml"),
        ("{app}/deploy/pylock.toml", "deploy/pylock.toml"),
    ],
)
@pytest.mark.parametrize("found", ["pylock.toml", "pylock.prod.toml"])
def test_determine_pylock_that_is_named(tmp_path: Path, found: str, chosen: str, file: str) -> None:
    names = (found, "pylock.prod.toml", "deploy/pylock.toml")
    app = app_with(tmp_path, *names, chosen=chosen.format(app=tmp_path))
    assert determine_pylock(app, found) == file


def test_read_a_lock_in_a_directory(tmp_path: Path) -> None:
    app = app_with(tmp_path, "deploy/pylock.toml", chosen="deploy/pylock.toml")
    assert pylock.read(app, "deploy/pylock.toml").display_name == "deploy/pylock.toml"


@pytest.mark.parametrize(
    ("chosen", "file", "problem"),
    [
        ("dev", "pylock.dev.toml", PylockProblem.MISSING),
        ("deploy/pylock.toml", "deploy/pylock.toml", PylockProblem.MISSING),
        ("lock.toml", "lock.toml", PylockProblem.NAME),
        ("a.b", "pylock.a.b.toml", PylockProblem.NAME),
        ("no\0file", "pylock.no\0file.toml", PylockProblem.MISSING),
        ("../pylock.toml", "../pylock.toml", PylockProblem.OUTSIDE),
        ("deploy/../../x/pylock.toml", "../x/pylock.toml", PylockProblem.OUTSIDE),
        ("/etc/pylock.toml", "{root}etc/pylock.toml", PylockProblem.OUTSIDE),
        ("linked", "pylock.linked.toml", PylockProblem.OUTSIDE),
        ("dangling", "pylock.dangling.toml", PylockProblem.OUTSIDE),
        ("shared/pylock.toml", "shared/pylock.toml", PylockProblem.OUTSIDE),
    ],
)
def test_determine_pylock_that_is_none(
    tmp_path: Path, chosen: str, file: str, problem: PylockProblem
) -> None:
    app_with(tmp_path, "pylock.toml")
    app = app_with(tmp_path / "app", "pylock.toml", "lock.toml", chosen=chosen)
    (tmp_path / "app/pylock.linked.toml").symlink_to(tmp_path / "pylock.toml")
    (tmp_path / "app/pylock.dangling.toml").symlink_to(tmp_path / "missing")
    (tmp_path / "app/shared").symlink_to(tmp_path)
    file = file.format(root=os.path.relpath("/", app.directory) + "/")
    with pytest.raises(UnknownPylockError) as caught:
        determine_pylock(app, "pylock.toml")
    error = caught.value
    assert (error.chosen, error.file, error.problem) == (chosen, file, problem)
    assert error.files == ("pylock.dangling.toml", "pylock.linked.toml", "pylock.toml")


@pytest.mark.parametrize("chosen", ["linked", "shared/pylock.toml"])
def test_determine_pylock_by_a_link_within_the_app(tmp_path: Path, chosen: str) -> None:
    app = app_with(tmp_path, "deploy/pylock.toml", chosen=chosen)
    (tmp_path / "pylock.linked.toml").symlink_to("deploy/pylock.toml")
    (tmp_path / "shared").symlink_to("deploy")
    assert (app.directory / determine_pylock(app, "pylock.toml")).exists()


def test_determine_pylock_of_several(tmp_path: Path) -> None:
    app = app_with(tmp_path, "pylock.prod.toml", "pylock.dev.toml")
    with pytest.raises(SeveralPylocksError) as caught:
        determine_pylock(app, "pylock.dev.toml")
    assert caught.value.files == ("pylock.dev.toml", "pylock.prod.toml")
    # The plain name is the one to install.
    app_with(tmp_path, "pylock.toml")
    assert determine_pylock(app, "pylock.toml") == "pylock.toml"


def test_message_of_several() -> None:
    message = message_for(SeveralPylocksError(("pylock.a.toml", "pylock.b.toml")))
    assert message.heading == "Several lock files, and BP_PYLOCK doesn't choose one"
    assert "Set BP_PYLOCK, for example to pylock.a.toml," in message.body


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (PylockProblem.NAME, "A lock file of PEP 751 is named pylock.toml or pylock.NAME.toml."),
        (PylockProblem.OUTSIDE, "It is outside of the app, or a link that leads out of it."),
        (PylockProblem.MISSING, "The app has no such file."),
    ],
)
def test_message_of_one_that_is_none(problem: PylockProblem, line: str) -> None:
    error = UnknownPylockError("x\x1b", "pylock.x\x1b.toml", problem, ("pylock.toml",))
    message = message_for(error)
    assert message.heading == "Invalid BP_PYLOCK"
    assert message.body.splitlines()[:5] == [
        "BP_PYLOCK=x\\x1b",
        "File: pylock.x\\x1b.toml",
        line,
        "In its root, it has:",
        "    pylock.toml",
    ]


def test_message_of_one_that_is_none_in_an_app_without_any() -> None:
    error = UnknownPylockError("pylock.toml", "pylock.toml", PylockProblem.MISSING, ())
    assert message_for(error).body.startswith(
        "BP_PYLOCK=pylock.toml\nThe app has no such file.\n\nSet it to the path of"
    )
