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

    @classmethod
    def of(cls, text: str) -> UserMessage:
        """Return the message of a text, whose first line is the heading."""
        heading, _, body = text.partition("\n")
        return cls(heading, body)


@singledispatch
def text_for(subject: object) -> str:
    """Return the wording of an error, or of a warning: the heading is its first line."""
    raise NotImplementedError(type(subject).__name__)


def message_for(subject: object) -> UserMessage:
    """Return the message shown to the user for an error, or for what a warning is about."""
    return UserMessage.of(text_for(subject))


def said(tool: str, detail: str) -> str:
    """Return what a tool said, as a paragraph of a message; "" for nothing."""
    return f"{wrapped(f'{tool} says: {printable(detail)}')}\n\n" if detail else ""
