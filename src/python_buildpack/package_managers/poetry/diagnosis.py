"""From the output of a Poetry that failed to the reason, as an error that a user can act on.

The wording is that of Poetry 2.
"""

from __future__ import annotations

import re

from python_buildpack.package_managers.failures.causes import (
    BuildFailedError,
    HashMismatchError,
    LockedFilesMissingError,
    NoWheelError,
    ProjectBuildFailedError,
    RequiresPythonError,
    ResolutionConflictError,
    diagnose_build,
    diagnose_project,
    first_diagnosis,
    first_group,
    last_error,
)
from python_buildpack.package_managers.failures.network import (
    GitAuthenticationError,
    GitMissingError,
    IndexAuthenticationError,
    IndexUnreachableError,
    NetworkProblem,
    git_failure,
    host_in,
    status_error,
)
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.machine import diagnose_machine
from python_buildpack.system.redaction import redact_url_credentials

_GIT_MISSING = "No such file or directory: 'git'"
# Poetry's own git, and the system's where it is requested.
_GIT_REFUSED = (
    re.compile(r"(Failed to clone \S+[^\s,]), check your git configuration and permissions"),
    re.compile(r"(unexpected http resp 40[13] for \S+)"),
)
_GIT_FAILED = re.compile(
    r"^ *(NotGitRepository|HangupException|GitProtocolError)\n\n *((?!at )\S.*)?"
    r"|Failed to clone (\S[^\n]*)",
    re.MULTILINE,
)
_STATUS = re.compile(r"(\d{3}) (?:Client|Server) Error: [^\n]* for url: (\S+)")
_AUTHORIZATION = re.compile(r"Authorization error accessing (\S+)")
_NO_ANSWER = re.compile(r"All attempts to connect to (\S+) failed")
_CUT_OFF = re.compile(r"IncompleteRead\([^)\n]*\)|Connection broken[^\n]*")
_MISMATCH = re.compile(
    r"Hash for (\S+) \(([^)\s]+)\) from archive \S+ not found in known hashes"
    r"|Downloaded distributions for (\S+) \(([^)\s]+)\) did not match any known checksums"
)
_NO_CANDIDATE = re.compile(r"Unable to find installation candidates for (\S+) \(([^)\s]+)\)")
_UNSUITABLE = re.compile(r"wheel\(s\) were skipped as your project's environment")
_OTHER_PYTHON = re.compile(
    r"Current Python version \([^)\n]*\) is not (?:allowed|supported) by the project \(([^)\n]+)\)"
)
_UNSOLVED = "version solving failed"
_BUILD_REQUIRES = re.compile(
    r"Cannot (?:resolve|install) build-system\.requires for (\S+?)\.?$", re.MULTILINE
)
_BUILD_FAILED = re.compile(r"PEP517 build of a dependency failed|ChefBuildError|ChefInstallError")
_PROJECT_FAILED = re.compile(
    r"^Error: The current project could not be installed: (.*)$", re.MULTILINE
)
_OWN_BUILD = re.compile(
    r"^Installing the current project: (\S+) \(.*?^Command \[.*\] errored with",
    re.MULTILINE | re.DOTALL,
)
_BUILT = re.compile(r"issues with ([A-Za-z0-9][\w.-]*) \(")
_BUILD_LINE = re.compile(r"^    \| (.*\S)", re.MULTILINE)


def diagnose_poetry_failure(
    output: str, python_version: str, exit_status: int
) -> BuildpackError | None:
    """Turn the output of a Poetry that failed into a typed error."""
    redacted = redact_url_credentials(output)
    return first_diagnosis(
        lambda: diagnose_machine(redacted, exit_status, "Poetry"),
        lambda: _diagnose_build(redacted, python_version),
        lambda: _diagnose_network(redacted),
        lambda: _diagnose_git(redacted),
        lambda: _diagnose_lock(redacted, python_version),
    )


def _diagnose_build(output: str, python_version: str) -> BuildpackError | None:
    if match := _PROJECT_FAILED.search(output):
        return ProjectBuildFailedError("", match[1].strip(), "Poetry", python_version)
    if match := _OWN_BUILD.search(output):
        return diagnose_project(match[0], match[1], python_version, "Poetry", "")
    if not _BUILD_FAILED.search(output):
        return None
    built = _BUILT.search(output)
    said = _BUILD_LINE.findall(output)
    name, last = built[1] if built else "", said[-1] if said else ""
    return diagnose_build(output, name, python_version, last_error("\n".join(said)) or last)


def _diagnose_network(output: str) -> BuildpackError | None:
    if match := _STATUS.search(output):
        return status_error(int(match[1]), match[2])
    if match := _AUTHORIZATION.search(output):
        return IndexAuthenticationError(None, host_in(match[1]))
    if match := _NO_ANSWER.search(output):
        # Certificates, proxies, names, resets: Poetry says the same of each.
        return IndexUnreachableError(match[1], NetworkProblem.UNKNOWN, match[0])
    if match := _CUT_OFF.search(output):
        return IndexUnreachableError("", NetworkProblem.INCOMPLETE, match[0])
    return None


def _diagnose_git(output: str) -> BuildpackError | None:
    if _GIT_MISSING in output:
        return GitMissingError()
    if said := first_group(_GIT_REFUSED, output):
        return GitAuthenticationError(host_in(said), said)
    if match := _GIT_FAILED.search(output):
        return git_failure(output, ": ".join(part for part in match.groups() if part))
    return None


def _diagnose_lock(output: str, python_version: str) -> BuildpackError | None:
    if match := _MISMATCH.search(output):
        return HashMismatchError((f"{match[1] or match[3]}=={match[2] or match[4]}",), "Poetry")
    if match := _NO_CANDIDATE.search(output):
        distribution = f"{match[1]} {match[2]}"
        if _UNSUITABLE.search(output):
            return NoWheelError(distribution, python_version)
        return LockedFilesMissingError(distribution, "poetry.lock", "poetry lock --regenerate")
    if match := _OTHER_PYTHON.search(output):
        return RequiresPythonError("", match[1], python_version)
    before, is_unsolved, _ = output.partition(_UNSOLVED)
    # The paragraph that ends so.
    unsolved = before.rpartition("\n\n")[2].splitlines() if is_unsolved else []
    if match := _BUILD_REQUIRES.search(output):
        detail = " ".join(line.strip() for line in unsolved)
        return BuildFailedError(match[1], detail, python_version)
    if is_unsolved:
        return ResolutionConflictError(tuple(line.strip() for line in unsolved))
    return None
