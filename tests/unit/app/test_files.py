from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import (
    AppFiles,
    DirectoryProblem,
    DirectorySettingError,
    open_app,
)
from python_buildpack.messages.wording import message_for
from python_buildpack.system.text_file import InvalidTomlError


def test_a_file_is_read_once(tmp_path: Path) -> None:
    files = AppFiles(tmp_path)
    assert files.text("a.toml") is None
    assert files.toml("a.toml") == {}
    (tmp_path / "a.toml").write_text("[x]\ny = 1\n")
    assert files.text("a.toml") is None
    other = AppFiles(tmp_path)
    assert other.toml("a.toml") == {"x": {"y": 1}}
    assert other.toml("a.toml") is other.toml("a.toml")
    assert other.line_of("a.toml", "x", "y") == 2


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[x")
    files = AppFiles(tmp_path)
    assert files.text("a.toml") == "[x"
    with pytest.raises(InvalidTomlError):
        files.toml("a.toml")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with an app in a directory, and something outside of it."""
    root = tmp_path / "repository"
    (root / "services" / "api").mkdir(parents=True)
    (root / "README").touch()
    (root / "link").symlink_to("services/api")
    (root / "out").symlink_to("../outside")
    (tmp_path / "outside").mkdir()
    return root


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (None, ""),
        (".", ""),
        ("services/api", "services/api"),
        ("./services//api/", "services/api"),
        ("services/../services/api", "services/api"),
        ("link", "services/api"),
    ],
)
def test_open_app(repository: Path, path: str | None, expected: str) -> None:
    files = open_app(repository, path)
    assert (files.directory, files.root) == (repository / expected, repository)
    above = [each.directory for each in files.above]
    assert above == ([repository / "services", repository] if expected else [])


@pytest.mark.parametrize(
    ("path", "problem", "cause"),
    [
        ("missing", DirectoryProblem.MISSING, "The app has no such directory."),
        ("README", DirectoryProblem.NOT_A_DIRECTORY, "It isn't a directory."),
        ("..", DirectoryProblem.OUTSIDE, "It isn't in the app's repository."),
        ("services/../../outside", DirectoryProblem.OUTSIDE, "It isn't in the app's repository."),
        ("out", DirectoryProblem.OUTSIDE, "It isn't in the app's repository."),
        ("/usr", DirectoryProblem.ABSOLUTE, "It is an absolute path."),
    ],
)
def test_open_app_that_is_not_there(
    repository: Path, path: str, problem: DirectoryProblem, cause: str
) -> None:
    with pytest.raises(DirectorySettingError) as raised:
        open_app(repository, path)
    assert (raised.value.directory, raised.value.problem) == (path, problem)
    message = message_for(raised.value)
    assert message.heading == "Invalid BP_PYTHON_PROJECT_PATH"
    assert message.body.startswith(f"Found: {path}\n{cause}\n\nSet it to the app's directory, ")


def test_what_is_outside_of_the_repository(repository: Path) -> None:
    files = open_app(repository, "services/api")
    assert not files.is_outside("../../README")
    assert files.is_outside("../../../outside")
    assert files.is_outside("../../out")
    assert files.is_outside("/usr")
