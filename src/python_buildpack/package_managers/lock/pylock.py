"""Lock files of PEP 751, which many tools write and pip installs here.

https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from packaging.pylock import (
    Pylock,
    PylockUnsupportedVersionError,
    PylockValidationError,
    is_valid_pylock_path,
)

from python_buildpack.app.settings import pylock_file
from python_buildpack.package_managers.lock.dependencies import LockDependencies
from python_buildpack.package_managers.lock.pylock_requirements import problem_with
from python_buildpack.package_managers.locks import (
    LockReader,
    LockTable,
    UnsupportedLockVersionError,
    check_names,
)
from python_buildpack.package_managers.protocol import App
from python_buildpack.python_version.constraints import from_specifiers
from python_buildpack.system.digests import digest_of
from python_buildpack.system.errors import UserError
from python_buildpack.system.text_file import parse_toml
from python_buildpack.system.toml import Table

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


# Who made the lock, and what only that tool reads.
_MEANINGLESS = ("created-by", "tool")


def read(app: App, file: str | None) -> LockDependencies:
    """Read the lock file that BP_PYLOCK names, or the only one.

    Raises:
        UnknownPylockError, SeveralPylocksError: it isn't clear which one.
        InvalidLockError, UnsupportedLockVersionError: the lock is invalid.
        UnknownNamesError: a group or extra isn't in the lock.
    """
    reader = LockReader(determine_pylock(app, file or LOCK), None)
    text = reader.read_text(app.directory)
    document = parse_toml(text, reader.lock)
    lock = _parse_lock(reader, document)
    settings = app.settings
    groups = (*(lock.dependency_groups or ()), *(lock.default_groups or ()))
    check_names("BP_GROUPS", settings.groups, groups, reader.lock)
    check_names("BP_EXTRAS", settings.extras, lock.extras or (), reader.lock)
    return LockDependencies(
        app_dir=app.directory,
        manager=app.manager,
        file=reader.lock,
        lock=lock,
        digest=digest_of({key: document[key] for key in document if key not in _MEANINGLESS}),
        groups=settings.groups,
        extras=settings.extras,
        version_sources=from_specifiers(
            reader.lock,
            "requires-python",
            LockTable(reader, document).text("requires-python"),
            text,
        ),
    )


def _parse_lock(reader: LockReader, document: Table) -> Pylock:
    try:
        lock = Pylock.from_dict(document)
    except PylockUnsupportedVersionError:
        version = str(document.get("lock-version"))
        raise UnsupportedLockVersionError(reader.lock, version, "1") from None
    except PylockValidationError as error:
        # Markers that can't be parsed are explained in three lines, with an arrow.
        what = next(iter(error.message.splitlines()), "it is not understood")
        raise reader.invalid(f"{error.context}: {what}" if error.context else what) from error
    for index, package in enumerate(lock.packages):
        if problem := problem_with(package):
            raise reader.invalid(f"packages[{index}] ({package.name}): {problem}")
    return lock
