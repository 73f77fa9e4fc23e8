"""Lines of requirements files that certainly can't be installed, told before any download."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.app.settings import is_version
from python_buildpack.app.submodules import missing_submodules
from python_buildpack.environment.requirement import holds, python_markers
from python_buildpack.package_managers.pip.requirements_file import (
    EditableRequirement,
    Line,
    LinkKind,
    LinkRequirement,
    NamedRequirement,
    link_kind,
)
from python_buildpack.package_managers.pip.requirements_tree import (
    LocatedLine,
    RequirementFiles,
)
from python_buildpack.system.errors import UserError
from python_buildpack.system.redaction import VARIABLE

# Part of Python from 3.10 on, and not on PyPI, which refuses these names. Those that it has, most of
# them backports, install without being of any use: argparse, asyncio, dataclasses, enum, typing.
STANDARD_LIBRARY = frozenset(
    {
        *("abc", "array", "atexit", "base64", "bdb", "binascii", "bisect", "builtins", "bz2"),
        *("calendar", "cmath", "cmd", "code", "codecs", "codeop", "collections", "colorsys"),
        *("compileall", "concurrent", "contextlib", "copy", "copyreg", "cprofile", "csv"),
        *("ctypes", "curses", "dbm", "decimal", "difflib", "doctest", "ensurepip", "errno"),
        *("faulthandler", "fcntl", "filecmp", "fileinput", "fnmatch", "fractions", "ftplib"),
        *("gc", "getopt", "getpass", "gettext", "glob", "grp", "gzip", "heapq", "imaplib"),
        *("inspect", "io", "itertools", "json", "keyword", "linecache", "locale", "lzma"),
        *("marshal", "math", "mimetypes", "mmap", "netrc", "numbers", "operator", "optparse"),
        *("os", "pdb", "pickle", "pickletools", "pkgutil", "platform", "plistlib", "poplib"),
        *("posix", "posixpath", "pprint", "profile", "pstats", "pty", "pwd", "py-compile"),
        *("pyclbr", "pydoc", "pyexpat", "queue", "quopri", "random", "re", "reprlib"),
        *("rlcompleter", "runpy", "sched", "select", "shelve", "shlex", "shutil", "signal"),
        *("site", "smtplib", "socket", "socketserver", "sqlite3", "stat", "string", "stringprep"),
        *("struct", "subprocess", "symtable", "sys", "sysconfig", "syslog", "tabnanny"),
        *("tarfile", "tempfile", "termios", "textwrap", "this", "threading", "time", "timeit"),
        *("tkinter", "tokenize", "trace", "traceback", "tracemalloc", "tty", "turtle", "types"),
        *("unicodedata", "urllib", "venv", "warnings", "weakref", "webbrowser", "xml", "xmlrpc"),
        *("zipapp", "zipfile", "zipimport", "zlib", "zoneinfo"),
    }
)


class LineProblem(Enum):
    """Why a line can't be installed."""

    MISSING_PATH = "missing path"
    NO_PROJECT = "no project"
    SUBMODULE = "submodule"
    CONDA_PATH = "conda's path"
    DEBIAN = "Debian's"
    WINDOWS = "Windows only"
    STANDARD_LIBRARY = "Python's own"
    UNSET_VARIABLE = "unset variable"
    NOT_HASHABLE = "no hash possible"


@dataclass(frozen=True)
class UninstallableLine:
    """One of these lines."""

    problem: LineProblem
    file: str
    line: int
    text: str


@dataclass(eq=False)
class UninstallableLinesError(UserError):
    """Requirements files have lines that can't be installed here, whatever the index has."""

    lines: tuple[UninstallableLine, ...]


