"""What a build prints: sections, lines, durations, warnings and errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from python_buildpack.system.secrets import Secrets, mask, union

_QUIET_SECONDS = 3.0
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Decision:
    """What became of a layer of the last build.

    Attributes:
        layer: its name.
        is_reused: whether it is used as it was, or rebuilt.
        reasons: why; () where there was none to reuse.
    """

    layer: str
    is_reused: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Duration:
    """How long something took that the log has a line of; seconds."""

    text: str
    seconds: float


class Output:
    """The log of a build: one heading for each section, its lines indented below it.

    Every line is flushed at once: a build that is cut off has said what it was doing.

    Attributes:
        durations: of what was timed and ended well.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._start = clock()
        self._secrets = Secrets()
        self._pattern = self._secrets.pattern()
        self.durations: list[Duration] = []

    def hide(self, secrets: Secrets) -> None:
        """Mask these from now on, wherever they stand in what is printed."""
        self._secrets = union((self._secrets, secrets))
        self._pattern = self._secrets.pattern()

    def masked(self, text: str) -> str:
        """Return ``text`` as the log would show it."""
        return mask(text, self._pattern) if self._pattern else text

    def elapsed(self) -> float:
        """Return the seconds since the log began."""
        return self._clock() - self._start

    def title(self, text: str) -> None:
        """Print the first line of a build's log."""
        self._write(text)

    def section(self, text: str) -> None:
        """Begin a section."""
        self._write("", text)

    def line(self, text: str) -> None:
        """Print a line of the current section."""
        self._write(f"  {text}")

    def command_line(self, text: str) -> None:
        """Print a line that another program printed."""
        self._write(f"    {text}".rstrip())

    @contextmanager
    def timed(self, text: str) -> Iterator[None]:
        """Print ``text``, and when the block ends well, how long it took."""
        self.line(text)
        start = self._clock()
        yield
        seconds = self._clock() - start
        self.durations.append(Duration(text, seconds))
        self.line(f"Done in {seconds:.1f} s")

    def reused(self, layer: str, line: str) -> Decision:
        """Print that a layer of the last build is used as it is, and why; return it too."""
        self.line(line)
        return Decision(layer, is_reused=True, reasons=(line,))

    def made_anew(self, layer: str, what: str, causes: Sequence[str]) -> Decision:
        """Print, and return, why a layer of the last build isn't used again.

        Args:
            layer: its name.
            what: what the log calls it.
            causes: a line for each; () where there was no such layer.
        """
        for cause in causes:
            self.line(f"Not reusing the {what} of the last build: {cause}")
        return Decision(layer, is_reused=False, reasons=tuple(causes))

    def warning(self, heading: str, body: str) -> None:
        """Print something that the user should change but that does not end the build."""
        self._block(f"Warning: {heading}", body)

    def error(self, heading: str, body: str) -> None:
        """Print why the build ended."""
        self._block(f"Error: {heading}", body)

    def progress(self) -> Callable[[int, int | None], None]:
        """Return a function that reports a transfer's progress, at most every three seconds.

        It takes the bytes so far and the bytes in all, None where that isn't known. A transfer
        that is over within three seconds is never mentioned.
        """
        last = self._clock()

        def report(received: int, total: int | None) -> None:
            nonlocal last
            if self._clock() - last < _QUIET_SECONDS or received == total:
                return
            last = self._clock()
            of_total = f" of {total / _MEGABYTE:.1f}" if total else ""
            self.line(f"{received / _MEGABYTE:.1f}{of_total} MB so far")

        return report

    def _block(self, heading: str, body: str) -> None:
        lines = (f"  {line}".rstrip() for line in body.strip("\n").splitlines())
        self._write("", heading, *lines)

    def _write(self, *lines: str) -> None:
        self._stream.write(self.masked("".join(f"{line}\n" for line in lines)))
        self._stream.flush()
