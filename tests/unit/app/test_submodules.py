from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.submodules import (
    MissingSubmodulesError,
    check_submodules,
    missing_submodules,
)
from python_buildpack.messages.wording import message_for

GITMODULES = """\
[submodule "sdk"]
	path = libs/sdk
	url = https://example.com/sdk.git
[submodule "theme"]
	path=theme/
	url = ../theme.git
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("libs/sdk", ("libs/sdk",)),
        ("./libs/sdk/", ("libs/sdk",)),
        ("././/libs/sdk/python", ("libs/sdk",)),
        ("theme", ("theme",)),
        ("libs/sdk2", ()),
        ("libs", ()),
        (".", ()),
        ("https://example.com/libs/sdk", ()),
        ("libs/\0", ()),
    ],
)
def test_missing_submodules(tmp_path: Path, path: str, expected: tuple[str, ...]) -> None:
    (tmp_path / ".gitmodules").write_text(GITMODULES)
    (tmp_path / "libs" / "sdk").mkdir(parents=True)
    assert missing_submodules(tmp_path, [path]) == expected


def test_missing_submodules_of_the_repository_of_an_app(tmp_path: Path) -> None:
    (tmp_path / ".gitmodules").write_text(GITMODULES)
    (tmp_path / "backend").mkdir()
    assert missing_submodules(tmp_path / "backend", ["../libs/sdk"]) == ("libs/sdk",)
    assert missing_submodules(tmp_path / "backend", ["libs/sdk"]) == ()


def test_missing_submodules_none_where_it_is_checked_out(tmp_path: Path) -> None:
    (tmp_path / ".gitmodules").write_text(GITMODULES)
    (tmp_path / "libs" / "sdk").mkdir(parents=True)
    (tmp_path / "libs" / "sdk" / "setup.py").touch()
    assert missing_submodules(tmp_path, ["libs/sdk"]) == ()


def test_missing_submodules_none_without_gitmodules(tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    assert missing_submodules(tmp_path, ["libs"]) == ()


def test_message_of_missing_submodules(tmp_path: Path) -> None:
    (tmp_path / ".gitmodules").write_text(GITMODULES)
    with pytest.raises(MissingSubmodulesError) as raised:
        check_submodules(tmp_path, ["libs/sdk", "theme"], "uv.lock")
    message = message_for(raised.value)
    assert message.heading == "A Git submodule isn't checked out"
    assert message.body.startswith(
        "uv.lock installs projects from these directories, which are empty:\n    libs/sdk\n    theme\n"
    )
    assert "git submodule update --init" in message.body
