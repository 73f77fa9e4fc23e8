"""Runs the buildpack with a fault at one of its file operations, or counts these.

usage: FAULT_PLAN=JSON python -I -S -B -u fault_injector.py SOURCE/__main__.py PHASE

It takes the place of the interpreter's own start: an audit hook sees every file that is opened for
writing and every directory, link, rename, mode and removal, in the order in which they come, and
has the chosen one fail. https://docs.python.org/3/library/audit_events.html

The plan has ``roots`` (paths below which operations count), ``number`` (of the operation that
fails, from 0; -1 for none), ``kind`` (see ``_KINDS``) and ``trace`` (a file for what was seen).
"""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import runpy
import sys
import threading
import time
from typing import Any

# HALF: the file is opened, takes half of what is written first, and then the disk is full.
# FULL: nothing more can be written from here on. Others fail once.
_KINDS = {
    "HALF": errno.ENOSPC,
    "FULL": errno.ENOSPC,
    "EACCES": errno.EACCES,
    "EIO": errno.EIO,
    "EAGAIN": errno.EAGAIN,
}
_PATH_EVENTS = frozenset(
    {
        *("os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink"),
        *("os.truncate", "os.utime"),
    }
)
_NEEDS_SPACE = frozenset({"open", "os.mkdir", "os.symlink", "os.link"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_PACKAGE = "/python_buildpack/"


class Injector:
    """Counts operations, and has the planned one fail."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._roots = tuple(plan["roots"])
        self._number: int = plan["number"]
        self._kind: str = plan["kind"]
        self._count = 0
        self._lock = threading.Lock()
        self._opening = threading.local()
        self.seen: list[tuple[str, str, str]] = []
        self.is_active = True

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Be called by Python before each operation."""
        if not self.is_active:
            return
        path = self._counted_path(event, arguments)
        if path is None:
            return
        with self._lock:
            number = self._count
            self._count += 1
            self.seen.append((event, _site(), path))
        is_later = self._kind == "FULL" and event in _NEEDS_SPACE and number > self._number >= 0
        if number != self._number and not is_later:
            return
        if self._kind == "HALF" and getattr(self._opening, "is_ours", False):
            self._opening.is_broken = True
            return
        number = _KINDS[self._kind]
        raise OSError(number, os.strerror(number), path)

    def _counted_path(self, event: str, arguments: tuple[Any, ...]) -> str | None:
        if event == "subprocess.Popen":
            return os.fsdecode(arguments[0])
        is_write = event == "open" and bool(arguments[2] & _WRITING)
        if not is_write and event not in _PATH_EVENTS:
            return None
        # Of a link, what counts is where it is.
        path = arguments[1] if event in {"os.symlink", "os.link"} else arguments[0]
        if not isinstance(path, (str, bytes, os.PathLike)):
            return None
        text = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - no imports in a hook
        return text if text.startswith(self._roots) else None

    def open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        """Open as ``open`` does, a file that fails where the hook says so."""
        is_usual = not isinstance(file, int) and opener is None and buffering in (-1, 1)
        if not is_usual or "+" in mode or not {"w", "a", "x"}.intersection(mode):
            return _real_open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        self._opening.is_ours, self._opening.is_broken = True, False
        try:
            raw = _File(file, mode.replace("b", "").replace("t", ""))
            raw.is_broken = self._opening.is_broken
        finally:
            self._opening.is_ours = False
        buffered = io.BufferedWriter(raw)
        if "b" in mode:
            return buffered
        return io.TextIOWrapper(buffered, encoding, errors, newline)


class _File(io.FileIO):
    is_broken = False

    def write(self, data: Any, /) -> int:
        if not self.is_broken:
            return super().write(data)
        content = bytes(data)
        super().write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.name)


def _site() -> str:
    """Return the function of the buildpack that is at work, such as ``archive.unpack_archive``."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if _PACKAGE in file:
            module = file.rpartition(_PACKAGE)[2].removesuffix(".py").replace("/", ".")
            return f"{module}.{frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return "elsewhere"


_real_open = io.open


def main() -> None:
    """Run the program that is the first argument."""
    plan = json.loads(os.environ.pop("FAULT_PLAN"))
    injector = Injector(plan)
    builtins.open = io.open = injector.open
    # Waits between attempts at a download have tests of their own.
    time.sleep = lambda _seconds: None
    # The buildpack's last step, which would leave out what is written here after it.
    os._exit = lambda status: sys.exit(status)
    sys.argv = sys.argv[1:]
    sys.addaudithook(injector.hook)
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    finally:
        injector.is_active = False
        if plan["trace"]:
            with _real_open(plan["trace"], "w", encoding="utf-8") as file:
                json.dump(injector.seen, file)


if __name__ == "__main__":
    main()
