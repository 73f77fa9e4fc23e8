"""From what py-rattler says to the reason, as an error that a user can act on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from python_buildpack.package_managers.failures.causes import HashMismatchError
from python_buildpack.package_managers.failures.network import (
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


def diagnose_problem(told: Mapping[str, Any], lock: str, manager: Manager) -> BuildpackError | None:
    """Turn a problem that the program has found into an error; None for one of py-rattler's.

    Args:
        told: its answer.
        lock: the file.
    """
    command = manager.lock_command
    detail, known = str(told.get("detail", "")), tuple(told.get("known", ()))
    match told.get("problem"):
        case "lock":
            if newer := _NEWER.search(detail):
                return UnsupportedLockVersionError(lock, newer[1], f"up to {newer[2]}")
            return InvalidLockError(lock, detail, command)
        case "environment":
            return UnknownNamesError("BP_PIXI_ENVIRONMENT", (detail,), known, lock)
        case "platform":
            return PlatformNotLockedError(lock, detail, known, command)
        case "source":
            return NotACondaPackageError(lock, detail)
        case "hash":
            return HashMismatchError((detail,), manager.display_name)
        case "missing":
            return UrlNotFoundError(detail, 404)
        case _:
            return None


def diagnose_output(output: str, exit_status: int, manager: Manager) -> BuildpackError | None:
    """Turn the output of py-rattler into an error; None if it tells nothing that is known."""
    if match := _MISMATCH.search(output):
        return HashMismatchError((match[1],), manager.display_name)
    return diagnose_machine(output, exit_status, _TOOL) or diagnose_request(output)
