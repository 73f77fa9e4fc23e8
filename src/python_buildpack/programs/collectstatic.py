"""Collects a Django project's static files; run by the app's Python, never imported by ours.

usage: python collectstatic.py MANAGE_PY ROOT [TRACE]

ROOT is the directory of which all gets into the image. TRACE is a file for what was read, as JSON:
"read" has the SHA-256 of each file, by its absolute path, null for one that isn't there; "unseen" is
what was done that can't be watched, null for nothing.

What it leaves depends on the project and on what is installed alone, which Django's own command
doesn't promise: it keeps a file that is already there and not older than its source, and writes the
manifest in the order in which the file system lists the files.
https://docs.djangoproject.com/en/stable/ref/contrib/staticfiles/#collectstatic
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import runpy
import stat
import sys
from collections.abc import Callable
from pathlib import Path

_STATIC_FILES = "django.contrib.staticfiles"
_SETTINGS_MODULE = "DJANGO_SETTINGS_MODULE"
_PROGRAMS = "it starts other programs"
_NETWORK = "it uses the network"
# Audit events, by how their names begin.
_UNSEEN = {
    "ctypes.dlopen": "it loads a library by ctypes",
    "os.exec": _PROGRAMS,
    "os.fork": _PROGRAMS,
    "os.posix_spawn": _PROGRAMS,
    "os.spawn": _PROGRAMS,
    "os.system": _PROGRAMS,
    "pty.spawn": _PROGRAMS,
    "socket.": _NETWORK,
    "sqlite3.connect": "it opens a database",
    "subprocess.Popen": _PROGRAMS,
}
_BEGINNINGS = tuple(_UNSEEN)
# Of these alone, nothing comes back but the name of the machine.
_HARMLESS = frozenset({"socket.__new__", "socket.gethostname"})
_REPOSITORIES = frozenset({".bzr", ".git", ".hg", ".svn"})


class Watch:
    """What this process reads, by Python's audit events.

    Attributes:
        read: digests of files as they were at first, by their paths.
        unseen: the first thing that was done and can't be watched.

    https://docs.python.org/3/library/audit_events.html
    """

    def __init__(self, root: str) -> None:
        """Begin to watch.

        Args:
            root: the app, in which the build compares the names of all files by itself.
        """
        self.read: dict[str, str | None] = {}
        self.unseen: str | None = None
        self._root = root
        # Python, the environment, and all else that the buildpack has installed.
        self._installed = (os.path.dirname(sys.prefix), sys.base_prefix)  # noqa: PTH120
        self._skipped = (*self._installed, os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120
        self._known: set[str] = set()
        loaded = [getattr(module, "__file__", None) or "" for module in (*sys.modules.values(),)]
        if any(_is_inside(path, (root,)) and not self._is_skipped(path) for path in loaded):
            self.miss("Python loads modules of the app as it starts")
        sys.addaudithook(self._hook)

    def miss(self, what: str) -> None:
        """Note what can't be watched."""
        self.unseen = self.unseen or what

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        # A path that can't be is an error of who opens it.
        with contextlib.suppress(OSError, ValueError):
            if event == "open":
                _, _, flags = arguments
                self._open(arguments[0], flags if isinstance(flags, int) else 0)
            elif event == "import":
                # Extension modules have a file.
                self._open(arguments[1], 0)
            elif event == "os.rename":
                self._known.add(_absolute(arguments[1]) or "")
            elif event in ("os.listdir", "os.scandir"):
                self._list(arguments[0])
            elif event.startswith(_BEGINNINGS) and event not in _HARMLESS:
                self._miss_event(event, arguments)

    def _miss_event(self, event: str, arguments: tuple[object, ...]) -> None:
        # ctypes itself asks for None: the interpreter.
        if arguments[:1] != (None,) or event != "ctypes.dlopen":
            self.miss(next(_UNSEEN[each] for each in _BEGINNINGS if event.startswith(each)))

    def _open(self, named: object, flags: int) -> None:
        path = _absolute(named)
        if path is None or path in self._known:
            return
        if self._is_skipped(path):
            if flags & (os.O_WRONLY | os.O_RDWR):
                self.miss(f"it writes {path}")
            return
        self._known.add(path)
        # Not read, but written.
        if flags & (os.O_TRUNC | os.O_EXCL):
            return
        if path.startswith(("/proc/", "/sys/")) or not _REPOSITORIES.isdisjoint(path.split("/")):
            self.miss(f"it reads {path}")
        self.read[path] = _digest(path)
        directory, name = os.path.split(path)
        if os.path.basename(directory) == "__pycache__":  # noqa: PTH119
            # Python has compared its time stamp with that of the source, and not read the source.
            source = f"{name.partition('.')[0]}.py"
            self._open(os.path.join(os.path.dirname(directory), source), 0)  # noqa: PTH118, PTH120

    def _list(self, named: object) -> None:
        path = os.path.realpath(_absolute(os.curdir if named is None else named) or self._root)
        is_seen = _is_inside(path, (self._root,)) or self._is_skipped(path)
        if not is_seen or not _REPOSITORIES.isdisjoint(path.split("/")):
            self.miss(f"it lists {path}")

    def _is_skipped(self, path: str) -> bool:
        return _is_inside(path, self._skipped)


