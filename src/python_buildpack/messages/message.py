"""The shape of an error message, and the one function that gives it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch


@dataclass(frozen=True)
class UserMessage:
    """What a user sees: one heading line, then what happened, where, and what to do."""

    heading: str
    body: str


@singledispatch
def message_for(error: Exception) -> UserMessage:
    """Return the message shown to the user for ``error``.

    Raises:
        NotImplementedError: the error's class has no wording; a test fails where one is missing.
    """
    raise NotImplementedError(type(error).__name__)
