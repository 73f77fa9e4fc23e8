"""The files of an app, each read and parsed once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from python_buildpack.system.errors import UserError
from python_buildpack.system.text_file import parse_toml, read_text_file
from python_buildpack.system.toml import Table, find_line

BP_PYTHON_PROJECT_PATH = "BP_PYTHON_PROJECT_PATH"


class DirectoryProblem(Enum):
    """Why a directory that a setting names can't be used."""

    MISSING = "missing"
    OUTSIDE = "outside"
    ABSOLUTE = "absolute"
    NOT_A_DIRECTORY = "not a directory"
    NO_PROJECT = "no project"


@dataclass(eq=False)
class DirectorySettingError(UserError):
    """A setting names what isn't a directory of the app; ``directory`` as it is written."""

    setting: str
    directory: str
    problem: DirectoryProblem


class AppFiles:
    """What the files of an app hold; what was read stays as it was at first.

    Attributes:
        root: of the repository that it is in, all of which gets into the image.
        path: of the app, relative to the root; "" for the root itself.
    """

    def __init__(self, directory: Path, root: Path | None = None) -> None:
        self.directory = directory
        self.root = root or directory
        self.path = "" if root is None else os.path.relpath(directory, root)
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

    def is_outside(self, named: str) -> bool:
        """Return whether a path, relative to the app or absolute, leads out of the repository."""
        return leaves_app(self.root, self.directory / named)

    def check_directory(self, setting: str, named: str) -> None:
        """Check that a setting names a directory of the repository.

        Raises:
            DirectorySettingError: it doesn't.
        """
        path = self.directory / named
        if self.is_outside(named):
            raise DirectorySettingError(setting, named, DirectoryProblem.OUTSIDE)
        if not path.exists():
            raise DirectorySettingError(setting, named, DirectoryProblem.MISSING)
        if not path.is_dir():
            raise DirectorySettingError(setting, named, DirectoryProblem.NOT_A_DIRECTORY)

    @property
    def above(self) -> tuple[AppFiles, ...]:
        """Those of the directories above it, up to the root; the nearest first."""
        if self.directory == self.root:
            return ()
        parent = AppFiles(self.directory.parent, self.root)
        return (parent, *parent.above)


def open_app(root: Path, project_path: str | None) -> AppFiles:
    """Return the app's files: those of the repository, or of the directory of it that is named.

    Raises:
        DirectorySettingError: there is no such directory.
    """
    files = AppFiles(root)
    if project_path is None:
        return files
    if Path(project_path).is_absolute():
        raise DirectorySettingError(BP_PYTHON_PROJECT_PATH, project_path, DirectoryProblem.ABSOLUTE)
    files.check_directory(BP_PYTHON_PROJECT_PATH, project_path)
    # Where a link leads: a program that is started there takes ".." for what is above that.
    real = os.path.relpath(os.path.realpath(root / project_path), os.path.realpath(root))
    return files if real == os.curdir else AppFiles(root / real, root)


def leaves_app(app_dir: Path, named: str | Path) -> bool:
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
