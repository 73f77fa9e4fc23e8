"""The places where a Python version is requested, and the forms it is written in."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.system.errors import UserError

# The X.Y of an app that asks for none and was not built before.
DEFAULT_PYTHON_VERSION = "3.14"

BP_PYTHON_VERSION = "BP_PYTHON_VERSION"
PYTHON_VERSION_FILE = ".python-version"
REQUIRES_PYTHON = "requires-python"
RUNTIME_TXT = "runtime.txt"
TOOL_VERSIONS = ".tool-versions"
LAST_BUILD = "last build"
EVIDENCE = "what is pinned"
DEFAULT = "default"

# Longer texts are no version. The limit also keeps Python from refusing to read the numbers
# in it: it stops at 4300 digits.
_LONGEST_TEXT = 200

_VERSION = r"\d+(?:\.\d+){0,2}(?:(?:a|b|rc)\d+)?"
# As in runtime.txt: python-3.13.2, or python-3.13.x for the newest 3.13; asdf's latest:3.13; and as
# uv writes it: cpython-3.13.2-linux-x86_64-gnu, cpython@3.13, python3.13, 3.14+freethreaded.
_BEFORE = r"(?:c?python[-@]?|latest:)?"
_AFTER = r"(?P<free>t|\+freethreaded)?(?:-(?:linux|macos|windows|any)(?:-\w+)*)?"
_SERIES = re.compile(rf"{_BEFORE}(?P<version>\d(?:\.\d+)?)(?:\.[xX])?{_AFTER}", re.ASCII)
_EXACT = re.compile(rf"{_BEFORE}(?P<version>\d\.\d+\.\d+(?:(?:a|b|rc)\d+)?){_AFTER}", re.ASCII)
_LATEST = "latest"
# Of a version, as uv and python-build-standalone name a build without the GIL.
FREE_THREADED = "+freethreaded"
OLDEST_SUPPORTED = Version("3.10")
_WILDCARD = re.compile(r"\d(?:\.\d+){0,2}\.\*", re.ASCII)
_OTHER_IMPLEMENTATIONS = (
    "pypy|graalpy|jython|ironpython|micropython|stackless|pyston|cinder|nogil|"
    "activepython|anaconda|miniconda|miniforge|mambaforge"
)
_OPERATORS = ("<", ">", "=", "!", "~")


class WrongForm(Enum):
    """What a text that isn't a Python version looks like."""

    PREFIX = "v3.13"
    QUOTES = '"3.13"'
    OTHER_IMPLEMENTATION = "pypy3.10"
    SYSTEM = "system"
    CARET = "^3.13"
    DEVELOPMENT = "3.13-dev"
    OTHER = ""


# The first pattern that matches the whole text tells its form.
_WRONG_FORMS = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), form)
    for pattern, form in (
        (r"""["'].*["']""", WrongForm.QUOTES),
        (rf"{_VERSION}t?-dev", WrongForm.DEVELOPMENT),
        (rf"(?:c?python|py|v)[\s@=:-]*{_VERSION}(?:-.*)?", WrongForm.PREFIX),
        (r"system|default", WrongForm.SYSTEM),
        (rf"\^\s*{_VERSION}", WrongForm.CARET),
        (rf"(?:{_OTHER_IMPLEMENTATIONS}).*", WrongForm.OTHER_IMPLEMENTATION),
    )
)
_VERSION_WITHIN = re.compile(r"3\.\d{1,3}(?:\.\d{1,3})?(?!\d)", re.ASCII)


