"""Wording for files that can't be read."""

from __future__ import annotations

from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.system.text import printable
from python_buildpack.system.text_file import (
    InvalidTomlError,
    NotUtf8Error,
    UnreadableFileError,
    UnreadableReason,
)


@message_for.register
def _(error: UnreadableFileError) -> UserMessage:
    match error.reason:
        case UnreadableReason.DIRECTORY:
            cause = "It is a directory, where a file is expected."
            advice = "Rename or remove the directory."
        case UnreadableReason.DANGLING_LINK:
            cause = "It is a symbolic link to something that isn't there in the build."
            advice = "Replace the link with the file itself, or remove it."
        case UnreadableReason.NOT_A_FILE:
            cause = "It is neither a file nor a link to one, but a pipe, socket or device."
            advice = "Replace it with a text file, or remove it."
        case UnreadableReason.TOO_LARGE:
            cause = f"It is larger than {_size(error.limit_bytes)}, the most that is read."
            advice = "Check that the right file has this name."
        case UnreadableReason.FAILED:
            cause = f"The operating system says: {printable(error.detail)}"
            advice = "Check that everyone may read the file (chmod a+r)."
    return UserMessage(f"{printable(error.path)} can't be read", f"{cause}\n\n{advice}")


def _size(limit_bytes: int) -> str:
    mebibytes, rest = divmod(limit_bytes, 1024 * 1024)
    return f"{limit_bytes} bytes" if rest else f"{mebibytes} MiB"


@message_for.register
def _(error: NotUtf8Error) -> UserMessage:
    name = printable(error.path)
    looks_like = f" The file looks like {error.looks_like}." if error.looks_like else ""
    return UserMessage(
        f"{name} is not UTF-8 text",
        f"The first byte that isn't is on line {error.line}, "
        f"at offset {error.byte_offset} in the file.{looks_like}\n\n"
        "Save the file as UTF-8: most editors offer it where they save. PowerShell's > and\n"
        "Out-File write UTF-16; there, use: Out-File -Encoding utf8",
    )


@message_for.register
def _(error: InvalidTomlError) -> UserMessage:
    name = printable(error.path)
    where = f"{name}:{error.line}:{error.column}" if error.line is not None else name
    return UserMessage(
        f"{name} is not valid TOML",
        f"{where}: {printable(error.problem)}\n\n"
        "Correct the file at this place (line and column; the mistake may be just before it).\n"
        "The format is described at https://toml.io/en/v1.0.0",
    )
