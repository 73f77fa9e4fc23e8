from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from python_buildpack.messages.message import UserMessage
from python_buildpack.messages.wording import message_for
from python_buildpack.system.text_file import (
    InvalidTomlError,
    NotUtf8Error,
    UnreadableFileError,
    UnreadableReason,
    parse_toml,
    read_text_file,
)
from tests.unit.outcome import outcome_of


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param("naïve ✓\n".encode(), "naïve ✓\n", id="utf-8"),
        pytest.param(b"\xef\xbb\xbf3.13\r\n", "3.13\r\n", id="byte order mark"),
    ],
)
def test_read_text_file(tmp_path: Path, contents: bytes, expected: str) -> None:
    (tmp_path / "file.txt").write_bytes(contents)
    assert read_text_file(tmp_path, "file.txt") == expected


@pytest.mark.parametrize("path", ["missing", "missing/file.txt", "file/below-a-file", "nul\0"])
def test_read_text_file_nothing_there(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("x")
    assert read_text_file(tmp_path, path) is None


@pytest.mark.parametrize(
    ("contents", "line", "byte_offset", "looks_like"),
    [
        pytest.param("3.13\n".encode("utf-16"), 1, 0, "UTF-16", id="UTF-16 with mark"),
        pytest.param("3.13\n".encode("utf-16-be"), 1, 0, "UTF-16", id="UTF-16 big-endian"),
        pytest.param("3.13\n".encode("utf-16-le"), 1, 1, "UTF-16", id="UTF-16 little-endian"),
        pytest.param("3.13\n".encode("utf-32"), 1, 0, "UTF-32", id="UTF-32"),
        pytest.param(b"one\ntwo\0\0three", 2, 7, "binary data", id="NULs"),
        pytest.param(b"one\n\ncaf\xe9\n", 3, 8, None, id="Latin-1"),
        pytest.param(b"\xef\xbb\xbfa\xff", 1, 4, None, id="after a byte order mark"),
    ],
)
def test_read_text_file_not_utf8(
    tmp_path: Path, contents: bytes, line: int, byte_offset: int, looks_like: str | None
) -> None:
    (tmp_path / "file.txt").write_bytes(contents)
    with pytest.raises(NotUtf8Error) as caught:
        read_text_file(tmp_path, "file.txt")
    error = caught.value
    assert (error.path, error.line, error.byte_offset) == ("file.txt", line, byte_offset)
    assert error.looks_like == looks_like


def test_read_text_file_directory(tmp_path: Path) -> None:
    (tmp_path / "file.txt").mkdir()
    assert _unreadable(tmp_path).reason is UnreadableReason.DIRECTORY


def test_read_text_file_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "file.txt").symlink_to("nowhere")
    assert _unreadable(tmp_path).reason is UnreadableReason.DANGLING_LINK


def test_read_text_file_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "file.txt").symlink_to("file.txt")
    error = _unreadable(tmp_path)
    assert error.reason is UnreadableReason.FAILED
    assert "symbolic links" in error.detail


def test_read_text_file_named_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "file.txt")
    assert _unreadable(tmp_path).reason is UnreadableReason.NOT_A_FILE


def test_read_text_file_too_large(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_bytes(b"x" * 1001)
    assert read_text_file(tmp_path, "file.txt", max_bytes=1001) is not None
    error = _unreadable(tmp_path, max_bytes=1000)
    assert error.reason is UnreadableReason.TOO_LARGE
    assert "1000 bytes" in message_for(error).body


def _unreadable(app_dir: Path, max_bytes: int = 100) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as caught:
        read_text_file(app_dir, "file.txt", max_bytes=max_bytes)
    return caught.value


@pytest.mark.parametrize("reason", UnreadableReason)
def test_every_unreadable_reason_has_a_message(reason: UnreadableReason) -> None:
    message = message_for(UnreadableFileError("requirements.txt", reason, detail="denied"))
    assert message.heading == "requirements.txt can't be read"
    assert message.body


def test_parse_toml() -> None:
    assert parse_toml('[a]\nb = "c"\n', "file.toml") == {"a": {"b": "c"}}


def test_parse_toml_syntax_error_has_line_and_column() -> None:
    with pytest.raises(InvalidTomlError) as caught:
        parse_toml("a = 1\nb = \n", "file.toml")
    assert (caught.value.line, caught.value.column) == (2, 5)
    message = message_for(caught.value)
    assert message.heading == "file.toml is not valid TOML"
    assert message.body.startswith("file.toml:2:5: Invalid value")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a = " + "9" * 5000, id="number of 5000 digits"),
        pytest.param("a = " + "[" * 5000, id="deep array"),
        pytest.param("a = " + "{a = " * 5000, id="deep table"),
        pytest.param(".".join("a" * 5000) + " = 1", id="deep key"),
        pytest.param("a = 2026-13-45", id="impossible date"),
    ],
)
def test_parse_toml_pathological(text: str) -> None:
    with pytest.raises(InvalidTomlError) as caught:
        parse_toml(text, "file.toml")
    assert "file.toml" in message_for(caught.value).body


@given(st.binary() | st.text().map(lambda text: text.encode("utf-16")))
def test_read_text_file_any_bytes(
    tmp_path_factory: pytest.TempPathFactory, contents: bytes
) -> None:
    app_dir = tmp_path_factory.mktemp("app")
    (app_dir / "file.txt").write_bytes(contents)
    outcome = outcome_of(lambda: read_text_file(app_dir, "file.txt"))
    if isinstance(outcome, UserMessage):
        assert "file.txt" in outcome.heading
    else:
        assert outcome is not None
        assert outcome.encode() == contents.removeprefix(b"\xef\xbb\xbf")
