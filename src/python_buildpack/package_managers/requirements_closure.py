"""The requirements files of an app with all that they include, and what they prove."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path

from packaging.markers import Marker
from packaging.specifiers import Specifier
from packaging.utils import (
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_wheel_filename,
)

from python_buildpack.errors import UserError
from python_buildpack.package_managers.requirements_file import (
    EditableRequirement,
    Inclusion,
    Line,
    LinkKind,
    LinkRequirement,
    NamedRequirement,
    OptionLine,
    link_kind,
    parse_requirements,
)
from python_buildpack.redaction import redact_url_credentials
from python_buildpack.text_file import read_text_file

# A lock file with hashes of some thousand distributions is larger than a file of settings.
_MAX_FILE_BYTES = 16 * 1024 * 1024

_REMOTE_FILE = re.compile(r"(https?|file):", re.IGNORECASE)
# Git's and Mercurial's commits are digests of what they hold; Subversion's are numbers.
_FULL_COMMIT = re.compile(r"(?:git|hg)\+[^#]*@(?P<commit>[0-9a-f]{40}|[0-9a-f]{64})(?:#|$)")
# Of several hashes in a URL, pip checks the first one only.
_FRAGMENT_HASH = re.compile(r"[#&](sha512|sha384|sha256|sha224|sha1|md5)=([^&]*)")
_STRONG_HASHES = ("sha256", "sha384", "sha512")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)(?:&|$)")
# https://peps.python.org/pep-0263/
_DECLARED_ENCODING = re.compile(r"#.*?coding[:=]\s*([-\w.]+)")


class UnprovableReason(Enum):
    """Why the text of the files doesn't determine what pip installs."""

    EDITABLE = "editable"
    LOCAL_PATH = "local path"
    VCS_WITHOUT_COMMIT = "VCS without a full commit hash"
    REMOTE_FILE = "remote file"
    LOCAL_FIND_LINKS = "local find-links"
    LOCAL_INDEX = "local index"
    ENCODING = "another encoding"
    NOT_UNDERSTOOD = "not understood"


@dataclass(frozen=True)
class Cause:
    """One line that can't be proven.

    Args:
        file: as in ``RequirementsFile``.
        line: counted from 1.
        text: the line, without credentials.
    """

    reason: UnprovableReason
    file: str
    line: int
    text: str


@dataclass(frozen=True)
class RequirementsFile:
    """A file that pip reads. One that is included in both ways is here twice.

    Args:
        path: relative to the app, or absolute where it is outside.
        is_constraint: it was included by ``-c``.
        sha256: of the text in UTF-8, whatever the file's encoding, without a byte order mark; lower-case hex.
    """

    path: str
    is_constraint: bool
    sha256: str


@dataclass(frozen=True)
class LocatedLine:
    """A line with the file that it is in."""

    file: RequirementsFile
    line: Line


@dataclass(frozen=True)
class RequirementClosure:
    """All that pip reads for an app.

    Args:
        files: each once, in the order in which pip meets them.
        lines: file by file, in the same order.
        variables: names of the environment variables that the lines use, sorted.
        unprovable: empty where the text alone determines what pip is asked for.
    """

    files: tuple[RequirementsFile, ...]
    lines: tuple[LocatedLine, ...]
    variables: tuple[str, ...]
    unprovable: tuple[Cause, ...]

    @property
    def is_empty(self) -> bool:
        """Nothing at all is required; constraints alone require nothing."""
        return not any(may_require(located) for located in self.lines)


@dataclass(frozen=True)
class Pin:
    """An exact version, or a URL whose contents can't change unnoticed.

    Args:
        specifier: ``==X`` or ``===X``; None for a URL.
        hashes: allowed digests, each as ``sha256:…``; may be empty with a specifier.
        commit: the VCS commit, where the URL is one of a VCS.
        marker: the environments that it holds in; None for all.
    """

    specifier: Specifier | None
    hashes: tuple[str, ...]
    commit: str | None
    marker: Marker | None
    file: str
    line: int


@dataclass(eq=False)
class MissingRequirementsFileError(UserError):
    """A requirements or constraints file doesn't exist.

    Args:
        path: relative to the app, or absolute where it is outside.
        included_from: the file that includes it; None where it was asked for directly.
        line: of the inclusion, counted from 1.
    """

    path: str
    included_from: str | None
    line: int | None


