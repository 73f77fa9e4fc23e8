"""Warnings in the log; the wording of most is imported only where there is one."""

from __future__ import annotations

from importlib import import_module

from python_buildpack.messages.links import more_url
from python_buildpack.messages.message import message_for, text_for
from python_buildpack.system.output import Output


def show_warning(warning: object, output: Output) -> None:
    """Print what the user should change, and where the documentation explains it."""
    if text_for.dispatch(type(warning)) is text_for.dispatch(object):
        # For its registrations.
        import_module("python_buildpack.messages.wording")
    message = message_for(warning)
    output.warning(message.heading, message.body, more_url(warning))
