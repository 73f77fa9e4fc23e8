"""Wording for what is likely to go wrong with the image's processes."""

from __future__ import annotations

from python_buildpack.messages.message import UserMessage
from python_buildpack.messages.start_commands import place_text
from python_buildpack.start_commands.command_checks import (
    CommandNotice,
    GunicornNotice,
    LoopbackNotice,
)
from python_buildpack.system.redaction import redact_urls
from python_buildpack.system.text import printable


def command_notice(notice: CommandNotice) -> UserMessage:
    """Return what a user should know of the processes."""
    if isinstance(notice, LoopbackNotice):
        return _loopback(notice)
    if isinstance(notice, GunicornNotice):
        return _gunicorn(notice)
    return UserMessage(
        f"{notice.distribution} needs a browser, which the image doesn't have",
        """\
Browsers aren't part of the package: they are downloaded by a command of its own, and need system
packages.

Connect to a browser that runs elsewhere, or use a run image that has one.""",
    )


def _loopback(notice: LoopbackNotice) -> UserMessage:
    command = notice.command
    condition = " unless PORT is set" if notice.without_port else ""
    return UserMessage(
        f"The process {command.name} listens on 127.0.0.1{condition}",
        f"""\
{place_text(command.source, command.line)}: {printable(redact_urls(command.text))}

Nothing outside of the container can reach it there. Write the address into the command:
  {notice.advice}""",
    )


def _gunicorn(notice: GunicornNotice) -> UserMessage:
    setuptools = (
        f"setuptools {notice.setuptools} doesn't have it any more"
        if notice.setuptools is not None
        else "setuptools isn't installed"
    )
    return UserMessage(
        f"gunicorn {notice.gunicorn} can't start",
        f"""\
It imports pkg_resources, and {setuptools}.

Use gunicorn 21 or newer, or add setuptools<82 to the dependencies.""",
    )
