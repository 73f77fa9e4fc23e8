"""Wording for unreadable and invalid text files."""

from __future__ import annotations

import shlex

from python_buildpack.messages.message import text_for
from python_buildpack.system.text import printable
from python_buildpack.system.text_file import (
    InvalidTomlError,
    NotUtf8Error,
    UnreadableFileError,
    UnreadableReason,
)


@text_for.register
def _(error: UnreadableFileError) -> str:
    match error.reason:
        case UnreadableReason.DIRECTORY:
            cause = "It is a directory."
            advice = "Rename or remove the directory."
        case UnreadableReason.DANGLING_LINK:
            cause = "It is a symbolic link whose target doesn't exist in the build."
            advice = "Replace the link with the file, or remove it."
        case UnreadableReason.NOT_A_FILE:
            cause = "It is a pipe, socket or device."
            advice = "Replace it with a text file, or remove it."
        case UnreadableReason.TOO_LARGE:
            cause = f"It is larger than the limit, {_size(error.limit_bytes)}."
            advice = "Check that it is the right file."
        case UnreadableReason.FAILED:
            cause = f"Problem: {printable(error.detail)}"
            advice = f"Make it readable: chmod a+r {shlex.quote(printable(error.path))}"
    return f"""\
{printable(error.path)} can't be read
{cause}

{advice}"""


def _size(limit_bytes: int) -> str:
    mebibytes, rest = divmod(limit_bytes, 1024 * 1024)
    return f"{limit_bytes} bytes" if rest else f"{mebibytes} MiB"


@text_for.register
def _(error: NotUtf8Error) -> str:
    name = printable(error.path)
    looks_like = f" It looks like {error.looks_like}." if error.looks_like else ""
    return f"""\
{name} is not UTF-8 text
The first invalid byte is on line {error.line}, at offset {error.byte_offset}.{looks_like}

Save it as UTF-8. PowerShell's > and Out-File write UTF-16: use Out-File -Encoding utf8"""


@text_for.register
def _(error: InvalidTomlError) -> str:
    name = printable(error.path)
    where = f"{name}:{error.line}:{error.column}" if error.line is not None else name
    return f"""\
{name} is not valid TOML
{where}: {printable(error.problem)}

Correct it at this line and column, or just before: https://toml.io/en/v1.0.0"""
