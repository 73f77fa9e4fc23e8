"""Requirements files that nothing reads: in a directory of their own, or named otherwise."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.package_managers.project_files import PRODUCTION_FILES
from python_buildpack.system.errors import UserError

_DIRECTORY = "requirements"
_REQUIREMENTS = re.compile(r"(?:.+[-_.])?requirements?(?:[-_.].+)?\.(?:txt|in)", re.IGNORECASE)
# What an image doesn't need: its being the only one isn't a mistake.
_DEVELOPMENT = re.compile(
    r"(?:^|[-_.])(?:ci|dev|devel|development|doc|docs|lint|linting|local|test|tests|testing|tools)"
    r"(?=[-_.])",
    re.IGNORECASE,
)

# Of a project in a directory; a pyproject.toml alone often has settings of tools only.
_PROJECTS = frozenset(
    {"Pipfile", "pdm.lock", "poetry.lock", "pylock.toml", "requirements.txt", "uv.lock"}
)
_OTHERS = re.compile(
    r"\..*|_.*|docs?|examples?|fixtures|node_modules|samples|tests?|tools|scripts|venv",
    re.IGNORECASE,
)


@dataclass(eq=False)
class MisplacedRequirementsError(UserError):
    """The app declares its dependencies in files that aren't read, and in no others."""

    files: tuple[str, ...]


@dataclass(eq=False)
class ProjectBelowError(UserError):
    """The app itself has neither code nor dependencies, and directories of it have both."""

    files: tuple[str, ...]


@dataclass(eq=False)
class MisspelledFileError(UserError):
    """A file of a package manager is written in other letters, capital or small, than its name."""

    file: str
    name: str


def find_production_requirements(app_dir: Path) -> str | None:
    """Return the one file of a directory of requirements that is certainly meant; None for none.

    A file that another one includes is a part of that.
    """
    present = {f"{_DIRECTORY}/{name}" for name in _names(app_dir / _DIRECTORY)}
    files = [file for file in PRODUCTION_FILES if file in present]
    if not files or any(map(_REQUIREMENTS.fullmatch, _names(app_dir))):
        return None
    if len(files) > 1:
        from python_buildpack.package_managers.pip.requirements_tree import (
            read_requirement_closure,
        )

        included = {
            part.path
            for file in files
            for part in read_requirement_closure(app_dir, [file], {}).files
            if part.path != file
        }
        files = [file for file in files if file not in included]
    return files[0] if len(files) == 1 else None


def check_misplaced(app_dir: Path, known: Collection[str]) -> None:
    """Check that an app without dependencies has no file that looks as if it declared some.

    Raises:
        MisspelledFileError, MisplacedRequirementsError: it has.
    """
    names = _names(app_dir)
    by_letters = {name.lower(): name for name in known}
    for name in names:
        if name.lower() in by_letters and name not in known:
            raise MisspelledFileError(name, by_letters[name.lower()])
    files = [name for name in names if _REQUIREMENTS.fullmatch(name)]
    files += [
        f"{_DIRECTORY}/{name}" for name in _names(app_dir / _DIRECTORY) if name.endswith(".txt")
    ]
    found = tuple(file for file in files if not _DEVELOPMENT.search(file.rpartition("/")[2]))
    if found:
        raise MisplacedRequirementsError(found)


def check_directories(app_dir: Path) -> None:
    """Check that an app without dependencies isn't the parent of the one that is meant.

    Raises:
        ProjectBelowError: it is: there is no code beside its files, and there are projects below.
    """
    if any(name.endswith(".py") for name in _names(app_dir)):
        return
    if found := find_projects_below(app_dir):
        raise ProjectBelowError(found)


def find_projects_below(app_dir: Path) -> tuple[str, ...]:
    """Return the files that declare dependencies in directories of an app, two deep at most."""
    return tuple(
        f"{directory}/{name}"
        for directory in _directories(app_dir)
        for name in _names(app_dir / directory)
        if name in _PROJECTS
    )


def _directories(app_dir: Path, depth: int = 2) -> Iterator[str]:
    """Yield the directories that may hold an app, relative to ``app_dir``, the parents first."""
    try:
        paths = sorted(
            path for path in app_dir.iterdir() if path.is_dir() and not path.is_symlink()
        )
    except OSError:
        return
    for path in paths:
        if not _OTHERS.fullmatch(path.name):
            yield path.name
            below = _directories(path, depth - 1) if depth > 1 else ()
            yield from (f"{path.name}/{name}" for name in below)


def _names(directory: Path) -> list[str]:
    """Return the names of a directory's files, sorted; none if there is no such directory."""
    try:
        return sorted(path.name for path in directory.iterdir() if not path.is_dir())
    except OSError:
        return []
