"""The uv workspace that an app in a directory of its repository is a member of.

https://docs.astral.sh/uv/concepts/projects/workspaces/
"""

from __future__ import annotations

import fnmatch
import os
from dataclasses import dataclass

from python_buildpack.app.files import AppFiles
from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.package_managers.uv.manager import UV
from python_buildpack.system.toml import get_table


@dataclass(frozen=True)
class Workspace:
    """A workspace and the app in it."""

    files: AppFiles
    lock: str
    member: str


def find_workspace(files: AppFiles) -> Workspace | None:
    """Return the nearest locked workspace that an app is a member of, in its repository."""
    member = get_table(files.toml(PYPROJECT_TOML), "project").get("name")
    for above in files.above if isinstance(member, str) else ():
        lock = above.directory / UV.files[0]
        table = get_table(above.toml(PYPROJECT_TOML), "tool", "uv", "workspace")
        path = os.path.relpath(files.directory, above.directory)
        is_member = _matches(path, table.get("members")) and not _matches(
            path, table.get("exclude")
        )
        if is_member and lock.exists():
            return Workspace(above, os.path.relpath(lock, files.directory), str(member))
    return None


def _matches(path: str, patterns: object) -> bool:
    given = patterns if isinstance(patterns, list) else []
    return any(fnmatch.fnmatch(path, os.path.normpath(str(pattern))) for pattern in given)
