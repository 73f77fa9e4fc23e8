"""What fails alike whichever tool installs: builds of source distributions, hashes, conflicts.

Compilers and build backends say the same to pip, uv and Poetry, which print it as it
is. What is a tool's own is in ``pip``, ``uv`` and ``poetry``; what servers and repositories answer
is in ``network``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from python_buildpack.system.errors import BuildpackError, UserError


@dataclass(eq=False)
class CompilerMissingError(UserError):
    """A distribution has no wheel for this Python, and building it needs a compiler.

    Args:
        has_wheels: False if no Python has one for Linux.
    """

    distribution: str
    tool: str
    python_version: str
    has_wheels: bool = True


@dataclass(eq=False)
class SystemLibraryMissingError(UserError):
    """A distribution has no wheel for this Python, and building it needs a system library.

    Args:
        distribution: its name; empty if the tool doesn't tell.
        missing: a header such as ``lber.h``, a program such as ``pg_config``, or ``-lfoo``.
        has_wheels: False if no Python has one for Linux.
    """

    distribution: str
    missing: str
    python_version: str
    has_wheels: bool = True


@dataclass(eq=False)
class InvalidMetadataError(UserError):
    """A release has metadata that pip or setuptools refuses nowadays, such as the specifier ``>=5.1.*``."""

    distribution: str
    problem: str
    tool: str


@dataclass(eq=False)
class BuildFailedError(UserError):
    """A distribution has no wheel for this Python, and building it failed.

    Args:
        distribution: its name; empty if the tool doesn't tell.
        detail: the last error that the build printed, or its last line; may be empty.
        has_wheels: False if no Python has one for Linux.
    """

    distribution: str
    detail: str
    python_version: str
    has_wheels: bool = True


@dataclass(eq=False)
class ProjectBuildFailedError(UserError):
    """The app's own project, or another one in its directories, can't be built."""

    distribution: str
    detail: str
    tool: str
    python_version: str


@dataclass(eq=False)
class ProjectNeedsError(UserError):
    """Building the app's own project, or another one in its directories, needs what isn't there."""

    distribution: str
    missing: str
    is_library: bool
    tool: str


@dataclass(eq=False)
class NoWheelError(UserError):
    """A distribution exists, but none of its files is for this Python, system and processor."""

    requirement: str
    python_version: str


@dataclass(eq=False)
class RequiresPythonError(UserError):
    """A distribution, or the app itself, is for other Pythons.

    Args:
        distribution: its name; empty for the app.
        specifier: the Pythons that it is for, such as ``<3.13``.
    """

    distribution: str
    specifier: str
    python_version: str


@dataclass(eq=False)
class HashMismatchError(UserError):
    """Downloaded files don't have the hashes that are expected of them."""

    requirements: tuple[str, ...]
    tool: str


@dataclass(eq=False)
class LockedFilesMissingError(UserError):
    """No index has the files of a distribution that the lock has."""

    distribution: str
    lock: str
    command: str


@dataclass(eq=False)
class ResolutionConflictError(UserError):
    """No set of versions satisfies all requirements.

    Args:
        lines: the tool's explanation, such as ``django 4.2 depends on asgiref<4 and >=3.6.0``.
    """

    lines: tuple[str, ...]


# Poetry draws a line in front of it.
_INVALID_SETUP = re.compile(
    r"^[ |]*error in (?P<name>\S+) setup command: (?P<problem>.*specifiers.*)$", re.MULTILINE
)

_BACKENDS_ERROR = re.compile(
    r"^[ |│]*((?:(?:\w+\.)*(?:\w*(?:Error|Exception|Failure)|error|ERROR)|(?:\w+\.)+[A-Z]\w+): \S.*)$",
    re.MULTILINE,
)
_ARCHIVE = re.compile(r"\.(?:zip|whl|tgz|tbz|txz|tar(?:\.\w+)?)$", re.IGNORECASE)

