"""Wheels and source distributions in the app, which pip wasn't told of."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from python_buildpack.environment.requirement import archive_name

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_PRUNED = frozenset({"node_modules", "site-packages"})


def find_app_archives(
    app_dir: Path, requirement: str, environment: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the archives of a distribution in directories that pip hasn't looked into, sorted.

    Args:
        environment: of pip, with the directories that it has looked into.

    Returns:
        Paths, relative to the app.
    """
    match = _NAME.match(requirement)
    name = canonicalize_name(match[0]) if match else ""
    searched = {os.path.normpath(link) for link in environment.get("PIP_FIND_LINKS", "").split()}
    found = (path for path in _files(app_dir) if (archive_name(path.name) or ("",))[0] == name)
    others = (path for path in found if os.path.normpath(path.parent) not in searched)
    return tuple(sorted(str(path.relative_to(app_dir)) for path in others))


def _files(app_dir: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(app_dir):
        names[:] = [name for name in names if not name.startswith(".") and name not in _PRUNED]
        yield from (Path(directory, file) for file in files)
