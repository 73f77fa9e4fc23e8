"""What a build prints: sections, lines, durations, warnings and errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from python_buildpack.system.secrets import Secrets

_QUIET_SECONDS = 3.0
_MEGABYTE = 1_000_000


class Output:
    """The log of a build: one heading for each section, its lines indented below it.

    Every line is flushed at once: a build that is cut off has said what it was doing.

    Attributes:
        durations: of what was timed and ended well: the log's line of it, and seconds.
        warnings: heading, body and URL of each, in their order.
    """

    def __init__(
        self,
        stream: TextIO,
        clock: Callable[[], float] = time.monotonic,
        secrets: Callable[[], Secrets] | None = None,
    ) -> None:
        """Take what is masked as a function: it is called once something is printed, if ever."""
        self._stream = stream
        self._clock = clock
        self._start = clock()
        self._given_secrets = secrets
        self._secrets: Secrets | None = None
        self.durations: list[tuple[str, float]] = []
        self.warnings: list[tuple[str, str, str]] = []

    def hide(self, secrets: Secrets) -> None:
        """Mask these from now on, wherever they stand in what is printed."""
        self._secrets = secrets if self._secrets is None else self._secrets | secrets

    def masked(self, text: str) -> str:
        """Return ``text`` as the log would show it."""
        if given := self._given_secrets:
            self._given_secrets = None
            self.hide(given())
        return self._secrets.masked(text) if self._secrets else text

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
        self.durations.append((text, seconds))
        self.line(f"Done in {seconds:.1f} s")

    def warning(self, heading: str, body: str, url: str) -> None:
        """Print something that the user should change but that does not end the build."""
        self.warnings.append((heading, body, url))
        self._block(f"Warning: {heading}", body, url)

    def error(self, heading: str, body: str, url: str) -> None:
        """Print why the build ended."""
        self._block(f"Error: {heading}", body, url)

    def progress(self) -> Callable[[int, int | None], None]:
        """Return a function that reports a transfer's progress, at most every three seconds.

        It takes the bytes so far and the bytes in all, None if that isn't known. A transfer
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

    def _block(self, heading: str, body: str, url: str) -> None:
        lines = (*body.strip("\n").splitlines(), "", f"More: {url}")
        self._write("", heading, *(f"  {line}".rstrip() for line in lines))

    def _write(self, *lines: str) -> None:
        self._stream.write(self.masked("".join(f"{line}\n" for line in lines)))
        self._stream.flush()