@dataclass(eq=False)
class RecursiveRequirementsError(UserError):
    """A requirements file includes itself, perhaps through others.

    Args:
        paths: from the file to its inclusion in the last of them; each as in ``RequirementsFile``.
        line: of the inclusion in the last file, counted from 1.
    """

    paths: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class _Visit:
    """A file that is to be read, and how it was reached: the files from the root down."""

    path: str
    is_constraint: bool
    ancestors: tuple[str, ...]
    line: int | None


def read_requirement_closure(
    app_dir: Path, files: Sequence[str], environment: Mapping[str, str]
) -> RequirementClosure:
    """Read requirements files and, without fetching anything, the files that they include.

    Args:
        app_dir: an absolute path.
        files: the files to start from, relative to ``app_dir`` or absolute.
        environment: what pip will see: it replaces variables in lines.

    Raises:
        MissingRequirementsFileError: one doesn't exist.
        RecursiveRequirementsError: one includes itself.
        NotUtf8Error, UnreadableFileError: one can't be read as text.
        InvalidRequirementError, InvalidRequirementOptionError, UnknownRequirementOptionError: a
            line is certainly wrong.
    """
    found: list[RequirementsFile] = []
    lines: list[LocatedLine] = []
    causes: list[Cause] = []
    # No recursion: there is no limit to how deep files may nest.
    visits = [_Visit(_displayed(app_dir, "", path), False, (), None) for path in reversed(files)]
    seen: set[tuple[str, bool]] = set()
    while visits:
        visit = visits.pop()
        if visit.path in visit.ancestors:
            start = visit.ancestors.index(visit.path)
            raise RecursiveRequirementsError(visit.ancestors[start:], visit.line or 1)
        if (visit.path, visit.is_constraint) in seen:
            continue
        seen.add((visit.path, visit.is_constraint))
        text = _read(app_dir, visit)
        file = RequirementsFile(visit.path, visit.is_constraint, sha256(text.encode()).hexdigest())
        own = parse_requirements(text, visit.path, environment)
        found.append(file)
        lines += [LocatedLine(file, line) for line in own]
        causes += [*_encoding_causes(text, file), *_line_causes(own, file)]
        visits += reversed(_inclusions(app_dir, visit, own))
    names = {name for located in lines for name in located.line.variables}
    return RequirementClosure(tuple(found), tuple(lines), tuple(sorted(names)), tuple(causes))


def parse_requirement_closure(text: str, name: str) -> RequirementClosure:
    """Return the closure of requirements that are made from another file, such as a lock.

    Args:
        text: in the format of requirements files, without inclusions and variables.
        name: of the file that they are made from.
    """
    file = RequirementsFile(name, False, sha256(text.encode()).hexdigest())
    lines = parse_requirements(text, name, {})
    located = tuple(LocatedLine(file, line) for line in lines)
    return RequirementClosure((file,), located, (), tuple(_line_causes(lines, file)))


def pins(closure: RequirementClosure) -> Mapping[NormalizedName, tuple[Pin, ...]]:
    """Return the exact pins of each distribution, of constraints files too.

    They are ``==`` and ``===`` without a wildcard, URLs with a strong hash, and VCS URLs with a
    full commit hash. Several pins of one name may differ by their markers.
    """
    found: dict[NormalizedName, list[Pin]] = {}
    for located in closure.lines:
        for name, pin in _pins_of(located):
            found.setdefault(name, []).append(pin)
    return {name: tuple(its) for name, its in found.items()}


def names_full_commit(url: str) -> bool:
    """Tell whether a VCS URL names a commit by a digest of what it holds."""
    return _FULL_COMMIT.match(url) is not None


def _displayed(app_dir: Path, including_file: str, path: str) -> str:
    # Like pip, which resolves ".." in the text, not through symbolic links.
    absolute = Path(os.path.normpath(app_dir / Path(including_file).parent / path))
    root = Path(os.path.normpath(app_dir))
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else str(absolute)


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
    """Tell whether a line asks for something; constraints and options don't."""
    line = located.line
    if isinstance(line, Inclusion):
        # What a remote file asks for isn't known.
        return not line.is_constraint and _REMOTE_FILE.match(line.target) is not None
    return not located.file.is_constraint and not isinstance(line, OptionLine)


