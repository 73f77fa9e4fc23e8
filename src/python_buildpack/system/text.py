"""Text of others, made fit for a terminal and a log."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from python_buildpack.system.redaction import redact_urls

_LONGEST_QUOTE = 200
_MOST_LISTED = 10
_WIDTH = 100


def printable(text: str) -> str:
    r"""Return ``text`` fit for a terminal and a log: one line, at most 200 characters.

    What the app's files hold is shown as it is, save that credentials in URLs are masked, and
    that control characters become escapes (``\x1b``), so that a file can't move the cursor or
    forge log lines.
    """
    text = redact_urls(text)
    shown = "".join(
        character if character.isprintable() else ascii(character)[1:-1]
        for character in text[: _LONGEST_QUOTE + 1]
    )
    return shown if len(shown) <= _LONGEST_QUOTE else f"{shown[:_LONGEST_QUOTE]}…"


def place_text(path: str, line: int | None) -> str:
    """Return a file and a line, if that is known."""
    return printable(path) if line is None else f"{printable(path)}:{line}"


def listed(items: Sequence[str]) -> str:
    """Return the first items, one a line."""
    shown = [wrapped(f"    {printable(item)}", indent=" " * 6) for item in items[:_MOST_LISTED]]
    rest = len(items) - len(shown)
    return "\n".join([*shown, f"    and {rest} more"] if rest else shown)


def wrapped(text: str, *, indent: str = "") -> str:
    """Return one line of a tool as several that fit a log; words are not broken."""
    return textwrap.fill(
        text,
        _WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
