"""The wording of all areas together, which a build that succeeds doesn't import."""

from __future__ import annotations

# Imported for what they register.
from python_buildpack.messages.message import UserMessage, message_for

__all__ = ["UserMessage", "message_for"]
