"""The files of an app, each read and parsed once."""

from __future__ import annotations

import os
from pathlib import Path

from python_buildpack.system.text_file import parse_toml, read_text_file
from python_buildpack.system.toml import Table, find_line


class AppFiles:
    """What the files of an app hold; what was read stays as it was at first.

    Attributes:
        directory: the app's root, which paths are relative to.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._texts: dict[str, str | None] = {}
        self._documents: dict[str, Table] = {}

    def text(self, path: str) -> str | None:
        """Return the text of a small file, or None; raises as read_text_file."""
        if path not in self._texts:
            self._texts[path] = read_text_file(self.directory, path)
        return self._texts[path]

    def toml(self, path: str) -> Table:
        """Return a parsed TOML file, or {}.

        Raises:
            UnreadableFileError, NotUtf8Error, InvalidTomlError: it can't be read.
        """
        if path not in self._documents:
            self._documents[path] = parse_toml(self.text(path) or "", path)
        return self._documents[path]

    def line_of(self, path: str, table: str, key: str) -> int | None:
        """Return the line, from 1, on which a key of a TOML file is most likely written."""
        return find_line(self.text(path) or "", table, key)


def leaves_app(app_dir: Path, named: str) -> bool:
    """Return whether a path leads out of the app: by itself, or by a link on its way or at its end.

    Args:
        named: relative to it, or absolute.
    """
    try:
        real = os.path.realpath(app_dir / named)
    except ValueError:
        # With a NUL in it, it leads nowhere.
        return False
    return not Path(real).is_relative_to(os.path.realpath(app_dir))
