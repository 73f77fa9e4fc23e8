"""What the developer tools print: steps with their durations, on standard output."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(line: str = "") -> None:
    """Print one line at once, so that it stays in order with what child processes print."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def section(title: str) -> Iterator[None]:
    """Print ``title``, run the body, and print how long it took, in seconds."""
    say(f"=== {title}")
    started = time.monotonic()
    try:
        yield
    finally:
        say(f"    ({title}: {time.monotonic() - started:.1f} s)")
        say()