def _absolute(named: object) -> str | None:
    """Return a path without links of the parent's; None for a file descriptor."""
    if not isinstance(named, (str, bytes, os.PathLike)):
        return None
    path = os.fsdecode(named)
    return os.path.realpath(path) if os.pardir in path else os.path.abspath(path)  # noqa: PTH100


def _is_inside(path: str, directories: tuple[str, ...]) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in directories)


def _digest(path: str) -> str | None:
    digest = hashlib.sha256()
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
            return None
        with open(path, "rb") as file:  # noqa: PTH123
            while chunk := file.read(1024 * 1024):
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()


def main(manage_py: str, root: str, trace: str | None = None) -> None:
    """Collect the files of the project that ``manage_py`` manages, if there are any to collect."""
    app_dir = Path(root).resolve()
    watch = Watch(str(app_dir)) if trace is not None else None
    try:
        _manage(manage_py, app_dir, watch)
    finally:
        if watch is not None and trace is not None:
            text = json.dumps({"read": watch.read, "unseen": watch.unseen})
            Path(trace).write_text(text, "utf-8")


def _manage(manage_py: str, app_dir: Path, watch: Watch | None) -> None:
    from django.core import management  # type: ignore[import-not-found]

    sys.path[0] = str(Path(manage_py).resolve().parent)
    # As if it were called by hand: settings may look at the command.
    sys.argv = [manage_py, "collectstatic", "--noinput"]
    # This process's own environment: it runs apart from the build, as manage.py does.
    given = os.environ.get(_SETTINGS_MODULE)

    def collect(*_: object) -> None:
        # Some manage.py set the variable where it has a value already.
        os.environ.update({_SETTINGS_MODULE: given} if given else {})
        is_local = _collect(execute, app_dir)
        if watch is not None and not is_local:
            watch.miss("its storage isn't a local directory")

    # Only manage.py knows how to prepare the project, and calls this in the end.
    execute = management.execute_from_command_line
    management.execute_from_command_line = collect
    runpy.run_path(manage_py, run_name="__main__")


def _collect(execute: Callable[[list[str]], None], app_dir: Path) -> bool:
    """Collect the files; return whether they are nowhere but in a local directory."""
    import django  # type: ignore[import-not-found]
    from django.apps import apps  # type: ignore[import-not-found]
    from django.conf import settings  # type: ignore[import-not-found]

    django.setup()
    if not settings.STATIC_ROOT:
        sys.stdout.write("STATIC_ROOT isn't set: there is nowhere to collect static files.\n")
    elif not apps.is_installed(_STATIC_FILES):
        sys.stdout.write(f"{_STATIC_FILES} isn't in INSTALLED_APPS: nothing to collect.\n")
    else:
        root, is_local = Path(settings.STATIC_ROOT).resolve(), _is_local()
        if is_local and not root.is_relative_to(app_dir):
            # The build makes an error of this line.
            sys.exit(f"STATIC_ROOT is outside of the app: {root}")
        _age(root)
        execute(sys.argv)
        _sort_manifest(root)
        return is_local
    return True


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