@dataclass(frozen=True)
class VersionSource:
    """A Python version as asked for in one place, before resolution.

    Args:
        file: or the environment variable; or "last build", or "default".
        specifiers: what ``text`` means; "3.13" written alone is ``==3.13.*``, and "latest" is
            any version.
        key: in a file that has several, without its table.
        others: further versions of the file, which don't count; each with its line.
        free_threaded: whether a free-threaded build is requested, or one with the GIL; None if
            either will do.
    """

    file: str
    line: int | None
    text: str
    specifiers: SpecifierSet
    key: str = ""
    others: tuple[tuple[int, str], ...] = ()
    free_threaded: bool | None = None

    @property
    def name(self) -> str:
        """The file or variable, with the key, as messages name it."""
        return source_name(self.file, self.key)

    def allows(self, version: Version) -> bool:
        """Return whether ``version`` satisfies this source; pre-releases as any other version."""
        is_build = self.free_threaded in (None, is_free_threaded(version))
        return is_build and self.specifiers.contains(version, prereleases=True)

    @property
    def wants_newest(self) -> bool:
        """Whether the newest release is requested, of all that the others allow."""
        return self.text.removesuffix(FREE_THREADED) == _LATEST

    def names_exactly(self, version: Version) -> bool:
        """Return whether the text names this one version, as ``==3.15.0rc1`` does."""
        return any(
            specifier.operator in ("==", "===") and version_of(specifier) == version
            for specifier in self.specifiers
            if not specifier.version.endswith(".*")
        )


@dataclass(eq=False)
class InvalidPythonVersionError(UserError):
    """A text isn't a Python version in any form that is understood.

    Args:
        file, line, text, key: as in VersionSource.
        suggested_version: the version that was probably meant, such as "3.13".
    """

    file: str
    line: int | None
    text: str
    form: WrongForm
    suggested_version: str
    key: str = ""


@dataclass(eq=False)
class MultiplePythonVersionsError(UserError):
    """The file holds several versions; each with its line, counted from 1."""

    file: str
    versions: tuple[tuple[int, str], ...]


@dataclass(eq=False)
class NoPythonVersionError(UserError):
    """The file holds nothing but blank lines and comments."""

    file: str


def source_name(file: str, key: str) -> str:
    """Return such as ``pyproject.toml (requires-python)``."""
    return f"{file} ({key})" if key else file


def parse_requested_version(file: str, line: int | None, text: str, key: str = "") -> VersionSource:
    """Parse ``3``, ``3.13``, ``3.13.2``, ``3.14t``, ``3.13.*``, ``latest`` or specifiers.

    ``3``, ``3.13`` and ``3.13.x`` stand for the newest release of that series. All but specifiers
    may be written as uv, asdf, Heroku and Cloud Foundry do, such as ``python-3.13``. They stand for
    the build with the GIL, with a ``t`` for the free-threaded one; the others for either.

    Raises:
        InvalidPythonVersionError: the text has another form, such as ``v3.13``.
    """
    text = text.strip()
    plain = _plain_version(file, line, text, key)
    if plain is not None:
        return plain
    specifiers = _specifiers(text)
    if specifiers is None:
        raise invalid_version(file, line, text, key)
    return VersionSource(file, line, text, specifiers, key)


def parse_plain_version(file: str, line: int | None, text: str) -> VersionSource:
    """Parse what ``parse_requested_version`` does, but no specifiers.

    Raises:
        InvalidPythonVersionError: the text has another form.
    """
    source = _plain_version(file, line, text)
    if source is None:
        raise invalid_version(file, line, text)
    return source


def parse_requires_python(line: int | None, text: str) -> VersionSource | None:
    """Parse the version specifiers of ``requires-python``; None if they allow any version.

    Here ``==3.13`` means 3.13.0 and nothing else, unlike ``3.13`` in ``.python-version``.
    https://packaging.python.org/en/latest/specifications/version-specifiers/#version-matching

    Raises:
        InvalidPythonVersionError: the text isn't a set of version specifiers.
    """
    if not text.strip():
        return None
    specifiers = _specifiers(text)
    if specifiers is None:
        raise invalid_version(PYPROJECT_TOML, line, text, REQUIRES_PYTHON)
    return VersionSource(PYPROJECT_TOML, line, text.strip(), specifiers, REQUIRES_PYTHON)


def parse_python_version_file(text: str) -> VersionSource:
    """Parse the contents of ``.python-version``: versions, blank lines and comments.

    Of several versions, the first is what ``python`` starts for pyenv, and what uv takes.
    https://docs.astral.sh/uv/concepts/python-versions/#python-version-files

    Raises:
        NoPythonVersionError: there is none.
        InvalidPythonVersionError: the first has another form, such as ``v3.13``.
    """
    first, *others = _filled_lines(PYTHON_VERSION_FILE, text)
    return replace(parse_requested_version(PYTHON_VERSION_FILE, *first), others=tuple(others))


