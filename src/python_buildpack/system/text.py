"""Text from files and tools, made printable for a terminal and a log."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from python_buildpack.system.redaction import redact_urls

_LONGEST_QUOTE = 200
_MOST_LISTED = 10
_MOST_JOINED = 5
_WIDTH = 100


def printable(text: str) -> str:
    r"""Return ``text`` for a terminal and a log: one line, at most 200 characters.

    Credentials in URLs are masked. Control characters become escapes (``\x1b``), so that a file
    can't move the cursor or forge log lines.
    """
    text = redact_urls(text)
    shown = "".join(
        character if character.isprintable() else ascii(character)[1:-1]
        for character in text[: _LONGEST_QUOTE + 1]
    )
    return shown if len(shown) <= _LONGEST_QUOTE else f"{shown[:_LONGEST_QUOTE]}…"


def place_text(path: str, line: int | None) -> str:
    """Return ``path:line``, or the path if the line is unknown."""
    return printable(path) if line is None else f"{printable(path)}:{line}"


def listed(items: Sequence[str], most: int = _MOST_LISTED) -> str:
    """Return the first items, one a line, and how many more there are."""
    shown = [wrapped(f"    {printable(item)}", indent=" " * 6) for item in items[:most]]
    rest = len(items) - len(shown)
    return "\n".join([*shown, f"    and {rest} more"] if rest else shown)


def joined(names: Sequence[str], most: int = _MOST_JOINED) -> str:
    """Return the first names in one line, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(map(printable, names[:most]))}{more}"


def wrapped(text: str, *, indent: str = "") -> str:
    """Return a line of a tool's output, wrapped to the log's width; words aren't broken."""
    return textwrap.fill(
        text,
        _WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
