"""The files by which a Python project is known."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from python_buildpack.app.files import leaves_app
from python_buildpack.package_managers.registry import MANAGERS

# In the order of which the log names them. Patterns are relative to the app.
_MANAGERS_FILES = tuple(file for manager in MANAGERS for file in manager.files)
PROJECT_FILES = (
    *_MANAGERS_FILES,
    "setup.cfg",
    ".python-version",
    "runtime.txt",
    "manage.py",
    "scrapy.cfg",
    "*.py",
)
# The layout with one file for each purpose.
PRODUCTION_FILES = tuple(
    f"requirements/{name}.txt" for name in ("base", "main", "prod", "production")
)


def is_python_project(app_dir: Path, named: Iterable[str] = ()) -> bool:
    """Return whether the directory is a Python project, by the names of its files alone.

    Args:
        named: further files that the user has named, relative to the app or absolute.
    """
    # What is outside of the app counts without a look at it: the build explains it.
    if any(leaves_app(app_dir, name) or _exists(app_dir / name) for name in named):
        return True
    names = (*PRODUCTION_FILES, *(name for name in PROJECT_FILES if "*" not in name))
    if any(_exists(app_dir / name) for name in names):
        return True
    patterns = (name for name in PROJECT_FILES if "*" in name)
    if any(_exists(path) for pattern in patterns for path in app_dir.glob(pattern)):
        return True
    # Requirements.txt counts as well: the build explains it.
    lower = {name.lower() for name in _MANAGERS_FILES}
    return any(path.name.lower() in lower and _exists(path) for path in app_dir.glob("*"))


def _exists(path: Path) -> bool:
    # A dangling link counts: the build explains it.
    return path.is_symlink() or (path.exists() and not path.is_dir())
