from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import python_buildpack.messages.python_version  # noqa: F401 (registers the wording)
from python_buildpack.app.files import AppFiles
from python_buildpack.messages.message import UserMessage
from python_buildpack.messages.wording import message_for
from python_buildpack.python_version.resolve import read_version_sources
from python_buildpack.python_version.sources import (
    NoPythonVersionError,
    parse_python_version_file,
)
from python_buildpack.system.text_file import UnreadableFileError
from tests.unit.outcome import outcome_of


@pytest.mark.parametrize(
    ("contents", "line", "text"),
    [
        pytest.param("3.13\n", 1, "3.13", id="minor"),
        pytest.param("3.13.2", 1, "3.13.2", id="patch"),
        pytest.param("\n# pinned\n 3.13 \n\n", 3, "3.13", id="comment"),
        pytest.param("3.13 # pinned\r\n", 1, "3.13", id="inline comment"),
        pytest.param(">=3.12,<3.14", 1, ">=3.12,<3.14", id="specifiers"),
    ],
)
def test_parse(contents: str, line: int, text: str) -> None:
    source = parse_python_version_file(contents)
    assert (source.name, source.line, source.text) == (".python-version", line, text)


@pytest.mark.parametrize("contents", ["", "\n\n", "# 3.13\n"])
def test_parse_no_version(contents: str) -> None:
    with pytest.raises(NoPythonVersionError) as caught:
        parse_python_version_file(contents)
    assert message_for(caught.value).heading == "No Python version in .python-version"


def test_parse_several_versions() -> None:
    source = parse_python_version_file("# pyenv\n3.13\n\n3.12 # for tox\npypy3.10\n")
    assert (source.line, source.text) == (2, "3.13")
    assert source.others == ((4, "3.12"), (5, "pypy3.10"))


def test_read_no_file(tmp_path: Path) -> None:
    assert read_version_sources(AppFiles(tmp_path), None, ()) == ()


def test_read_directory(tmp_path: Path) -> None:
    (tmp_path / ".python-version").mkdir()
    with pytest.raises(UnreadableFileError):
        read_version_sources(AppFiles(tmp_path), None, ())


@given(st.text() | st.text(alphabet="3.12,<>=~!*x#\n -"))
def test_parse_any_text(contents: str) -> None:
    outcome = outcome_of(lambda: parse_python_version_file(contents))
    if isinstance(outcome, UserMessage):
        assert ".python-version" in outcome.heading
    else:
        assert outcome.text in contents
