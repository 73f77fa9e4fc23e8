"""The app's own Python files: which there are, and what Python's parser makes of them.

Nothing is imported. What isn't the app's source (environments, caches, tests, documentation) is
passed over, and so is what Python itself couldn't read.
"""

from __future__ import annotations

import ast
import os
import re
import stat
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from python_buildpack.start_commands.command_line import from_directory
from python_buildpack.start_commands.processes import StartCommand
from python_buildpack.system.text_file import ONE_MEBIBYTE

MAX_DEPTH = 5
_MAX_FILES = 5_000
_MAX_READ_BYTES = 64 * ONE_MEBIBYTE
# Python parses about 1 MiB a second, where the machine is busy: what is likely comes first, and a
# build isn't held up by the rest. It is fifteen thousand lines of files that name a framework.
_MAX_PARSED_BYTES = ONE_MEBIBYTE // 2
# Larger ones are generated, most of them; where a usual one is too much, all that follow are.
_USUAL_BYTES = 64 * 1024

_OTHER_DIRECTORIES = (
    *("__pycache__", "alembic", "benchmarks", "build", "dist", "doc", "docs", "example"),
    *("examples", "migrations", "mocks", "node_modules", "samples", "site-packages", "test"),
    *("testing", "tests", "venv", "virtualenv"),
)
_OTHER_FILES = re.compile(
    r"test_.*\.py|.*_test\.py|((mock|fake|stub|dummy)([_-].*)?|.*[_-](mock|fake|stub))\.py|(conftest|dodo|fabfile|hatch_build|locustfile|noxfile|tests?)\.py"
    r"|(gunicorn|hypercorn|uvicorn)[._-]?(cfg|conf|config|settings)?\.py"
)
# A deeper one may be any module; this isn't a module of the app.
_BUILD_SCRIPT = "setup.py"
ENTRY_NAMES = ("wsgi.py", "asgi.py")
LIKELY_NAMES = (
    *("__init__.py", "api.py", "app.py", "application.py", "main.py", "manage.py", "run.py"),
    *("server.py", "startup.py", "streamlit_app.py"),
)


@dataclass(frozen=True)
class UnreadSource:
    """A file that Python's parser refuses; ``line`` from 1, None if it doesn't tell."""

    path: str
    line: int | None


@dataclass
class SourceTree:
    """The Python files of an app, parsed on demand.

    Attributes:
        paths: of the files, relative to the app, the likeliest to hold an app first.
        directory: where ``app_dir`` is, relative to what becomes the image's app; "" for the same.
        unread: those that were requested, and can't be parsed, by their paths.
    """

    app_dir: Path
    paths: tuple[str, ...]
    directory: str = ""
    unread: dict[str, UnreadSource] = field(default_factory=dict)
    _parsed: dict[str, ast.Module | None] = field(default_factory=dict)
    _left_to_read: int = _MAX_READ_BYTES
    _left_to_parse: int = _MAX_PARSED_BYTES

    def __post_init__(self) -> None:
        self._known = frozenset(self.paths)
        self._directories = frozenset(
            str(parent) for path in self.paths for parent in PurePosixPath(path).parents
        )

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def has_directory(self, path: str) -> bool:
        """Return whether there are Python files in or below a directory."""
        return path in self._directories

    def shown(self, path: str) -> str:
        """Return a path relative to the image's app."""
        return f"{self.directory}/{path}" if self.directory else path

    def command(self, name: str, text: str, path: str, line: int | None) -> StartCommand:
        """Return a process that is started in this directory, and found in the file ``path``."""
        text = from_directory(self.directory, text)
        return StartCommand.of(name, text, self.shown(path), line)

    def mentions(self, path: str, marks: re.Pattern[bytes]) -> bool:
        """Return whether a file has any of ``marks``: much cheaper than parsing it."""
        return marks.search(self._read(path)) is not None

    def find(self, path: str, pattern: re.Pattern[bytes]) -> tuple[str, int] | None:
        """Return the group ``found`` of a pattern in a file, and its line from 1; None for no match."""
        contents = self._read(path)
        match = pattern.search(contents)
        if match is None:
            return None
        line = contents.count(b"\n", 0, match.start("found")) + 1
        return match["found"].decode(errors="replace"), line

    def parse(self, path: str) -> ast.Module | None:
        """Parse a file, once; None if it can't be, or where too much was parsed already."""
        if path not in self._parsed:
            self._parsed[path] = self._parse(path) if path in self else None
        return self._parsed[path]

    def _parse(self, path: str) -> ast.Module | None:
        if self._left_to_parse <= 0:
            return None
        contents = self._read(path)
        if len(contents) > self._left_to_parse:
            if len(contents) <= _USUAL_BYTES:
                self._left_to_parse = 0
            return None
        self._left_to_parse -= len(contents)
        try:
            # From bytes, so that the parser honours the encoding that the file declares.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(contents, path)
        except SyntaxError as error:
            self.unread[path] = UnreadSource(self.shown(path), error.lineno or None)
        except (ValueError, RecursionError, MemoryError):
            # NUL bytes; expressions nested too deeply for the parser.
            self.unread[path] = UnreadSource(self.shown(path), None)
        return None

    def _read(self, path: str) -> bytes:
        if self._left_to_read <= 0:
            return b""
        file = self.app_dir / path
        try:
            contents = file.read_bytes() if file.is_file() else b""
        except OSError:
            return b""
        self._left_to_read -= len(contents)
        return contents