# Neither wheels for Linux nor a source that builds there: pip 26.3 finds nothing, or fails. Those
# that install without being of any use there, such as pywin32-ctypes, are left out.
WINDOWS_ONLY = frozenset(
    {"pypiwin32", "pywin32", "pywinpty", "twisted-iocpsupport", "windows-curses"}
)
# Where conda's own packages are built, which their metadata tells ``pip freeze``.
_CONDA_PATH = re.compile(
    r"/(?:croot|work|opt/conda|opt/concourse|home/conda|home/ktietz|home/task_\d+|home/builder"
    r"|tmp/(?:build|abs_|croot)|Users/(?:builder|ktietz|runner)|private/var|feedstock_root)\w*/"
    r"|/?[A-Za-z]:/"
)
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[/\\]")
# ``pip freeze`` in a virtual environment of Debian's own Python: https://bugs.launchpad.net/bugs/1635463
_DEBIAN_PIN = ("pkg-resources", "0.0.0")
# What no index has, and ``pip freeze`` lists on Ubuntu itself.
_DEBIANS_OWN = frozenset(
    {
        *("cloud-init", "command-not-found", "language-selector", "python-apt", "ufw"),
        *("ubuntu-advantage-tools", "ubuntu-drivers-common", "ubuntu-pro-client"),
        "unattended-upgrades",
    }
)
_NOT_ON_PYPI = (
    (_DEBIANS_OWN, LineProblem.DEBIAN),
    (WINDOWS_ONLY, LineProblem.WINDOWS),
    (STANDARD_LIBRARY, LineProblem.STANDARD_LIBRARY),
)
_DEBIAN_VERSION = re.compile(r"ubuntu|debian|build\d|dfsg|\+deb|~")
_EXTRAS = re.compile(r"\[[^\[\]]*\]$")
_WITH_OTHER_FILES = ("--extra-index-url", "--find-links", "--index-url")
_OTHER_FILES = ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL")


def check_lines(
    app_dir: Path, closure: RequirementFiles, python_version: str, environment: Mapping[str, str]
) -> None:
    """Refuse lines that pip would fail on, all of them at once.

    A line that pip passes over, such as one whose marker is false here, or a constraint of what
    nothing asks for, is never refused.

    Args:
        closure: the requirements files, read with the same environment.

    Raises:
        UninstallableLinesError: there are some.
    """
    check = _Check(app_dir, closure, python_version, environment)
    found = tuple(
        UninstallableLine(problem, located.file.path, located.line.number, located.line.text)
        for located in closure.lines
        if (problem := check.problem_of(located))
    )
    if found:
        raise UninstallableLinesError(found)


