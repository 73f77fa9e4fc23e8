from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

import python_buildpack.messages.python_version  # noqa: F401 (registers the wording)
from python_buildpack.messages.message import UserMessage
from python_buildpack.messages.wording import message_for
from python_buildpack.python_version.sources import (
    InvalidPythonVersionError,
    VersionSource,
    WrongForm,
    parse_requested_version,
    parse_requires_python,
)
from tests.unit.outcome import outcome_of


@pytest.mark.parametrize(
    ("text", "specifiers"),
    [
        ("3", "==3.*"),
        ("3.13", "==3.13.*"),
        ("3.13.2", "==3.13.2"),
        ("3.15.0rc1", "==3.15.0rc1"),
        ("3.12.*", "==3.12.*"),
        ("3.*", "==3.*"),
        ("3.x", "==3.*"),
        ("3.13.x", "==3.13.*"),
        ("3.13.X", "==3.13.*"),
        ("python-3", "==3.*"),
        ("python-3.13", "==3.13.*"),
        ("python-3.13.x", "==3.13.*"),
        ("python-3.13.2", "==3.13.2"),
        ("python3.12", "==3.12.*"),
        ("cpython3.12.1", "==3.12.1"),
        ("cpython-3.12", "==3.12.*"),
        ("cpython@3.12", "==3.12.*"),
        ("cpython-3.12.3-linux-x86_64-gnu", "==3.12.3"),
        ("cpython-3.12-macos-aarch64-none", "==3.12.*"),
        ("latest", ""),
        ("~=3.12", "~=3.12"),
        ("==3.13", "==3.13"),
        (" >= 3.12 , < 3.14 ", "<3.14,>=3.12"),
        # As uv and asdf write them.
        ("cpython-3.13.1-linux-x86_64-gnu", "==3.13.1"),
        ("cpython-3.13-linux-x86_64-gnu", "==3.13.*"),
        ("cpython@3.13", "==3.13.*"),
        ("python3.13", "==3.13.*"),
        ("latest:3.13", "==3.13.*"),
    ],
)
def test_parse_requested_version(text: str, specifiers: str) -> None:
    source = parse_requested_version("BP_PYTHON_VERSION", None, text)
    assert source.text == text.strip()
    assert str(source.specifiers) == specifiers


@pytest.mark.parametrize(
    ("text", "specifiers"),
    [
        ("3t", "==3.*"),
        ("3.14t", "==3.14.*"),
        ("3.14.2t", "==3.14.2+freethreaded"),
        ("3.15.0rc1t", "==3.15.0rc1+freethreaded"),
        ("3.14+freethreaded", "==3.14.*"),
        ("3.14.2+freethreaded", "==3.14.2+freethreaded"),
        ("cpython-3.14+freethreaded-linux-x86_64-gnu", "==3.14.*"),
        ("cpython@3.14t", "==3.14.*"),
        ("python3.14t", "==3.14.*"),
        ("latest:3.14t", "==3.14.*"),
        ("latest+freethreaded", ""),
    ],
)
def test_parse_requested_version_of_a_free_threaded_build(text: str, specifiers: str) -> None:
    source = parse_requested_version("BP_PYTHON_VERSION", None, text)
    assert (source.free_threaded, str(source.specifiers)) == (True, specifiers)
    assert not source.allows(Version("3.14.2"))


@pytest.mark.parametrize(
    ("text", "free_threaded"),
    [("3.14", False), ("3.14.2", False), (">=3.13", None), ("latest", None)],
)
def test_specifiers_say_nothing_of_the_build(text: str, free_threaded: bool | None) -> None:
    source = parse_requested_version("BP_PYTHON_VERSION", None, text)
    assert source.free_threaded is free_threaded
    assert source.allows(Version("3.14.2"))
    assert source.allows(Version("3.14.2+freethreaded")) is (free_threaded is None)


