"""Parsing of one file in pip's requirements file format, without touching the filesystem.

The rules are those of pip 26.3:
https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement

from python_buildpack.environment.requirement import MAX_REQUIREMENT_LENGTH
from python_buildpack.package_managers.pip.requirement_options import (
    InvalidOptionsError,
    Option,
    UnknownOptionError,
    parse_options,
)
from python_buildpack.system.errors import UserError
from python_buildpack.system.redaction import VARIABLE, redact_url_credentials

# optparse takes time that grows with the square of the number of options. Releases have some
# hundred files, each with a hash of up to 142 characters.
MAX_LINE_LENGTH = 256 * 1024

# A comment begins a line or follows whitespace: the "#" of a URL's fragment is none.
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_ARCHIVE = re.compile(r"\.(zip|whl|tar|tgz|tbz|txz|tlz|tar\.(gz|bz2|xz|lz|lzma))/*$", re.IGNORECASE)
_VCS_SCHEMES = frozenset(
    f"{vcs}+{transport}"
    for vcs, transports in {
        "git": "file git http https ssh",
        "hg": "file http https ssh static-http",
        "bzr": "file ftp http https lp sftp ssh",
        "svn": "file http https ssh svn",
    }.items()
    for transport in transports.split()
)


class LinkKind(Enum):
    """What a requirement that isn't looked up on an index points at."""

    URL = "URL"
    VCS = "VCS"
    PATH = "path"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """One logical line: a line with those that continue it.

    Args:
        number: of its first line in the file, counted from 1.
        text: as it is written, without comments, credentials masked, variables not replaced.
        variables: the names of the environment variables that it uses, set or not.
        options: in order, their variables replaced: values may hold credentials.
    """

    number: int
    text: str
    variables: tuple[str, ...]
    options: tuple[Option, ...]

    @property
    def hashes(self) -> tuple[str, ...]:
        """Allowed digests of the archive, each as ``sha256:…``."""
        return tuple(option.value for option in self.options if option.name == "--hash")


@dataclass(frozen=True)
class OptionLine(Line):
    """A line of options such as ``--index-url``, which hold for the whole of pip's run."""


@dataclass(frozen=True)
class Inclusion(Line):
    """``-r`` or ``-c``: another file, as a path relative to this one, or as a URL."""

    target: str
    is_constraint: bool


@dataclass(frozen=True)
class NamedRequirement(Line):
    """``name``, with a specifier or ``@ URL``, extras and a marker."""

    requirement: Requirement


@dataclass(frozen=True)
class LinkRequirement(Line):
    """A URL, VCS URL or path without a name. It may hold credentials."""

    target: str
    kind: LinkKind
    marker: Marker | None


@dataclass(frozen=True)
class EditableRequirement(Line):
    """``-e``: a path or VCS URL. It may hold credentials."""

    target: str


@dataclass(eq=False)
class InvalidRequirementError(UserError):
    """A line isn't a requirement that pip understands.

    Args:
        problem: what is wrong with it, one line; empty if that could show a variable's value.
    """

    source: str
    line: int
    text: str
    problem: str


@dataclass(eq=False)
class InvalidRequirementOptionError(UserError):
    """An option of a line has no value, a wrong one, or an unbalanced quote.

    Args: as those of ``InvalidRequirementError``.
    """

    source: str
    line: int
    text: str
    problem: str


@dataclass(eq=False)
class LongRequirementError(UserError):
    """A logical line, or the requirement in it, is longer than any that means something."""

    source: str
    line: int
    length: int
    limit: int


@dataclass(eq=False)
class UnknownRequirementOptionError(UserError):
    """A line has an option that pip doesn't allow in requirements files.

    Args:
        option: as it is written; empty if that could show a variable's value.
        source, line, text: as those of ``InvalidRequirementError``.
    """

    source: str
    line: int
    text: str
    option: str


def parse_requirements(
    text: str, source: str, environment: Mapping[str, str] = MappingProxyType({})
) -> tuple[Line, ...]:
    """Parse a requirements or constraints file.

    What pip would reject only after a look at the filesystem or the network isn't an error here:
    paths and URLs are kept as they are.

    Args:
        environment: what ``${NAME}`` is replaced by. A name that is not set, or empty, stays.

    Raises:
        InvalidRequirementError: a line isn't a requirement.
        InvalidRequirementOptionError: an option is wrong.
        UnknownRequirementOptionError: an option doesn't exist.
        LongRequirementError: a line is too long.
    """
    return tuple(
        _LineParser(source, number, line, environment).parse()
        for number, line in _logical_lines(text)
    )


def link_kind(url: str) -> LinkKind:
    """Say what a URL points at, by its scheme alone."""
    scheme = _SCHEME.match(url)
    if scheme is None:
        return LinkKind.UNKNOWN
    name = scheme[1].lower()
    if name in ("http", "https", "ftp"):
        return LinkKind.URL
    if name == "file":
        return LinkKind.PATH
    return LinkKind.VCS if name in _VCS_SCHEMES else LinkKind.UNKNOWN