def unset_variables(closure: RequirementFiles, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names in lines that pip leaves as they are written, sorted."""
    return tuple(name for name in closure.variables if not environment.get(name))


class _Check:
    """Judges lines; holds what is the same for all of them."""

    def __init__(
        self,
        app_dir: Path,
        closure: RequirementFiles,
        python_version: str,
        environment: Mapping[str, str],
    ) -> None:
        self._app_dir = app_dir
        self._python = python_markers(python_version)
        self._wants_hashes = _wants_hashes(closure, environment)
        # A private index, or a directory of wheels, may have what PyPI hasn't.
        self._is_pypi_alone = not any(environment.get(name) for name in _OTHER_FILES) and not any(
            option.name in _WITH_OTHER_FILES
            for located in closure.lines
            for option in located.line.options
        )
        options = [option.name for located in closure.lines for option in located.line.options]
        self._has_one_index = options.count("--index-url") == 1 and "--no-index" not in options
        self._required = frozenset(_required_names(closure))

    def problem_of(self, located: LocatedLine) -> LineProblem | None:
        """Return why a line can't be installed; None if it can, or it isn't known."""
        line = located.line
        is_constraint = located.file.is_constraint
        if isinstance(line, NamedRequirement):
            name = canonicalize_name(line.requirement.name)
            is_used = not is_constraint or name in self._required
            return self._problem_of_name(line, name) if is_used else None
        # pip itself refuses constraints without a name, before it looks at them.
        if is_constraint:
            return None
        if isinstance(line, EditableRequirement):
            return self._problem_of_link(line, line.target, None)
        if isinstance(line, LinkRequirement):
            return self._problem_of_link(line, line.target, line.marker)
        return self._problem_of_options(line)

    def _problem_of_options(self, line: Line) -> LineProblem | None:
        # Of other indexes, pip only warns.
        urls = [option.value for option in line.options if option.name == "--index-url"]
        is_wrong = self._has_one_index and any(_has_unset_variable(url) for url in urls)
        return LineProblem.UNSET_VARIABLE if is_wrong else None

    def _problem_of_name(self, line: NamedRequirement, name: NormalizedName) -> LineProblem | None:
        requirement = line.requirement
        if requirement.url:
            return self._problem_of_link(line, requirement.url, requirement.marker)
        problem = LineProblem.DEBIAN if self._is_debians(requirement, name) else None
        if self._is_pypi_alone:
            problem = next((each for names, each in _NOT_ON_PYPI if name in names), problem)
        return problem if problem and holds(requirement.marker, self._python) else None

    def _is_debians(self, requirement: Requirement, name: NormalizedName) -> bool:
        for specifier in requirement.specifier:
            if (name, specifier.version) == _DEBIAN_PIN and specifier.operator in ("==", "==="):
                return self._is_pypi_alone
            if specifier.operator in ("==", "===") and _DEBIAN_VERSION.search(specifier.version):
                # PyPI takes no local versions, such as 2.4.0+ubuntu1.
                return self._is_pypi_alone or not is_version(specifier.version)
        return False

    def _problem_of_link(self, line: Line, url: str, marker: Marker | None) -> LineProblem | None:
        kind = _kind(line, url)
        if not holds(marker, self._python):
            return None
        if _has_unset_variable(url):
            return LineProblem.UNSET_VARIABLE
        if kind is LinkKind.PATH:
            return self._problem_of_path(url)
        is_hashable = kind is not LinkKind.VCS and not isinstance(line, EditableRequirement)
        return LineProblem.NOT_HASHABLE if self._wants_hashes and not is_hashable else None

    def _problem_of_path(self, url: str) -> LineProblem | None:
        path = _local_path(url)
        target = self._app_dir / path
        if missing_submodules(self._app_dir, [path]):
            return LineProblem.SUBMODULE
        if target.is_dir():
            if not _is_project(target, url):
                return LineProblem.NO_PROJECT
            return LineProblem.NOT_HASHABLE if self._wants_hashes else None
        if os.path.lexists(target):
            return None
        return LineProblem.CONDA_PATH if _CONDA_PATH.match(path) else LineProblem.MISSING_PATH


def _kind(line: Line, url: str) -> LinkKind:
    """Return what a link points at; without a scheme, it is a path."""
    kind = line.kind if isinstance(line, LinkRequirement) else link_kind(url)
    is_path = kind is LinkKind.UNKNOWN and isinstance(line, EditableRequirement) and ":" not in url
    is_windows = kind is LinkKind.UNKNOWN and _WINDOWS_PATH.match(url)
    return LinkKind.PATH if is_path or is_windows else kind


def _is_project(directory: Path, url: str) -> bool:
    """Return whether pip may find a project in a directory."""
    names = ("pyproject.toml", "setup.py")
    return "subdirectory=" in url or any((directory / name).exists() for name in names)


def _local_path(url: str) -> str:
    """Return the path of a ``file:`` URL, or of a path with extras."""
    if not url.lower().startswith("file:"):
        return _EXTRAS.sub("", url.partition("#")[0]).strip()
    return unquote(urlsplit(url).path)


def _has_unset_variable(url: str) -> bool:
    """Return whether a name stays in a URL as it is written.

    Not where it stands for credentials: a server that wants none ignores them.
    """
    scheme, separator, rest = url.partition("://")
    host, _, path = rest.partition("/")
    shown = f"{host.rpartition('@')[2]}/{path}" if separator else scheme
    return VARIABLE.search(shown) is not None


def _wants_hashes(closure: RequirementFiles, environment: Mapping[str, str]) -> bool:
    options = {option.name for located in closure.lines for option in located.line.options}
    if "--no-require-hashes" in options or environment.get("PIP_NO_REQUIRE_HASHES"):
        return False
    return not options.isdisjoint({"--hash", "--require-hashes"})


def _required_names(closure: RequirementFiles) -> Iterator[NormalizedName]:
    for located in closure.lines:
        line = located.line
        if isinstance(line, NamedRequirement) and not located.file.is_constraint:
            yield canonicalize_name(line.requirement.name)
