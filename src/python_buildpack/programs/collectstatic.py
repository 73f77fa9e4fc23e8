"""Collects a Django project's static files; run by the app's Python, never imported by ours.

usage: python collectstatic.py MANAGE_PY ROOT

ROOT is the directory of which all gets into the image.

What it leaves depends on the project and on what is installed alone, which Django's own command
doesn't promise: it keeps a file that is already there and not older than its source, and writes the
manifest in the order in which the file system lists the files.
https://docs.djangoproject.com/en/stable/ref/contrib/staticfiles/#collectstatic
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

_STATIC_FILES = "django.contrib.staticfiles"
_SETTINGS_MODULE = "DJANGO_SETTINGS_MODULE"


def main(manage_py: str, root: str) -> None:
    """Collect the files of the project that ``manage_py`` manages, if there are any to collect."""
    from django.core import management  # type: ignore[import-not-found]

    sys.path[0] = str(Path(manage_py).resolve().parent)
    # As if it were called by hand: settings may look at the command.
    sys.argv = [manage_py, "collectstatic", "--noinput"]
    # This process's own environment: it runs apart from the build, as manage.py does.
    given = os.environ.get(_SETTINGS_MODULE)

    def collect(*_: object) -> None:
        # Some manage.py set the variable where it has a value already.
        os.environ.update({_SETTINGS_MODULE: given} if given else {})
        _collect(execute, Path(root).resolve())

    # Only manage.py knows how to prepare the project, and calls this in the end.
    execute = management.execute_from_command_line
    management.execute_from_command_line = collect
    runpy.run_path(manage_py, run_name="__main__")


def _collect(execute: Callable[[list[str]], None], app_dir: Path) -> None:
    import django  # type: ignore[import-not-found]
    from django.apps import apps  # type: ignore[import-not-found]
    from django.conf import settings  # type: ignore[import-not-found]

    django.setup()
    if not settings.STATIC_ROOT:
        sys.stdout.write("STATIC_ROOT isn't set: there is nowhere to collect static files.\n")
    elif not apps.is_installed(_STATIC_FILES):
        sys.stdout.write(f"{_STATIC_FILES} isn't in INSTALLED_APPS: nothing to collect.\n")
    else:
        root = Path(settings.STATIC_ROOT).resolve()
        if _is_local() and not root.is_relative_to(app_dir):
            # The build makes an error of this line.
            sys.exit(f"STATIC_ROOT is outside of the app: {root}")
        _age(root)
        execute(sys.argv)
        _sort_manifest(root)


def _is_local() -> bool:
    """Return whether files are collected into a directory, not on another machine."""
    from django.contrib.staticfiles.storage import (  # type: ignore[import-not-found]
        StaticFilesStorage,
        staticfiles_storage,
    )

    return isinstance(staticfiles_storage, StaticFilesStorage)


def _age(directory: Path) -> None:
    """Make the files that are there older than any source."""
    for parent, _, names in os.walk(directory):
        for name in names:
            os.utime(Path(parent, name), (0, 0), follow_symlinks=False)


def _sort_manifest(root: Path) -> None:
    from django.contrib.staticfiles.storage import staticfiles_storage

    name = getattr(staticfiles_storage, "manifest_name", None)
    if name is None or not (root / name).is_file():
        return
    manifest = json.loads((root / name).read_text("utf-8"))
    manifest["paths"] = dict(sorted(manifest["paths"].items()))
    (root / name).write_text(json.dumps(manifest), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
