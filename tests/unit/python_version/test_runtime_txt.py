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
    InvalidPythonVersionError,
    MultiplePythonVersionsError,
    NoPythonVersionError,
    parse_runtime_txt,
)
from tests.unit.outcome import outcome_of


@pytest.mark.parametrize(
    ("contents", "specifiers"),
    [
        ("python-3.12.4\n", "==3.12.4"),
        ("python-3.12", "==3.12.*"),
        ("python-3.12.x", "==3.12.*"),
        ("3.12", "==3.12.*"),
        ("\r\n  python-3.12.4  \r\n", "==3.12.4"),
    ],
)
def test_parse(contents: str, specifiers: str) -> None:
    source = parse_runtime_txt(contents)
    assert source.name == "runtime.txt"
    assert source.text == contents.strip()
    assert str(source.specifiers) == specifiers


@pytest.mark.parametrize(
    "contents", ["pypy3.10-7.3.11", "python 3.12", "python-", ">=3.12", "r-4.1-2021-05-01"]
)
def test_parse_rejects_other_forms(contents: str) -> None:
    with pytest.raises(InvalidPythonVersionError) as caught:
        parse_runtime_txt(contents)
    message = message_for(caught.value)
    assert message.heading == "Invalid Python version in runtime.txt"
    assert f"runtime.txt:1: {contents}\n" in message.body
    assert ".python-version" in message.body


def test_parse_no_version() -> None:
    with pytest.raises(NoPythonVersionError) as caught:
        parse_runtime_txt("\n")
    assert message_for(caught.value).heading == "No Python version in runtime.txt"


def test_parse_several_versions() -> None:
    with pytest.raises(MultiplePythonVersionsError) as caught:
        parse_runtime_txt("python-3.12\n\npython-3.13 # new\n")
    assert caught.value.versions == ((1, "python-3.12"), (3, "python-3.13"))
    message = message_for(caught.value)
    assert message.heading == "Several Python versions in runtime.txt"
    assert "    runtime.txt:1: python-3.12\n    runtime.txt:3: python-3.13\n" in message.body


def test_parse_an_implementation_that_is_too_old_to_be_advised() -> None:
    with pytest.raises(InvalidPythonVersionError) as caught:
        parse_runtime_txt("pypy3.6-7.3.2\n")
    assert "write to .python-version: 3.14\n" in message_for(caught.value).body


def test_read(tmp_path: Path) -> None:
    assert read_version_sources(AppFiles(tmp_path), None, ()) == ()
    (tmp_path / "runtime.txt").write_text("python-3.12")
    (source,) = read_version_sources(AppFiles(tmp_path), None, ())
    assert source.text == "python-3.12"


@given(st.text() | st.text().map(lambda text: f"python-{text}"))
def test_parse_any_text(contents: str) -> None:
    outcome = outcome_of(lambda: parse_runtime_txt(contents))
    if isinstance(outcome, UserMessage):
        assert "runtime.txt" in outcome.heading
    else:
        assert outcome.text in contents
