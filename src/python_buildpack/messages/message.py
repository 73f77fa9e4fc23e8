"""The shape of an error message, the function that returns it, and what several messages say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from python_buildpack.system.text import printable, wrapped

IN_THE_BUILD = """\
Check that it is committed, and not excluded by .gitignore, .dockerignore or project.toml."""


@dataclass(frozen=True)
class UserMessage:
    """What a user sees: one heading line, then what happened, where, and what to do."""

    heading: str
    body: str


@singledispatch
def message_for(error: Exception) -> UserMessage:
    """Return the message shown to the user for ``error``."""
    raise NotImplementedError(type(error).__name__)


def said(tool: str, detail: str) -> str:
    """Return what a tool said, as a paragraph of a message; "" for nothing."""
    return f"{wrapped(f'{tool} says: {printable(detail)}')}\n\n" if detail else ""
