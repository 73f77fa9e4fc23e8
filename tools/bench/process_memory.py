"""How much memory a build's processes take, read from Linux's /proc while they run.

https://docs.kernel.org/filesystems/proc.html
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_INTERVAL_SECONDS = 0.02
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")

IsOwn = Callable[[Sequence[str]], bool]
"""Tells by its command line whether a process is the one whose memory is of interest."""


class MemoryPeaks:
    """The largest values seen so far.

    Attributes:
        own_bytes: resident memory of the process of interest alone; the kernel's own record, so
            that nothing between two looks is missed.
        tree_bytes: resident memory of it and all its descendants together, at one time; pages
            that they share count for each of them.
    """

    def __init__(self) -> None:
        self.own_bytes = 0
        self.tree_bytes = 0
        self._own: int | None = None

    def look(self, root: int, is_own: IsOwn) -> None:
        """Look at the process of interest once, which is one below ``root``."""
        if self._own is None or not is_own(_command_line(self._own)):
            found = (pid for pid in descendants(root) if is_own(_command_line(pid)))
            self._own = next(found, None)
        if self._own is not None:
            tree = sum(map(_resident_bytes, (self._own, *descendants(self._own))))
            self.own_bytes = max(self.own_bytes, _peak_bytes(self._own))
            self.tree_bytes = max(self.tree_bytes, tree)


@contextmanager
def watched_memory(root: int, is_own: IsOwn) -> Iterator[MemoryPeaks]:
    """Look at the processes below ``root`` every 20 ms while the body runs."""
    peaks = MemoryPeaks()
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(_INTERVAL_SECONDS):
            peaks.look(root, is_own)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        is_over.set()
        thread.join()


def descendants(root: int) -> tuple[int, ...]:
    """Return the ids of a process's children, their children, and so on."""
    found: list[int] = []
    waiting = [root]
    while waiting:
        children = _children(waiting.pop())
        found += children
        waiting += children
    return tuple(found)


def _children(pid: int) -> list[int]:
    # Each thread knows the children that it started: the lifecycle's are of any.
    try:
        threads = list((_PROC / str(pid) / "task").iterdir())
    except OSError:
        return []
    texts = (_read(thread / "children") for thread in threads)
    return [int(child) for text in texts for child in text.split()]


def _command_line(pid: int) -> list[str]:
    return _read(_PROC / str(pid) / "cmdline").rstrip("\0").split("\0")


def _resident_bytes(pid: int) -> int:
    fields = _read(_PROC / str(pid) / "statm").split()
    return int(fields[1]) * _PAGE_BYTES if fields else 0


def _peak_bytes(pid: int) -> int:
    match = re.search(r"^VmHWM:\s+(\d+) kB$", _read(_PROC / str(pid) / "status"), re.MULTILINE)
    return int(match[1]) * 1024 if match else 0


def _read(path: Path) -> str:
    """Return a file of /proc, empty if its process is gone."""
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