def _encoding_causes(text: str, file: RequirementsFile) -> list[Cause]:
    """Pip decodes the file as its first two lines say, we as UTF-8."""
    for number, line in enumerate(text.split("\n", 2)[:2], start=1):
        match = _DECLARED_ENCODING.match(line)
        if match and match[1].lower().replace("_", "-") not in ("utf-8", "utf8"):
            return [Cause(UnprovableReason.ENCODING, file.path, number, _shown(line))]
    return []


def _line_causes(lines: Sequence[Line], file: RequirementsFile) -> list[Cause]:
    reasons = [(line, reason) for line in lines if (reason := _why_unprovable(line))]
    return [Cause(reason, file.path, line.number, line.text) for line, reason in reasons]


def _why_unprovable(line: Line) -> UnprovableReason | None:
    if any(option.name == "--global-option" for option in line.options):
        return UnprovableReason.NOT_UNDERSTOOD
    if isinstance(line, EditableRequirement):
        return UnprovableReason.EDITABLE
    if isinstance(line, Inclusion):
        return UnprovableReason.REMOTE_FILE if _REMOTE_FILE.match(line.target) else None
    if isinstance(line, LinkRequirement):
        return _why_link_unprovable(line.target, line.kind)
    if isinstance(line, NamedRequirement):
        url = line.requirement.url
        return _why_link_unprovable(url, link_kind(url)) if url else None
    return _why_options_unprovable(line)


def _why_link_unprovable(url: str, kind: LinkKind) -> UnprovableReason | None:
    if kind is LinkKind.PATH:
        return UnprovableReason.LOCAL_PATH
    if kind is LinkKind.VCS:
        return None if _FULL_COMMIT.match(url) else UnprovableReason.VCS_WITHOUT_COMMIT
    # The contents of a URL without a hash may change, but as those of an index may: no pin.
    return None if kind is LinkKind.URL else UnprovableReason.NOT_UNDERSTOOD


def _why_options_unprovable(line: Line) -> UnprovableReason | None:
    for option in line.options:
        if option.name == "--find-links" and link_kind(option.value) is not LinkKind.URL:
            return UnprovableReason.LOCAL_FIND_LINKS
        is_index = option.name in ("--index-url", "--extra-index-url")
        if is_index and link_kind(option.value) is not LinkKind.URL:
            return UnprovableReason.LOCAL_INDEX
    return None


def _pins_of(located: LocatedLine) -> list[tuple[NormalizedName, Pin]]:
    line = located.line
    where = (located.file.path, line.number)
    if isinstance(line, NamedRequirement):
        requirement = line.requirement
        name = canonicalize_name(requirement.name)
        if requirement.url:
            return _url_pins(name, requirement.url, line, requirement.marker, where)
        return [
            (name, Pin(specifier, line.hashes, None, requirement.marker, *where))
            for specifier in requirement.specifier
            if specifier.operator in ("==", "===") and not specifier.version.endswith(".*")
        ]
    if isinstance(line, LinkRequirement) and (link_name := _name_of_link(line.target)):
        return _url_pins(link_name, line.target, line, line.marker, where)
    return []


def _url_pins(
    name: NormalizedName, url: str, line: Line, marker: Marker | None, where: tuple[str, int]
) -> list[tuple[NormalizedName, Pin]]:
    kind = link_kind(url)
    if kind is LinkKind.VCS and (match := _FULL_COMMIT.match(url)):
        return [(name, Pin(None, (), match["commit"], marker, *where))]
    hashes = line.hashes
    if (match := _FRAGMENT_HASH.search(url)) and match[1] in _STRONG_HASHES:
        hashes = (*hashes, f"{match[1]}:{match[2]}")
    if kind is LinkKind.URL and hashes:
        return [(name, Pin(None, hashes, None, marker, *where))]
    return []


def _name_of_link(url: str) -> NormalizedName | None:
    """Return the name that a URL tells; a source distribution's is in its metadata only."""
    if egg := _EGG.search(url):
        return canonicalize_name(egg[1])
    filename = url.partition("#")[0].partition("?")[0].rpartition("/")[2]
    try:
        return parse_wheel_filename(filename)[0]
    except InvalidWheelFilename:
        return None


def _shown(line: str) -> str:
    return redact_url_credentials(line.strip())