_COMPILER = r"(?:[\w.-]*-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|gfortran)(?:-\d+)?"
_TOOL = rf"{_COMPILER}|make|cmake|ninja|cargo|rustc|go|swig|patchelf|autoconf|automake|bison|flex"
_NOT_FOUND = r"(?:No such file|not found|command not found)"
_TOOL_MISSING = (
    re.compile(rf"No such file or directory: '(?:/\S*/)?({_TOOL})'"),
    re.compile(rf"command '(?:/\S*/)?({_TOOL})' failed: {_NOT_FOUND}"),
    re.compile(rf"unable to execute '?(?:/\S*/)?({_TOOL})'?: {_NOT_FOUND}"),
    re.compile(rf"(?:^|[\s/])({_TOOL}): (?:command )?not found", re.MULTILINE),
    re.compile(rf"linker `({_TOOL})` not found"),
    re.compile(r"Unknown compiler\(s\): \[\['([^']+)'"),
)
_NAMED_TOOL_MISSING = (
    (
        re.compile(
            r"can't find Rust compiler|Cargo, the Rust package manager, is not installed"
            r"|Rust not found|Rust toolchain .* not (?:found|installed)"
        ),
        "Rust",
    ),
    (
        re.compile(r"no acceptable C compiler found|No CMAKE_\w+_COMPILER could be found"),
        "a C compiler",
    ),
    (
        re.compile(r"CMake must be installed|Could not find CMake|CMake Error: CMake was un"),
        "cmake",
    ),
)
_LIBRARY_MISSING = (
    re.compile(r"fatal error: '?([\w./+-]+?)'?(?:: No such file or directory| file not found)"),
    re.compile(r"cannot find (-l[\w.+-]+)"),
    re.compile(r"(?<![\w-])([\w-]+[_-]config) (?:executable )?(?:is )?not found"),
    re.compile(r"(?<![\w-])([\w-]+[_-]config): (?:command )?not found"),
    re.compile(r"No such file or directory: '(?:/\S*/)?([\w-]+[_-]config)'"),
    re.compile(rf"\b(pkg-config)\b.*{_NOT_FOUND}"),
    re.compile(r"pkg-config --exists ([\w.+-]+)' returned non-zero"),
    re.compile(r"No package '([\w.+-]+)' found"),
    re.compile(r"Package '?([\w.+-]+?)'?(?:, required by '[^'\n]*',)? (?:was )?not found"),
    re.compile(r"The headers or library files could not be found for ([\w.+-]+)"),
    re.compile(r"Dependency \"([\w.+-]+)\" not found"),
    re.compile(r"make sure the (libxml2) and libxslt development packages are installed"),
    re.compile(r"Could not find directory of (OpenSSL) installation"),
    re.compile(r"CMake Error.*\n(?:.*\n)?\s*Could NOT find ([\w.+-]+)"),
)


def first_diagnosis(
    *diagnoses: Callable[[], BuildpackError | None],
) -> BuildpackError | None:
    """Return the first error that a diagnosis finds; those after it are not asked."""
    found = (diagnose() for diagnose in diagnoses)
    return next((error for error in found if error), None)


def diagnose_build(
    output: str, distribution: str, python_version: str, detail: str
) -> BuildpackError:
    """Return why a source distribution could not be built."""
    if match := _INVALID_SETUP.search(output):
        return InvalidMetadataError(match["name"], match["problem"], "setuptools")
    named = (tool for pattern, tool in _NAMED_TOOL_MISSING if pattern.search(output))
    if tool := first_group(_TOOL_MISSING, output) or next(named, None):
        return CompilerMissingError(distribution, tool, python_version)
    if library := first_group(_LIBRARY_MISSING, output):
        return SystemLibraryMissingError(distribution, library, python_version)
    return BuildFailedError(distribution, detail, python_version)


def diagnose_project(
    output: str, distribution: str, python_version: str, tool: str, detail: str
) -> BuildpackError:
    """Return why a project in the app could not be built."""
    error = diagnose_build(output, distribution, python_version, detail)
    match error:
        case CompilerMissingError():
            return ProjectNeedsError(distribution, error.tool, is_library=False, tool=tool)
        case SystemLibraryMissingError():
            return ProjectNeedsError(distribution, error.missing, is_library=True, tool=tool)
        case BuildFailedError():
            last = last_error(output) or detail
            return ProjectBuildFailedError(distribution, last, tool, python_version)
        case _:
            return error


def last_error(output: str) -> str:
    """Return the first line of the last error that a build backend printed; "" for none."""
    errors: list[str] = _BACKENDS_ERROR.findall(output)
    return errors[-1].strip() if errors else ""


def is_directory_of_project(location: str) -> bool:
    """Return whether a path, or a ``file:`` URL, is that of a directory, by its name alone."""
    is_local = "://" not in location or location.startswith("file://")
    return is_local and not _ARCHIVE.search(location)


def first_group(patterns: tuple[re.Pattern[str], ...], output: str) -> str | None:
    """Return the first group of the first pattern that is found; None if none is."""
    matches = (pattern.search(output) for pattern in patterns)
    return next((match[1] for match in matches if match), None)