def is_archive(path: str) -> bool:
    """Return whether a path is one of a wheel or source distribution, by its name alone."""
    return _ARCHIVE.search(path) is not None


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in _joined(enumerate(text.splitlines(), start=1)):
        content = _COMMENT.sub("", line).strip()
        if content:
            yield number, content


def _joined(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    parts: list[str] = []
    first_number = 0
    for number, line in lines:
        is_comment = line.lstrip().startswith("#")
        if not parts:
            first_number = number
        if line.endswith("\\") and not is_comment:
            # Like pip, which takes backslashes from both ends.
            parts.append(line.strip("\\"))
            continue
        # A comment ends a continued line, and must not become a part of its last word.
        parts.append(f" {line}" if is_comment else line)
        yield first_number, "".join(parts)
        parts = []
    if parts:
        yield first_number, "".join(parts)


class _LineParser:
    """Parses one logical line; holds what its errors need."""

    def __init__(self, source: str, number: int, raw: str, environment: Mapping[str, str]) -> None:
        self._source = source
        self._number = number
        self._check_length(raw, MAX_LINE_LENGTH)
        self._text = redact_url_credentials(raw)
        self._variables = tuple(dict.fromkeys(VARIABLE.findall(raw)))
        self._content = raw
        for name in self._variables:
            if value := environment.get(name):
                self._content = self._content.replace(f"${{{name}}}", value)
        # The parsers' explanations quote what they were given.
        self._may_quote = self._content == raw

    def parse(self) -> Line:
        requirement, words = self._split()
        options = self._parse_options(words)
        start = (self._number, self._text, self._variables, options)
        editables = _values(options, "--editable")
        if editables:
            return EditableRequirement(*start, requirement or editables[0])
        if requirement:
            return self._parse_requirement(requirement, start)
        if files := _values(options, "--requirement"):
            return Inclusion(*start, files[0], is_constraint=False)
        if files := _values(options, "--constraint"):
            return Inclusion(*start, files[0], is_constraint=True)
        return OptionLine(*start)

    def _split(self) -> tuple[str, list[str]]:
        # Only options may be quoted: a marker has quotes of its own.
        words = self._content.split(" ")
        count = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
        try:
            return " ".join(words[:count]), shlex.split(" ".join(words[count:]))
        except ValueError as error:
            raise self._invalid_option(str(error)) from None

    def _parse_options(self, words: list[str]) -> tuple[Option, ...]:
        if not words:
            return ()
        try:
            return parse_options(words)
        except UnknownOptionError as error:
            option = self._explanation(error.option)
            raise UnknownRequirementOptionError(
                self._source, self._number, self._text, option
            ) from None
        except InvalidOptionsError as error:
            raise self._invalid_option(error.problem) from None

    def _parse_requirement(
        self, text: str, start: tuple[int, str, tuple[str, ...], tuple[Option, ...]]
    ) -> Line:
        self._check_length(text, MAX_REQUIREMENT_LENGTH)
        kind = link_kind(text)
        is_link = kind is not LinkKind.UNKNOWN
        # A URL may have a ";" in it.
        target, _, marker_text = text.partition("; " if is_link else ";")
        target, marker_text = target.strip(), marker_text.strip()
        try:
            marker = Marker(marker_text) if marker_text else None
            if is_link or _is_archive_path(target):
                return LinkRequirement(*start, target, kind if is_link else LinkKind.PATH, marker)
            requirement = Requirement(target)
        except InvalidRequirement as error:
            if _looks_like_path(target):
                return LinkRequirement(*start, target, LinkKind.PATH, marker)
            raise self._invalid_requirement(str(error)) from None
        except (InvalidMarker, RecursionError) as error:
            if is_link or _looks_like_path(target):
                return LinkRequirement(*start, text, LinkKind.UNKNOWN, None)
            raise self._invalid_requirement(str(error)) from None
        requirement.marker = marker
        return NamedRequirement(*start, requirement)

    def _check_length(self, text: str, limit: int) -> None:
        if len(text) > limit:
            raise LongRequirementError(self._source, self._number, len(text), limit)

    def _invalid_requirement(self, problem: str) -> InvalidRequirementError:
        return InvalidRequirementError(
            self._source, self._number, self._text, self._explanation(problem)
        )

    def _invalid_option(self, problem: str) -> InvalidRequirementOptionError:
        return InvalidRequirementOptionError(
            self._source, self._number, self._text, self._explanation(problem)
        )

    def _explanation(self, problem: str) -> str:
        if not self._may_quote:
            return ""
        return redact_url_credentials(next(iter(problem.splitlines()), ""))


def _values(options: tuple[Option, ...], name: str) -> tuple[str, ...]:
    return tuple(option.value for option in options if option.name == name)


def _is_archive_path(text: str) -> bool:
    without_extras = text.rpartition("[")[0].rstrip() if text.endswith("]") else text
    if not is_archive(without_extras):
        return False
    # "name @ https://…/file.zip" isn't a path, unless the "@" is in a directory's name.
    before, at, _ = text.partition("@")
    return not at or _looks_like_path(before)


def _looks_like_path(text: str) -> bool:
    return "/" in text or text.startswith(".")
