"""What a build has to know of an app's Django project, told by its code."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope

if TYPE_CHECKING:
    from python_buildpack.post_install.django_settings import ChosenSettings, MissingSettings

SETTINGS_MODULE = "DJANGO_SETTINGS_MODULE"
PYTHONPATH = "PYTHONPATH"

_MANAGE_PY = "manage.py"
# Or a package that sets it.
_STATIC_ROOT = re.compile(rb"STATIC_ROOT|django_heroku|django_on_heroku")


@dataclass(frozen=True)
class DjangoApp:
    """The one Django project of an app.

    Attributes:
        manage_py: relative to the app.
        settings: that its processes run with; None where the code doesn't tell.
        missing_settings: those that it runs with, where the app doesn't have them.
        root_imports: what it imports from the app's directory, where manage.py isn't there.
        has_static_root: whether the app mentions STATIC_ROOT anywhere: only Django itself can
            tell what is set.
    """

    manage_py: str
    settings: ChosenSettings | None = None
    missing_settings: MissingSettings | None = None
    root_imports: tuple[str, ...] = ()
    has_static_root: bool = False

    def imported_from_root(self, installed: Mapping[str, str]) -> tuple[str, ...]:
        """Return the root's packages that its code means: those that no distribution is called."""
        return tuple(
            name for name in self.root_imports if name.lower().replace("_", "-") not in installed
        )


def read_django_app(app_dir: Path, environment: Mapping[str, str]) -> DjangoApp | None:
    """Read what a build has to know of the app's Django project; None where there isn't one.

    Args:
        app_dir: the app.
        environment: whose DJANGO_SETTINGS_MODULE is taken instead of what the code names.
    """
    if not _may_have_manage_py(app_dir):
        return None
    # Imported here: few apps are Django's.
    from python_buildpack.post_install.django_settings import (
        determine_settings,
        find_missing_settings,
    )
    from python_buildpack.post_install.root_imports import find_root_imports
    from python_buildpack.start_commands.django_project import find_django_projects
    from python_buildpack.start_commands.source_tree import read_source_tree

    tree = read_source_tree(app_dir)
    projects = find_django_projects(tree)
    if len(projects) != 1:
        return None
    (project,) = projects
    settings = determine_settings(tree, project)
    given = environment.get(SETTINGS_MODULE)
    return DjangoApp(
        project.manage_py,
        settings,
        find_missing_settings(tree, project, settings, given),
        find_root_imports(tree, project.directory, project.settings_module),
        any(tree.mentions(path, _STATIC_ROOT) for path in tree.paths),
    )


def django_env(django: DjangoApp, app_dir: Path, installed: Mapping[str, str]) -> LayerEnv:
    """Return what the processes of a Django app need in their environment, and collectstatic too.

    Nothing where its files agree on the settings, and find all that they import.

    Args:
        django: the app's project.
        app_dir: the app, as it is in the image.
        installed: the version of each installed distribution, by its normalised name.
    """
    env = LayerEnv()
    if django.settings is not None and django.settings.others:
        module = django.settings.named.module
        env = env.insert(Scope.LAUNCH, ModificationBehavior.DEFAULT, SETTINGS_MODULE, module)
    if django.imported_from_root(installed):
        # Before the standard library: there is no other place that gunicorn, Celery and
        # manage.py all look into, and that can be given to every process.
        root = str(app_dir)
        env = env.insert(Scope.LAUNCH, ModificationBehavior.DELIMITER, PYTHONPATH, ":")
        env = env.insert(Scope.LAUNCH, ModificationBehavior.PREPEND, PYTHONPATH, root)
    return env


def _may_have_manage_py(app_dir: Path) -> bool:
    """Look for the file at the top and one directory below, where projects have it."""
    directories = [app_dir]
    try:
        with os.scandir(app_dir) as entries:
            directories += [Path(each.path) for each in entries if each.is_dir()]
    except OSError:
        return False
    return any((directory / _MANAGE_PY).is_file() for directory in directories)
