"""Reading of ``runtime.txt``, the predecessor of ``.python-version``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_buildpack.python_version.sources import (
    RUNTIME_TXT,
    VersionSource,
    parse_plain_version,
    read_only_line,
)
from python_buildpack.system.text_file import read_text_file

if TYPE_CHECKING:
    from pathlib import Path


def read_runtime_txt(app_dir: Path) -> VersionSource | None:
    """Read the app's ``runtime.txt``; None where there is none.

    Raises:
        UnreadableFileError: it isn't a file that can be read.
        NotUtf8Error: it isn't UTF-8 text.
        NoPythonVersionError, MultiplePythonVersionsError, InvalidPythonVersionError: as
            ``parse_runtime_txt``.
    """
    text = read_text_file(app_dir, RUNTIME_TXT)
    return None if text is None else parse_runtime_txt(text)


def parse_runtime_txt(text: str) -> VersionSource:
    """Parse the contents of ``runtime.txt``: ``python-3.12.4``, ``python-3.12.x`` or ``3.12``.

    Raises:
        NoPythonVersionError: every line is blank or a comment.
        MultiplePythonVersionsError: there is more than one version.
        InvalidPythonVersionError: the line has another form.
    """
    line, written = read_only_line(RUNTIME_TXT, text)
    return parse_plain_version(RUNTIME_TXT, line, written)
