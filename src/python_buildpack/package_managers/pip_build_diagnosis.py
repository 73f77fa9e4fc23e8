"""What went wrong while pip built a source distribution, read from pip's output."""

from __future__ import annotations

import re
from dataclasses import dataclass

from python_buildpack.errors import BuildpackError, UserError


@dataclass(eq=False)
class CompilerMissingError(UserError):
    """A distribution has no wheel for this Python, and building it needs a compiler.

    Args:
        distribution: its name; empty where pip doesn't tell.
        tool: what is missing, such as ``gcc`` or ``Rust``.
    """

    distribution: str
    tool: str
    python_version: str


@dataclass(eq=False)
class SystemLibraryMissingError(UserError):
    """A distribution has no wheel for this Python, and building it needs a system library.

    Args:
        distribution: its name; empty where pip doesn't tell.
        missing: a header such as ``lber.h``, a program such as ``pg_config``, or ``-lfoo``.
    """

    distribution: str
    missing: str
    python_version: str


@dataclass(eq=False)
class BuildFailedError(UserError):
    """A distribution has no wheel for this Python, and building it failed.

    Args:
        distribution: its name; empty where pip doesn't tell.
        detail: the last line that the build printed; may be empty.
    """

    distribution: str
    detail: str
    python_version: str


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
    re.compile(rf"\b(pkg-config)\b.*{_NOT_FOUND}"),
    re.compile(r"pkg-config --exists ([\w.+-]+)' returned non-zero"),
    re.compile(r"The headers or library files could not be found for ([\w.+-]+)"),
    re.compile(r"Dependency \"([\w.+-]+)\" not found"),
)

# Each says of which distribution the build failed, in the words of one of pip's versions.
_FAILED = (
    re.compile(r"^ *ERROR: Failed building wheel for (\S+)", re.MULTILINE),
    re.compile(r"^ERROR: Failed to build '([^']+)' when", re.MULTILINE),
    re.compile(r"^ERROR: Could not build wheels for (\S+?),? ", re.MULTILINE),
    re.compile(r"Encountered error while generating package metadata\.\n\W*(\S+)"),
    re.compile(r"Failed to build installable wheels for some pyproject\.toml.*\n\W*([^\s,]+)"),
)
_SUBPROCESS_FAILED = re.compile(
    r"^ *error: (?:subprocess-exited-with-error|metadata-generation-failed|backend-unavailable)$"
    r"|BackendUnavailable",
    re.MULTILINE,
)
_COLLECTING = re.compile(r"^Collecting ([A-Za-z0-9][\w.-]*)", re.MULTILINE)
_END_OF_OUTPUT = "[end of output]"


def diagnose_build_failure(output: str, python_version: str) -> BuildpackError | None:
    """Return why a source distribution could not be built; None if it isn't that.

    Args:
        output: of a pip that failed, without credentials.
        python_version: of the Python that pip ran on.
    """
    distribution = _distribution_in(output)
    if distribution is None:
        return None
    if tool := _missing_tool_in(output):
        return CompilerMissingError(distribution, tool, python_version)
    if library := _first_of(_LIBRARY_MISSING, output):
        return SystemLibraryMissingError(distribution, library, python_version)
    return BuildFailedError(distribution, _last_line_of_build(output), python_version)


def _distribution_in(output: str) -> str | None:
    if name := _first_of(_FAILED, output):
        return name
    if not _SUBPROCESS_FAILED.search(output):
        return None
    # Older pips don't say. They build metadata one by one, right after the download.
    return next(iter(_COLLECTING.findall(output)[-1:]), "")


def _last_line_of_build(output: str) -> str:
    before, end, _ = output.partition(_END_OF_OUTPUT)
    return before.rstrip().rpartition("\n")[2].strip() if end else ""


def _missing_tool_in(output: str) -> str | None:
    named = (tool for pattern, tool in _NAMED_TOOL_MISSING if pattern.search(output))
    return _first_of(_TOOL_MISSING, output) or next(named, None)


def _first_of(patterns: tuple[re.Pattern[str], ...], output: str) -> str | None:
    matches = (pattern.search(output) for pattern in patterns)
    return next((match[1] for match in matches if match), None)
