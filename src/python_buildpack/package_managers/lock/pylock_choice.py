"""Which lock file of PEP 751 is installed, where BP_PYLOCK names one or the app has several."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from packaging.pylock import is_valid_pylock_path

from python_buildpack.app.settings import pylock_file
from python_buildpack.package_managers.protocol import App
from python_buildpack.system.errors import UserError

LOCK = "pylock.toml"


@dataclass(eq=False)
class SeveralPylocksError(UserError):
    """The app has several lock files of PEP 751, and none of them is ``pylock.toml``."""

    files: tuple[str, ...]


class PylockProblem(Enum):
    """Why what BP_PYLOCK names isn't a lock file of the app."""

    NAME = "name"
    OUTSIDE = "outside"
    MISSING = "missing"


@dataclass(eq=False)
class UnknownPylockError(UserError):
    """BP_PYLOCK doesn't name a lock file of the app.

    Attributes:
        file: which file that is, relative to the app.
        files: the lock files that the app has in its root.
    """

    chosen: str
    file: str
    problem: PylockProblem
    files: tuple[str, ...]


def determine_pylock(app: App, found: str) -> str:
    """Return the lock file, relative to the app: the one that BP_PYLOCK names, or ``found``.

    Raises:
        UnknownPylockError: BP_PYLOCK names none of the app's.
        SeveralPylocksError: there are several, and it isn't clear which one.
    """
    files = tuple(
        sorted(path.name for path in app.directory.iterdir() if is_valid_pylock_path(path))
    )
    chosen = app.settings.pylock
    if chosen is None:
        if found != LOCK and len(files) > 1:
            raise SeveralPylocksError(files)
        return found
    # An absolute path may be one of the app's, too.
    file = os.path.relpath(app.directory / pylock_file(chosen), app.directory)
    if app.files.is_outside(file):
        raise UnknownPylockError(chosen, file, PylockProblem.OUTSIDE, files)
    if not is_valid_pylock_path(Path(file)):
        raise UnknownPylockError(chosen, file, PylockProblem.NAME, files)
    if not (app.directory / file).exists():
        raise UnknownPylockError(chosen, file, PylockProblem.MISSING, files)
    return file
