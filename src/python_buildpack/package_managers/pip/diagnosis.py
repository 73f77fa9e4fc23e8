"""From the output of a pip that failed to the reason, as an error that a user can act on.

The wording is that of pip 26.3, and of pips since 25.1 where it differs: real output is in
``tests/fixtures/pip_output``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from packaging.utils import canonicalize_name

from python_buildpack.environment.requirement import archive_name
from python_buildpack.package_managers.failures.causes import (
    HashMismatchError,
    InvalidMetadataError,
    NoWheelError,
    RequiresPythonError,
    ResolutionConflictError,
    first_diagnosis,
)
from python_buildpack.package_managers.pip.build_diagnosis import diagnose_build_failure
from python_buildpack.package_managers.pip.index_diagnosis import diagnose_index_failure
from python_buildpack.system.errors import BuildpackError, UserError
from python_buildpack.system.machine import diagnose_machine
from python_buildpack.system.redaction import redact_url_credentials


class HashProblem(Enum):
    """Why pip could not check the hash of every requirement, once one of them has a hash."""

    MISSING = "missing"
    UNPINNED = "unpinned"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class IgnoredVersion:
    """A version that pip did not consider, and the Pythons that it is for."""

    version: str
    requires_python: str


@dataclass(eq=False)
class NoMatchingDistributionError(UserError):
    """No index has a version of a distribution that the requirements allow.

    Args:
        available_versions: what there is for this Python; empty if pip found nothing at all.
        app_archives: files of it that the app has, relative to it, where pip hasn't looked.
    """

    requirement: str
    required_by: str
    available_versions: tuple[str, ...]
    ignored_versions: tuple[IgnoredVersion, ...]
    python_version: str
    app_archives: tuple[str, ...] = ()

    @property
    def names_versions(self) -> bool:
        """Whether pip has seen any version at all."""
        return bool(self.available_versions or self.ignored_versions)


@dataclass(eq=False)
class InvalidWheelError(UserError):
    """A wheel isn't one, or is one of another distribution than was requested."""

    distribution: str
    problem: str


@dataclass(eq=False)
class HashesMissingError(UserError):
    """Some requirements have hashes, which pip then wants of all, and others can't be checked."""

    problem: HashProblem
    requirements: tuple[str, ...]


@dataclass(eq=False)
class RequirementSyntaxError(UserError):
    """pip doesn't understand a requirement.

    Args:
        file: as given to pip; None if pip doesn't tell.
    """

    file: str | None
    line: int | None
    problem: str


@dataclass(eq=False)
class PipFailedError(UserError):
    """pip failed, and its output is the only explanation."""

    exit_status: int


