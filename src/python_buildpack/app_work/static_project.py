"""Whether an app has static files that Django collects, told by its code."""

from __future__ import annotations

import os
import re
from pathlib import Path

_MANAGE_PY = "manage.py"
# Or a package that sets it.
_STATIC_ROOT = re.compile(rb"STATIC_ROOT|django_heroku|django_on_heroku")


def find_static_project(app_dir: Path) -> str | None:
    """Return the manage.py of the one Django project whose settings say where static files go.

    That is, whose app mentions STATIC_ROOT anywhere: only Django itself can tell what is set.
    """
    if not _may_have_manage_py(app_dir):
        return None
    # Imported here: few apps are Django's.
    from python_buildpack.start_commands.django_project import find_django_projects
    from python_buildpack.start_commands.source_tree import read_source_tree

    tree = read_source_tree(app_dir)
    projects = find_django_projects(tree)
    if len(projects) != 1 or not any(tree.mentions(path, _STATIC_ROOT) for path in tree.paths):
        return None
    return projects[0].manage_py


def _may_have_manage_py(app_dir: Path) -> bool:
    """Look for the file at the top and one directory below, where projects have it."""
    directories = [app_dir]
    try:
        with os.scandir(app_dir) as entries:
            directories += [Path(each.path) for each in entries if each.is_dir()]
    except OSError:
        return False
    return any((directory / _MANAGE_PY).is_file() for directory in directories)