def parse_runtime_txt(text: str) -> VersionSource:
    """Parse the contents of ``runtime.txt``: ``python-3.12.4``, ``python-3.12.x`` or ``3.12``.

    It is the predecessor of ``.python-version``; raises as that one's parser, and:

    Raises:
        MultiplePythonVersionsError: there are several.
    """
    lines = _filled_lines(RUNTIME_TXT, text)
    if len(lines) > 1:
        raise MultiplePythonVersionsError(RUNTIME_TXT, lines)
    return parse_plain_version(RUNTIME_TXT, *lines[0])


def bare_version(text: str) -> str:
    """Return a version without ``python-`` and the like; any other text as it is."""
    match = _SERIES.fullmatch(text) or _EXACT.fullmatch(text)
    return f"{match['version']}{'t' if match['free'] else ''}" if match else text


def series_of(version: Version) -> str:
    """Return X.Y."""
    return f"{version.major}.{version.minor}"


def abi_series_of(version: Version) -> str:
    """Return X.Y, or X.Yt of a free-threaded build: as the names of its files have it."""
    return f"{series_of(version)}{'t' if is_free_threaded(version) else ''}"


def is_free_threaded(version: Version) -> bool:
    """Return whether a version of the inventory is a free-threaded build."""
    return version.local is not None


def version_of(specifier: Specifier) -> Version | None:
    """Return the version in a specifier, 3.13 for ``==3.13.*``; None for ``===anything``."""
    try:
        return Version(specifier.version.removesuffix(".*"))
    except InvalidVersion:
        return None


def invalid_version(
    file: str, line: int | None, text: str, key: str = ""
) -> InvalidPythonVersionError:
    """Return the error for a text that isn't a Python version, with what was probably meant."""
    start = text.strip()[:_LONGEST_TEXT]
    forms = (form for pattern, form in _WRONG_FORMS if pattern.fullmatch(start))
    within = _VERSION_WITHIN.search(start)
    # A version of another implementation's, or one too old, would be refused next.
    is_supported = within is not None and Version(within[0]) >= OLDEST_SUPPORTED
    suggested = within[0] if within is not None and is_supported else DEFAULT_PYTHON_VERSION
    form = next(forms, WrongForm.OTHER)
    return InvalidPythonVersionError(file, line, text, form, suggested, key)


def _plain_version(file: str, line: int | None, text: str, key: str = "") -> VersionSource | None:
    if len(text) > _LONGEST_TEXT:
        return None
    if text.removesuffix(FREE_THREADED) == _LATEST:
        free_threaded = text != _LATEST or None
        return VersionSource(file, line, text, SpecifierSet(), key, free_threaded=free_threaded)
    series, exact = _SERIES.fullmatch(text), _EXACT.fullmatch(text)
    match = series or exact
    if match is None:
        return None
    build = ".*" if series else FREE_THREADED if match["free"] else ""
    specifiers = SpecifierSet(f"=={match['version']}{build}")
    return VersionSource(file, line, text, specifiers, key, free_threaded=match["free"] is not None)


def _specifiers(text: str) -> SpecifierSet | None:
    if len(text) > _LONGEST_TEXT:
        return None
    if _WILDCARD.fullmatch(text):
        return SpecifierSet(f"=={text}")
    if not text.lstrip().startswith(_OPERATORS):
        return None
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None


def _filled_lines(file: str, text: str) -> tuple[tuple[int, str], ...]:
    """Return the lines of ``text`` that aren't blank or comments, each with its number.

    Comments begin with ``#``, also after a version.
    """
    lines = [line.split("#", 1)[0].strip() for line in text.split("\n")]
    filled = tuple((number, line) for number, line in enumerate(lines, start=1) if line)
    if not filled:
        raise NoPythonVersionError(file)
    return filled
