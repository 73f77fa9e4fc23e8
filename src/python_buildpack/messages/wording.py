"""The wording of all areas together, which a build that succeeds doesn't import."""

from __future__ import annotations

# Imported for what they register.
from python_buildpack.messages import (
    bindings,  # noqa: F401
    cnb,  # noqa: F401
    django_app,  # noqa: F401
    django_static,  # noqa: F401
    downloads,  # noqa: F401
    environment,  # noqa: F401
    internal,  # noqa: F401
    linkage,  # noqa: F401
    locks,  # noqa: F401
    malformed_urls,  # noqa: F401
    offline,  # noqa: F401
    package_index,  # noqa: F401
    package_managers,  # noqa: F401
    pip,  # noqa: F401
    pylock,  # noqa: F401
    python_evidence,  # noqa: F401
    python_version,  # noqa: F401
    requirements,  # noqa: F401
    start_commands,  # noqa: F401
    start_warnings,  # noqa: F401
    text_file,  # noqa: F401
    tools,  # noqa: F401
    undeclared_imports,  # noqa: F401
)
from python_buildpack.messages.links import error_url
from python_buildpack.messages.message import UserMessage, message_for, text_for
from python_buildpack.system.output import Output

__all__ = ["UserMessage", "message_for", "show_error", "text_for"]


def show_error(error: Exception, output: Output) -> None:
    """Print why a build ends, and where the documentation explains it."""
    message = message_for(error)
    output.error(message.heading, f"{message.body.strip()}\n\nMore: {error_url(error)}")
