"""What a machine lacks when a program that it runs fails: memory, or space on a disk."""

from __future__ import annotations

import re
from dataclasses import dataclass

from python_buildpack.system.errors import BuildpackError, ServiceError
from python_buildpack.system.unexpected import DiskFullError


@dataclass(eq=False)
class OutOfMemoryError(ServiceError):
    """A tool, or what it ran, was ended for lack of memory."""

    tool: str


# The kernel's way of ending what takes too much memory: as Python sees it, and as a shell does.
_KILLED = (-9, 137)
_OUT_OF_MEMORY = re.compile(
    r"^ *MemoryError$|Killed signal terminated program|\(?signal: 9[,)]? \(?SIGKILL|Signals.SIGKILL"
    r"|virtual memory exhausted|out of memory allocating|^.{0,80}: line \d+: +\d+ Killed\b"
    r"|internal compiler error: Killed|exit code: -9$|exit (?:code|status):? 137\b|^ *Killed$",
    re.MULTILINE,
)
_DISK_FULL = re.compile(r"No space left on device|\[Errno 28\]|\[Errno 122\]|Disk quota exceeded")


def diagnose_machine(output: str, exit_status: int, tool: str) -> BuildpackError | None:
    """Return what the machine lacked, memory or space on a disk; None if it isn't that."""
    if exit_status in _KILLED:
        return OutOfMemoryError(tool)
    if _DISK_FULL.search(output):
        return DiskFullError(None)
    return OutOfMemoryError(tool) if _OUT_OF_MEMORY.search(output) else None