_INVALID_REQUIREMENT = re.compile(
    r"^ERROR: Invalid requirement: (?P<problem>.*)$"
    r"(?:(?:\n(?!ERROR|Hint).*){0,2}?\(from line (?P<line>\d+) of (?P<file>[^)\n]+)\))?",
    re.MULTILINE,
)
_WHERE = re.compile(r" \(from line (\d+) of ([^)\n]+)\)$")
_WRONG_OPTION = re.compile(r"^\S+: error: (.*)$", re.MULTILINE)
_NOT_MATCHING = re.compile(
    r"^ERROR: No matching distribution found for (.+?)(?: \(from (.*)\))?$", re.MULTILINE
)
_VERSIONS = re.compile(
    r"^ERROR: Could not find a version that satisfies .*\(from versions: (.*)\)$", re.MULTILINE
)
_IGNORED = re.compile(
    r"^ERROR: Ignored the following versions that require a different python version: (.*)$",
    re.MULTILINE,
)
_NO_WHEEL = re.compile(
    r"^ *Skipping link: (?:none of the wheel's tags|No sources permitted).*"
    r"\(from \S*/([^/\s]+)/\)",
    re.MULTILINE,
)
_NAME = re.compile(r"[\w.-]+")
_INVALID_METADATA = re.compile(
    r"^ *WARNING: Ignoring version (?P<version>\S+) of (?P<name>\S+) since it has invalid metadata:\n"
    r".* has invalid metadata: (?P<problem>.*)$",
    re.MULTILINE,
)
# Of a requirement with a URL, for which there are no other versions.
_INVALID_LINK = re.compile(
    r"^ *ERROR: Requested (?P<name>[\w.-]+)[^\n]* has invalid metadata: (?P<problem>.*)$",
    re.MULTILINE,
)
_INVALID_WHEEL = re.compile(
    r"^ *ERROR: (?P<name>\S+) has an invalid wheel, (?P<problem>.*)$", re.MULTILINE
)
_OTHER_WHEEL = re.compile(
    r"^AssertionError: '(?P<name>[^']+)' != '(?P<wheel>[^']+)' for wheel$", re.MULTILINE
)
_OTHER_PYTHON = re.compile(
    r"^ *ERROR: Package '([^']+)' requires a different Python: \S+ not in '([^']+)'", re.MULTILINE
)
_MISMATCH = re.compile(r"^ *ERROR: THESE PACKAGES DO NOT MATCH THE HASHES.*$", re.MULTILINE)
_HASH_PROBLEMS = (
    (re.compile(r"^ *ERROR: Hashes are required in --require-hashes mode.*$", re.MULTILINE),
     HashProblem.MISSING),
    (re.compile(r"^ *ERROR: In --require-hashes mode, all requirements must have.*$", re.MULTILINE),
     HashProblem.UNPINNED),
    (re.compile(r"^ *ERROR: Can't verify hashes for these .*requirements.*$", re.MULTILINE),
     HashProblem.UNSUPPORTED),
)  # fmt: skip
_CONFLICT = re.compile(r"^ *ERROR: ResolutionImpossible", re.MULTILINE)
_CONFLICT_CAUSES = re.compile(r"^The conflict is caused by:\n((?:    .*\n)+)", re.MULTILINE)
_LISTED = re.compile(r"\n    (?! )(.*)")
# What follows a requirement: where its file is, and the line that asks for it.
_LOCATION = re.compile(r"(?: from \S+)?(?: \(from .*\))?:?$")


def diagnose_pip_failure(output: str, python_version: str, exit_status: int) -> BuildpackError:
    """Turn the output of a pip that failed into a typed error.

    pip hides why an index page couldn't be fetched, unless it runs with ``-vv``. So where this returns
    ``NoMatchingDistributionError`` without available versions, the output of the same command with
    ``--dry-run -vv`` may give a better answer.
    """
    redacted = redact_url_credentials(output)
    found = first_diagnosis(
        lambda: diagnose_machine(redacted, exit_status, "pip"),
        lambda: _diagnose_syntax(redacted),
        lambda: _diagnose_hashes(redacted),
        lambda: _diagnose_metadata(redacted),
        lambda: _diagnose_wheel(redacted),
        lambda: _diagnose_conflict(redacted),
        lambda: diagnose_index_failure(redacted),
        lambda: diagnose_build_failure(redacted, python_version),
        lambda: _diagnose_versions(redacted, python_version),
    )
    return found or PipFailedError(exit_status)


def _diagnose_syntax(output: str) -> BuildpackError | None:
    match = _INVALID_REQUIREMENT.search(output)
    if match is None:
        return None
    problem, line, file = match["problem"], match["line"], match["file"]
    if where := _WHERE.search(problem):
        problem, line, file = problem[: where.start()], where[1], where[2]
    if option := _WRONG_OPTION.search(output, match.end()):
        problem = f"{problem}: {option[1]}"
    return RequirementSyntaxError(file, int(line) if line else None, problem)


def _diagnose_hashes(output: str) -> BuildpackError | None:
    if match := _MISMATCH.search(output):
        return HashMismatchError(_listed_after(match, output), "pip")
    for pattern, problem in _HASH_PROBLEMS:
        if match := pattern.search(output):
            return HashesMissingError(problem, _listed_after(match, output))
    return None


