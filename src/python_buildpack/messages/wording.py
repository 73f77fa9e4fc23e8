"""The wording of all areas together, which a build that succeeds doesn't import."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from python_buildpack import messages
from python_buildpack.messages.links import more_url
from python_buildpack.messages.message import UserMessage, message_for, text_for
from python_buildpack.system.output import Output

__all__ = ["UserMessage", "message_for", "show_error", "text_for"]

# Imported for what they register.
for _area in iter_modules(messages.__path__, f"{messages.__name__}."):
    import_module(_area.name)


def show_error(error: Exception, output: Output) -> None:
    """Print why a build ends, and where the documentation explains it."""
    message = message_for(error)
    output.error(message.heading, message.body, more_url(error))
