"""Reading of ``.python-version`` files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_buildpack.python_version.sources import (
    PYTHON_VERSION_FILE,
    VersionSource,
    parse_requested_version,
    read_only_line,
)
from python_buildpack.system.text_file import read_text_file

if TYPE_CHECKING:
    from pathlib import Path


def read_python_version_file(app_dir: Path) -> VersionSource | None:
    """Read the app's ``.python-version``; None where there is none.

    Raises:
        UnreadableFileError: it isn't a file that can be read.
        NotUtf8Error: it isn't UTF-8 text.
        NoPythonVersionError, MultiplePythonVersionsError, InvalidPythonVersionError: as
            ``parse_python_version_file``.
    """
    text = read_text_file(app_dir, PYTHON_VERSION_FILE)
    return None if text is None else parse_python_version_file(text)


def parse_python_version_file(text: str) -> VersionSource:
    """Parse the contents of ``.python-version``: one version, blank lines and comments.

    pyenv and uv read the file as well.
    https://docs.astral.sh/uv/concepts/python-versions/#python-version-files

    Raises:
        NoPythonVersionError: every line is blank or a comment.
        MultiplePythonVersionsError: there is more than one version.
        InvalidPythonVersionError: the line has another form, such as ``v3.13``.
    """
    line, version = read_only_line(PYTHON_VERSION_FILE, text)
    return parse_requested_version(PYTHON_VERSION_FILE, line, version)