def _listed_after(heading: re.Match[str], output: str) -> tuple[str, ...]:
    end = output.find("\nERROR", heading.end())
    block = output[heading.end() : end if end != -1 else len(output)]
    return tuple(_LOCATION.sub("", line.strip()) for line in _LISTED.findall(block))


def _diagnose_metadata(output: str) -> BuildpackError | None:
    """Tell metadata that is invalid where that is why nothing could be installed."""
    if match := _INVALID_LINK.search(output):
        return InvalidMetadataError(match["name"], match["problem"], "pip")
    missing = _NOT_MATCHING.search(output)
    name = _NAME.match(missing[1]) if missing else None
    for match in _INVALID_METADATA.finditer(output):
        is_cause = name and canonicalize_name(name[0]) == canonicalize_name(match["name"])
        if is_cause or _CONFLICT.search(output):
            release = f"{match['name']} {match['version']}"
            return InvalidMetadataError(release, match["problem"], "pip")
    return None


def _diagnose_wheel(output: str) -> BuildpackError | None:
    if match := _OTHER_WHEEL.search(output):
        return InvalidWheelError(match["name"], f"it is a wheel of {match['wheel']}")
    match = _INVALID_WHEEL.search(output)
    return InvalidWheelError(match["name"], match["problem"]) if match else None


def _diagnose_conflict(output: str) -> BuildpackError | None:
    if not _CONFLICT.search(output):
        return None
    causes = _CONFLICT_CAUSES.search(output)
    lines = causes[1].splitlines() if causes else []
    return ResolutionConflictError(tuple(line.strip() for line in lines))


def _diagnose_versions(output: str, python_version: str) -> BuildpackError | None:
    if match := _OTHER_PYTHON.search(output):
        return RequiresPythonError(match[1], match[2], python_version)
    match = _NOT_MATCHING.search(output)
    if match is None:
        return None
    versions = _VERSIONS.search(output)
    available = versions[1].split(", ") if versions and versions[1] != "none" else []
    ignored = _ignored_versions(output)
    if not available and not ignored and _has_unusable_files(match[1], output):
        return NoWheelError(match[1], python_version)
    required_by = match[2] or ""
    if required_by.startswith("-r "):
        required_by = ""
    return NoMatchingDistributionError(
        match[1], required_by, tuple(available), ignored, python_version
    )


def _has_unusable_files(requirement: str, output: str) -> bool:
    name = _NAME.match(requirement)
    # Every page has wheels for other systems: those of other distributions mean nothing.
    return name is not None and canonicalize_name(name[0]) in _NO_WHEEL.findall(output)


def _ignored_versions(output: str) -> tuple[IgnoredVersion, ...]:
    match = _IGNORED.search(output)
    if match is None:
        return ()
    pairs = (item.partition(" Requires-Python ") for item in match[1].split("; "))
    return tuple(IgnoredVersion(version, python) for version, _, python in pairs)


_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_PRUNED = frozenset({"node_modules", "site-packages"})


def find_app_archives(
    app_dir: Path, requirement: str, environment: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the archives of a distribution in directories that pip hasn't looked into, sorted.

    Args:
        environment: of pip, with the directories that it has looked into.

    Returns:
        Paths, relative to the app.
    """
    match = _NAME.match(requirement)
    name = canonicalize_name(match[0]) if match else ""
    searched = {os.path.normpath(link) for link in environment.get("PIP_FIND_LINKS", "").split()}
    found = (path for path in _files(app_dir) if (archive_name(path.name) or ("",))[0] == name)
    others = (path for path in found if os.path.normpath(path.parent) not in searched)
    return tuple(sorted(str(path.relative_to(app_dir)) for path in others))


def _files(app_dir: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(app_dir):
        names[:] = [name for name in names if not name.startswith(".") and name not in _PRUNED]
        yield from (Path(directory, file) for file in files)
