"""Reading of the app's small text files, and of TOML."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from python_buildpack.system.errors import UserError

if TYPE_CHECKING:
    import os
    from pathlib import Path

ONE_MEBIBYTE = 1024 * 1024

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


class UnreadableReason(Enum):
    """Why something that exists can't be read as a text file."""

    DIRECTORY = "directory"
    DANGLING_LINK = "dangling link"
    NOT_A_FILE = "not a file"
    TOO_LARGE = "too large"
    FAILED = "failed"


@dataclass(eq=False)
class UnreadableFileError(UserError):
    """Something is at ``path``, but it can't be read as a text file.

    Args:
        detail: the operating system's explanation where ``reason`` is ``FAILED``.
    """

    path: str
    reason: UnreadableReason
    limit_bytes: int = ONE_MEBIBYTE
    detail: str = ""


@dataclass(eq=False)
class NotUtf8Error(UserError):
    """The file is not UTF-8 text.

    Args:
        line: where the first wrong byte is, counted from 1.
        byte_offset: of the first wrong byte in the file, counted from 0.
        looks_like: "UTF-16", "UTF-32" or "binary data"; None if nothing tells.
    """

    path: str
    line: int
    byte_offset: int
    looks_like: str | None


@dataclass(eq=False)
class InvalidTomlError(UserError):
    """The file is not valid TOML."""

    path: str
    line: int | None
    column: int | None
    problem: str


def read_text_file(
    app_dir: Path, path: str, *, max_bytes: int = ONE_MEBIBYTE, allows_utf16: bool = False
) -> str | None:
    """Read a small UTF-8 text file; None if nothing is at ``path``.

    A byte order mark of UTF-8 is accepted and left out.

    Args:
        path: relative to ``app_dir``; errors carry it as it is.
        max_bytes: files that are larger are not read.
        allows_utf16: whether a byte order mark may say that it is UTF-16 or UTF-32 instead.

    Raises:
        UnreadableFileError: a directory, a dangling link, a device, or too large.
        NotUtf8Error: the contents are not UTF-8, or hold NUL bytes.
    """
    contents = _read_bytes(app_dir / path, path, max_bytes)
    if contents is None:
        return None
    marked = decode_marked(contents) if allows_utf16 else None
    return _decode(contents, path) if marked is None else marked


def read_small_file(file: Path, max_bytes: int) -> bytes:
    """Return a file's contents; b"" if it can't be read, is too large, or isn't a regular file."""
    try:
        # Looked at before it is opened: opening a named pipe waits for a writer.
        is_readable = _why_unreadable(file.stat(), max_bytes) is None
        return file.read_bytes() if is_readable else b""
    except (OSError, ValueError):
        # ValueError: no file can have such a name.
        return b""


def decode_marked(contents: bytes) -> str | None:
    """Return text in the encoding that its byte order mark names: UTF-16 or UTF-32.

    None if there is no such mark, or where the rest isn't text in that encoding.
    """
    encodings = (name for mark, name in _BYTE_ORDER_MARKS if contents.startswith(mark))
    encoding = next(encodings, None)
    if encoding is None:
        return None
    try:
        text = contents.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def parse_toml(text: str, path: str) -> dict[str, object]:
    """Parse a TOML document.

    Raises:
        InvalidTomlError: ``text`` is not valid TOML.
    """
    import tomli

    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise InvalidTomlError(path, error.lineno, error.colno, error.msg) from error
    except (ValueError, RecursionError) as error:
        # Numbers of thousands of digits, and tables nested hundreds deep.
        raise InvalidTomlError(path, None, None, str(error)) from error


def _read_bytes(file: Path, path: str, max_bytes: int) -> bytes | None:
    try:
        file.lstat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        # ValueError: no file can have such a name, for example one with a NUL in it.
        return None
    except OSError as error:
        raise _failed(path, error) from error
    try:
        # Looked at before it is opened: opening a named pipe waits for a writer.
        reason = _why_unreadable(file.stat(), max_bytes)
        if reason is not None:
            raise UnreadableFileError(path, reason, max_bytes)
        return file.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableFileError(path, UnreadableReason.DANGLING_LINK) from error
    except OSError as error:
        raise _failed(path, error) from error


def _why_unreadable(status: os.stat_result, max_bytes: int) -> UnreadableReason | None:
    if stat.S_ISDIR(status.st_mode):
        return UnreadableReason.DIRECTORY
    if not stat.S_ISREG(status.st_mode):
        return UnreadableReason.NOT_A_FILE
    return UnreadableReason.TOO_LARGE if status.st_size > max_bytes else None


def _failed(path: str, error: OSError) -> UnreadableFileError:
    return UnreadableFileError(path, UnreadableReason.FAILED, detail=error.strerror or str(error))


def _decode(contents: bytes, path: str) -> str:
    # "utf-8-sig" would give offsets that don't count the byte order mark.
    for mark, encoding in _BYTE_ORDER_MARKS:
        if contents.startswith(mark):
            raise NotUtf8Error(path, 1, 0, encoding)
    nul = contents.find(b"\0")
    if nul != -1:
        raise NotUtf8Error(path, _line_of(contents, nul), nul, _guess_from_nuls(contents))
    try:
        return contents.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = _line_of(contents, error.start)
        raise NotUtf8Error(path, line, error.start, None) from error


def _line_of(contents: bytes, offset: int) -> int:
    return contents.count(b"\n", 0, offset) + 1


def _guess_from_nuls(contents: bytes) -> str:
    # Every second byte of ASCII text in UTF-16 is NUL, and a text file has no other NULs.
    even, odd = contents[::2], contents[1::2]
    for nuls, others in ((even, odd), (odd, even)):
        if nuls.count(0) == len(nuls) and not others.count(0):
            return "UTF-16"
    return "binary data"