@pytest.mark.parametrize(
    ("text", "form", "suggested_version"),
    [
        ("pypy3.6-7.3.2", WrongForm.OTHER_IMPLEMENTATION, "3.14"),
        ("v3.8.1", WrongForm.PREFIX, "3.14"),
        ("Python 3.13.2", WrongForm.PREFIX, "3.13.2"),
        ("v3.13", WrongForm.PREFIX, "3.13"),
        ("python-", WrongForm.OTHER, "3.14"),
        ("python->=3.12", WrongForm.OTHER, "3.12"),
        ("3.13.2.x", WrongForm.OTHER, "3.13.2"),
        ("13.x", WrongForm.OTHER, "3.14"),
        ('"3.13"', WrongForm.QUOTES, "3.13"),
        (">=3.13t", WrongForm.OTHER, "3.13"),
        ("3.14td", WrongForm.OTHER, "3.14"),
        ("3.14+freethreaded+debug", WrongForm.OTHER, "3.14"),
        ("3.14t-dev", WrongForm.DEVELOPMENT, "3.14"),
        ("pypy3.10", WrongForm.OTHER_IMPLEMENTATION, "3.10"),
        ("pypy3.10-7.3.11", WrongForm.OTHER_IMPLEMENTATION, "3.10"),
        ("miniconda3-latest", WrongForm.OTHER_IMPLEMENTATION, "3.14"),
        ("system", WrongForm.SYSTEM, "3.14"),
        ("^3.12", WrongForm.CARET, "3.12"),
        ("3.13-dev", WrongForm.DEVELOPMENT, "3.13"),
        ("my-venv", WrongForm.OTHER, "3.14"),
        ("313", WrongForm.OTHER, "3.14"),
        ("3.13 3.12", WrongForm.OTHER, "3.13"),
        ("3.13.2.1", WrongForm.OTHER, "3.13.2"),
        (">=3.12,<", WrongForm.OTHER, "3.12"),
        ("~=3", WrongForm.OTHER, "3.14"),
        ("=3.13", WrongForm.OTHER, "3.13"),
        ("3.١٣", WrongForm.OTHER, "3.14"),
        ("3." + "9" * 5000, WrongForm.OTHER, "3.14"),
        ("==" + "9" * 5000, WrongForm.OTHER, "3.14"),
    ],
)
def test_parse_requested_version_other_forms(
    text: str, form: WrongForm, suggested_version: str
) -> None:
    with pytest.raises(InvalidPythonVersionError) as caught:
        parse_requested_version(".python-version", 2, text)
    error = caught.value
    assert (error.file, error.line, error.text) == (".python-version", 2, text)
    assert (error.form, error.suggested_version) == (form, suggested_version)


def test_parse_requires_python_obeys_pep_440() -> None:
    source = parse_requires_python(4, "==3.13")
    assert source is not None
    assert source.allows(Version("3.13.0"))
    assert not source.allows(Version("3.13.1"))


@pytest.mark.parametrize("text", ["", "  "])
def test_parse_requires_python_empty_allows_any_version(text: str) -> None:
    assert parse_requires_python(4, text) is None


@pytest.mark.parametrize("text", ["3.12", "^3.12", ">=3.x", "~=3", "python>=3.12", "==3.12 3"])
def test_parse_requires_python_malformed(text: str) -> None:
    with pytest.raises(InvalidPythonVersionError) as caught:
        parse_requires_python(4, text)
    message = message_for(caught.value)
    assert message.heading == "Invalid Python version in pyproject.toml (requires-python)"
    assert message.body.startswith(f"pyproject.toml:4 (requires-python): {text}\n")
    assert "https://packaging.python.org/" in message.body


@pytest.mark.parametrize(
    ("text", "version", "expected"),
    [
        ("==3.15.0rc1", "3.15.0rc1", True),
        (">=3.15.0rc1", "3.15.0rc1", False),
        ("==3.15.*", "3.15.0", False),
        ("===anything", "3.15.0rc1", False),
    ],
)
def test_names_exactly(text: str, version: str, expected: bool) -> None:
    source = parse_requested_version(".python-version", 1, text)
    assert source.names_exactly(Version(version)) is expected


@pytest.mark.parametrize(
    "parse",
    [
        lambda text: parse_requested_version("BP_PYTHON_VERSION", None, text),
        lambda text: parse_requires_python(None, text),
    ],
    ids=["requested", "requires-python"],
)
@given(text=st.text() | st.text(alphabet="3.12,<>=~!*x -abrc+"))
def test_parse_any_text(parse: Callable[[str], VersionSource | None], text: str) -> None:
    outcome = outcome_of(lambda: parse(text))
    if isinstance(outcome, UserMessage):
        assert outcome.body
    elif outcome is not None:
        assert outcome.allows(Version("3.14.0")) in (True, False)
