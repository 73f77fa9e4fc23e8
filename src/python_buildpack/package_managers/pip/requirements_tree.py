"""The requirements files of an app with all that they include, and what they prove."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.package_managers.pip.requirements_file import (
    Inclusion,
    Line,
    LinkKind,
    LinkRequirement,
    NamedRequirement,
    OptionLine,
    link_kind,
    parse_requirements,
)
from python_buildpack.system.errors import UserError
from python_buildpack.system.text_file import read_text_file

# A lock file with hashes of some thousand distributions is larger than a file of settings.
_MAX_FILE_BYTES = 16 * 1024 * 1024
# pip reads them recursively, and ends in a traceback some hundred levels down.
MAX_DEPTH = 100

_REMOTE_FILE = re.compile(r"(https?|file):", re.IGNORECASE)
# Git's and Mercurial's commits are digests of what they hold; Subversion's are numbers.
_FULL_COMMIT = re.compile(r"(?:git|hg)\+[^#]*@(?P<commit>[0-9a-f]{40}|[0-9a-f]{64})(?:#|$)")
# https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
_WHEEL = re.compile(r"(?P<name>[\w.]+)-[^-]+(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl", re.ASCII)
_LINK_OPTIONS = ("--find-links", "--index-url", "--extra-index-url")
# https://peps.python.org/pep-0263/
_DECLARED_ENCODING = re.compile(r"#.*?coding[:=]\s*([-\w.]+)")


@dataclass(frozen=True)
class RequirementsFile:
    """A file that pip reads. One that is included in both ways is here twice.

    Args:
        is_constraint: it was included by ``-c``.
    """

    path: str
    is_constraint: bool


@dataclass(frozen=True)
class LocatedLine:
    """A line with the file that it is in."""

    file: RequirementsFile
    line: Line


@dataclass(frozen=True)
class RequirementFiles:
    """All that pip reads for an app.

    Args:
        files: each once, in the order in which pip meets them.
        lines: file by file, in the same order.
        is_provable: whether the text alone determines what pip installs.
    """

    files: tuple[RequirementsFile, ...]
    lines: tuple[LocatedLine, ...]
    is_provable: bool

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the environment variables that the lines use, sorted."""
        return tuple(sorted({name for each in self.lines for name in each.line.variables}))

    @property
    def is_empty(self) -> bool:
        """Nothing at all is required; constraints alone require nothing."""
        return not any(may_require(located) for located in self.lines)


@dataclass(eq=False)
class MissingRequirementsFileError(UserError):
    """A requirements or constraints file doesn't exist.

    Args:
        included_from: the file that includes it; None if it was requested directly.
    """

    path: str
    included_from: str | None
    line: int | None


@dataclass(eq=False)
class RecursiveRequirementsError(UserError):
    """A requirements file includes itself, perhaps through others.

    Args:
        paths: from the file to its inclusion in the last of them; each as in ``RequirementsFile``.
    """

    paths: tuple[str, ...]
    line: int


@dataclass(eq=False)
class DeepRequirementsError(UserError):
    """Requirements files include one another deeper than pip can follow."""

    path: str
    line: int
    limit: int


@dataclass(eq=False)
class WrongWheelError(UserError):
    """A requirement with a URL names another distribution than the wheel that is there."""

    path: str
    line: int
    text: str
    wheel: str


@dataclass(frozen=True)
class _Visit:
    """A file that is to be read, and how it was reached: the files from the root down."""

    path: str
    is_constraint: bool
    ancestors: tuple[str, ...]
    line: int | None


def read_requirement_closure(
    app_dir: Path, files: Sequence[str], environment: Mapping[str, str]
) -> RequirementFiles:
    """Read requirements files and, without fetching anything, the files that they include.

    Args:
        files: the files to start from, relative to ``app_dir`` or absolute.
        environment: what pip will see: it replaces variables in lines.

    Raises:
        MissingRequirementsFileError: one doesn't exist.
        RecursiveRequirementsError: one includes itself.
        DeepRequirementsError: they are nested too deeply.
        WrongWheelError: a requirement has another name than its wheel.
        InvalidRequirementError, InvalidRequirementOptionError, UnknownRequirementOptionError,
            LongRequirementError: a line is certainly wrong.
    """
    found: list[RequirementsFile] = []
    lines: list[LocatedLine] = []
    is_provable = True
    visits = [_Visit(_displayed(app_dir, "", path), False, (), None) for path in reversed(files)]
    seen: set[tuple[str, bool]] = set()
    while visits:
        visit = visits.pop()
        _check_ancestors(visit)
        if (visit.path, visit.is_constraint) in seen:
            continue
        seen.add((visit.path, visit.is_constraint))
        text = _read(app_dir, visit)
        file = RequirementsFile(visit.path, visit.is_constraint)
        own = parse_requirements(text, visit.path, environment)
        _check_wheels(own, file)
        found.append(file)
        lines += [LocatedLine(file, line) for line in own]
        is_provable &= _is_in_utf8(text) and all(map(_is_provable, own))
        visits += reversed(_inclusions(app_dir, visit, own))
    return RequirementFiles(tuple(found), tuple(lines), is_provable)


