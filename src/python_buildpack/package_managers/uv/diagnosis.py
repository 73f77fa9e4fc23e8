"""From the output of a uv that failed to the reason, as an error that a user can act on.

The wording is that of uv 0.9 to 0.12: causes are listed below an error, in front of each ``cause:``
or, in older ones, ``Caused by:`` or an arrow.
"""

from __future__ import annotations

import re

from python_buildpack.package_managers.failures.causes import (
    HashMismatchError,
    NoWheelError,
    RequiresPythonError,
    ResolutionConflictError,
    diagnose_build,
    diagnose_project,
    first_diagnosis,
    is_directory_of_project,
    last_error,
)
from python_buildpack.package_managers.failures.network import (
    CAUSE,
    GitMissingError,
    diagnose_request,
    git_failure,
)
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.machine import diagnose_machine
from python_buildpack.system.redaction import redact_url_credentials

_GIT_FAILED = "Git operation failed"
_GIT_MISSING = "Git executable not found"
_GIT_SAID = re.compile(r"^ *(?:fatal|error|ERROR): (?!Failed to)(.*)$", re.MULTILINE)
_MISMATCH = re.compile(r"Hash mismatch for `([^`]+)`")
_NO_WHEEL = re.compile(
    r"Distribution `([^`@]+?)(?: @ [^`]*)?` can't be installed because (?:it doesn't have|the binary)"
    r"|Building source distributions (?:for `([^`]+)` )?is disabled"
)
_OTHER_PYTHON = re.compile(
    r"(?:interpreter|Python [^\n]*?) (?:resolved to|is) Python [^\n]*? incompatible with the "
    r"project's? Python requirement: `([^`]+)`"
)
_NO_SOLUTION = re.compile(r"No solution found when resolving dependencies")
_BUILD = re.compile(
    r"Failed to (?:build|download and build) `([A-Za-z0-9][\w.-]*?)(?:==[^`]*| @ ([^`]*))?`"
)
_BACKEND_FAILED = re.compile(
    r"The build backend returned an error|Build backend failed|failed with exit status"
    r"|Failed to resolve requirements from"
)


def diagnose_uv_failure(
    output: str, python_version: str, exit_status: int
) -> BuildpackError | None:
    """Turn the output of a uv that failed into a typed error."""
    redacted = redact_url_credentials(output)
    return first_diagnosis(
        lambda: diagnose_machine(redacted, exit_status, "uv"),
        lambda: _diagnose_git(redacted),
        lambda: _diagnose_lock(redacted, python_version),
        lambda: diagnose_request(redacted),
        lambda: _diagnose_build(redacted, python_version),
    )


def _diagnose_git(output: str) -> BuildpackError | None:
    if _GIT_FAILED not in output:
        return None
    if _GIT_MISSING in output:
        return GitMissingError()
    said = _GIT_SAID.search(output)
    return git_failure(output, said[1].strip() if said else "")


def _diagnose_lock(output: str, python_version: str) -> BuildpackError | None:
    if match := _MISMATCH.search(output):
        return HashMismatchError((match[1],), "uv")
    if match := _NO_WHEEL.search(output):
        return NoWheelError(match[1] or match[2] or "a distribution", python_version)
    if match := _OTHER_PYTHON.search(output):
        return RequiresPythonError("", match[1], python_version)
    if match := _NO_SOLUTION.search(output):
        block = output[match.end() :].partition("\n\n")[0]
        lines = (CAUSE.sub(r"\1", line).strip() for line in block.splitlines()[1:])
        return ResolutionConflictError(tuple(line for line in lines if line))
    return None


def _diagnose_build(output: str, python_version: str) -> BuildpackError | None:
    match = _BUILD.search(output)
    if match is None:
        return None
    is_project = bool(match[2]) and is_directory_of_project(match[2])
    # uv's own backend prints no more than what is wrong.
    if not is_project and not _BACKEND_FAILED.search(output, match.end()):
        return None
    # What the build printed is indented, with empty lines in it; hints begin a line.
    block = output[match.end() :].partition("\nhint: ")[0].rstrip()
    last = CAUSE.sub(r"\1", block.rpartition("\n")[2]).strip()
    if is_project:
        return diagnose_project(block, match[1], python_version, "uv", last)
    return diagnose_build(output, match[1], python_version, last_error(block) or last)
