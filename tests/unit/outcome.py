"""What a call comes to, for tests that try it with any input."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from python_buildpack.messages.wording import UserMessage, message_for
from python_buildpack.system.errors import BuildpackError

T = TypeVar("T")


def outcome_of(call: Callable[[], T]) -> T | UserMessage:
    """Return what ``call`` returns, or the message of the error that it raises.

    Any exception but a BuildpackError goes through: a user would see a traceback.
    """
    try:
        return call()
    except BuildpackError as error:
        return message_for(error)