def parse_requirement_closure(text: str, name: str) -> RequirementFiles:
    """Return the closure of requirements that are made from another file, such as a lock.

    Args:
        text: in the format of requirements files, without inclusions and variables.
    """
    file = RequirementsFile(name, False)
    lines = parse_requirements(text, name, {})
    located = tuple(LocatedLine(file, line) for line in lines)
    return RequirementFiles((file,), located, all(map(_is_provable, lines)))


def full_commit(url: str) -> str | None:
    """Return the commit of a VCS URL that names one by a digest of what it holds."""
    match = _FULL_COMMIT.match(url)
    return match["commit"] if match else None


def _displayed(app_dir: Path, including_file: str, path: str) -> str:
    # Like pip, which resolves ".." in the text, not through symbolic links.
    return os.path.relpath(app_dir / Path(including_file).parent / path, app_dir)


def _check_ancestors(visit: _Visit) -> None:
    line = visit.line or 1
    if visit.path in visit.ancestors:
        start = visit.ancestors.index(visit.path)
        raise RecursiveRequirementsError(visit.ancestors[start:], line)
    if len(visit.ancestors) > MAX_DEPTH:
        raise DeepRequirementsError(visit.ancestors[-1], line, MAX_DEPTH)


def _read(app_dir: Path, visit: _Visit) -> str:
    # pip reads UTF-16, which PowerShell's > writes.
    text = read_text_file(app_dir, visit.path, max_bytes=_MAX_FILE_BYTES, allows_utf16=True)
    if text is None:
        included_from = visit.ancestors[-1] if visit.ancestors else None
        raise MissingRequirementsFileError(visit.path, included_from, visit.line)
    return text


def _inclusions(app_dir: Path, visit: _Visit, lines: Sequence[Line]) -> list[_Visit]:
    return [
        _Visit(
            _displayed(app_dir, visit.path, line.target),
            line.is_constraint,
            (*visit.ancestors, visit.path),
            line.number,
        )
        for line in lines
        if isinstance(line, Inclusion) and not _REMOTE_FILE.match(line.target)
    ]


def may_require(located: LocatedLine) -> bool:
    """Return whether a line asks for something; constraints and options don't."""
    line = located.line
    if isinstance(line, Inclusion):
        # What a remote file asks for isn't known.
        return not line.is_constraint and _REMOTE_FILE.match(line.target) is not None
    return not located.file.is_constraint and not isinstance(line, OptionLine)


def _check_wheels(lines: Sequence[Line], file: RequirementsFile) -> None:
    for line in lines:
        if file.is_constraint or not isinstance(line, NamedRequirement):
            continue
        requirement = line.requirement
        wheel = wheel_name(requirement.url) if requirement.url else None
        # Where a marker doesn't hold, pip passes over the line.
        if wheel not in (None, canonicalize_name(requirement.name)) and not requirement.marker:
            raise WrongWheelError(file.path, line.number, line.text, str(wheel))


def wheel_name(url: str) -> NormalizedName | None:
    """Return the name of the distribution whose wheel is at a URL; None for what isn't a wheel."""
    if link_kind(url) is LinkKind.VCS:
        return None
    filename = unquote(url.partition("#")[0].partition("?")[0].rpartition("/")[2])
    # Not parsed as a whole: compressed tags may stand for billions of others.
    match = _WHEEL.fullmatch(filename)
    return canonicalize_name(match["name"]) if match else None


def _is_in_utf8(text: str) -> bool:
    """Return whether a file is in our encoding for pip, too, which takes it from the first two lines."""
    declared = filter(None, map(_DECLARED_ENCODING.match, text.split("\n", 2)[:2]))
    return all(match[1].lower().replace("_", "-") in ("utf-8", "utf8") for match in declared)


def _is_provable(line: Line) -> bool:
    if any(option.name == "--global-option" for option in line.options):
        return False
    if isinstance(line, Inclusion):
        return not _REMOTE_FILE.match(line.target)
    if isinstance(line, LinkRequirement):
        return _is_link_provable(line.target, line.kind)
    if isinstance(line, NamedRequirement):
        url = line.requirement.url
        return not url or _is_link_provable(url, link_kind(url))
    links = (option.value for option in line.options if option.name in _LINK_OPTIONS)
    return isinstance(line, OptionLine) and all(link_kind(each) is LinkKind.URL for each in links)


def _is_link_provable(url: str, kind: LinkKind) -> bool:
    # The contents of a URL without a hash may change, but as those of an index may: no pin.
    return kind is LinkKind.URL or (kind is LinkKind.VCS and full_commit(url) is not None)