def read_source_tree(app_dir: Path, directory: str = "") -> SourceTree:
    """List the Python files of the app, or of a directory of it, down to ``MAX_DEPTH`` directories.

    Links are not followed.
    """
    paths = sorted(_python_files(app_dir / directory), key=likelihood)
    return SourceTree(app_dir / directory, tuple(paths[:_MAX_FILES]), directory)


def likelihood(path: str) -> tuple[int, int, str]:
    """Return a sort key by which the files that are likely to hold an app come first."""
    file = PurePosixPath(path)
    return depth(path), _unlikeliness(file.name), path


def rank(path: str) -> tuple[int, int]:
    """Return how good a place for an app's entry a file is; equal ranks are equally good.

    A file with a usual name is as good a directory deeper as one with any name.
    """
    unlikeliness = _unlikeliness(PurePosixPath(path).name)
    return depth(path) + (unlikeliness > 1), min(unlikeliness, 1)


def depth(path: str) -> int:
    """Return how many directories a file is below the app, or below its ``src``."""
    parts = PurePosixPath(path).parts
    return len(parts) - 1 - (parts[0] == "src" and len(parts) > 1)


def is_entry(path: str) -> bool:
    """Return whether a file has one of the names that say that the app starts there."""
    return PurePosixPath(path).name in (*ENTRY_NAMES, *LIKELY_NAMES)


def _unlikeliness(name: str) -> int:
    if name in ENTRY_NAMES:
        return 0
    return 1 if name in LIKELY_NAMES else 2


def _python_files(app_dir: Path) -> Iterator[str]:
    for directory, names, files in os.walk(app_dir):
        parent = PurePosixPath(directory).relative_to(app_dir)
        is_deepest = len(parent.parts) == MAX_DEPTH
        names[:] = [] if is_deepest else [each for each in names if _is_source(directory, each)]
        for name in files:
            path = str(parent / name)
            if path != _BUILD_SCRIPT and _is_source_file(Path(directory, name)):
                yield path


def _is_source(parent: str, name: str) -> bool:
    if name.startswith(".") or not name.isprintable() or name.lower() in _OTHER_DIRECTORIES:
        return False
    return not Path(parent, name, "pyvenv.cfg").exists()


def _is_source_file(path: Path) -> bool:
    name = path.name
    if not name.endswith(".py") or name.startswith(".") or _OTHER_FILES.fullmatch(name):
        return False
    # Names of other encodings, with half characters, could be neither shown nor written down.
    if not name.isprintable():
        return False
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= ONE_MEBIBYTE
