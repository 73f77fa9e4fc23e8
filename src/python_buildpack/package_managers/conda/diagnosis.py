"""From what py-rattler says to the reason, as an error that a user can act on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from python_buildpack.package_managers.failures.causes import (
    HashMismatchError,
    ResolutionConflictError,
)
from python_buildpack.package_managers.failures.network import (
    IndexUnreachableError,
    NetworkProblem,
    UrlNotFoundError,
    diagnose_request,
)
from python_buildpack.package_managers.locks import (
    InvalidLockError,
    UnknownNamesError,
    UnsupportedLockVersionError,
)
from python_buildpack.package_managers.manager import Manager
from python_buildpack.system.errors import BuildpackError, UserError
from python_buildpack.system.machine import diagnose_machine

_TOOL = "py-rattler"
_MISMATCH = re.compile(r"hash mismatch when extracting \S*/([^/\s]+) to ")
_NO_REPODATA = re.compile(r"could not find subdir '[^']+' in channel '(file://[^']+)'")
_BROKEN_REPODATA = re.compile(r"failed to parse repodata[^\n]*(?:\nCaused by: [^\n]*)?")
_NEWER = re.compile(r"newer lockfile format version (\d+).* including version (\d+)")


@dataclass(eq=False)
class PlatformNotLockedError(UserError):
    """A lock has nothing for the platform of the build.

    Attributes:
        lock: the file.
        platform: as conda names it, such as ``linux-64``.
        known: the platforms that it has.
        command: what makes the lock.
    """

    lock: str
    platform: str
    known: tuple[str, ...]
    command: str


@dataclass(eq=False)
class NotACondaPackageError(UserError):
    """A lock has a package of another kind than those that can be installed.

    Attributes:
        lock: the file.
        package: its name.
    """

    lock: str
    package: str


@dataclass(eq=False)
class InvalidEnvironmentFileError(UserError):
    """A file such as environment.yml hasn't the form that conda wants.

    Attributes:
        problem: what and where.
    """

    file: str
    problem: str


def diagnose_problem(told: Mapping[str, Any], lock: str, manager: Manager) -> BuildpackError | None:
    """Turn a problem that the program has found into an error; None for one of py-rattler's.

    Args:
        told: its answer.
        lock: the file.
    """
    command = manager.lock_command
    detail, known = str(told.get("detail", "")), tuple(told.get("known", ()))
    errors: dict[object, Callable[[], BuildpackError]] = {
        "lock": lambda: _lock_error(lock, detail, command),
        "file": lambda: InvalidEnvironmentFileError(lock, detail),
        "conflict": lambda: ResolutionConflictError(_lines(detail)),
        "environment": lambda: UnknownNamesError("BP_PIXI_ENVIRONMENT", (detail,), known, lock),
        "platform": lambda: PlatformNotLockedError(lock, detail, known, command),
        "source": lambda: NotACondaPackageError(lock, detail),
        "hash": lambda: HashMismatchError((detail,), manager.display_name),
        "missing": lambda: UrlNotFoundError(detail, 404),
    }
    error = errors.get(told.get("problem"))
    return error() if error else None


def _lock_error(lock: str, detail: str, command: str) -> BuildpackError:
    if newer := _NEWER.search(detail):
        return UnsupportedLockVersionError(lock, newer[1], f"up to {newer[2]}")
    return InvalidLockError(lock, detail, command)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def diagnose_output(output: str, exit_status: int, manager: Manager) -> BuildpackError | None:
    """Turn the output of py-rattler into an error; None if it tells nothing that is known."""
    if match := _MISMATCH.search(output):
        return HashMismatchError((match[1],), manager.display_name)
    if match := _NO_REPODATA.search(output):
        return UrlNotFoundError(match[1], 404)
    if match := _BROKEN_REPODATA.search(output):
        return IndexUnreachableError("", NetworkProblem.INCOMPLETE, match[0])
    return diagnose_machine(output, exit_status, _TOOL) or diagnose_request(output)
