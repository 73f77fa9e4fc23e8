"""Wording for start commands."""

from __future__ import annotations

from collections.abc import Sequence

from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.start_commands.processes import InvalidWebCommandError
from python_buildpack.start_commands.procfile import (
    DuplicateProcessError,
    InvalidProcfileLineError,
    StartCommand,
)
from python_buildpack.system.redaction import redact_urls
from python_buildpack.system.text import printable

_FORM = """\
Each line names a process and the command that starts it:
  web: gunicorn --bind 0.0.0.0:$PORT app:app"""


def start_command_lines(commands: Sequence[StartCommand], default: str | None) -> list[str]:
    """Return what the log says of the image's processes."""
    return [
        f"Process {each.name}: {printable(redact_urls(each.text))} ({_where(each)})"
        + (", the default" if each.name == default else "")
        for each in commands
    ]


@message_for.register
def _(error: InvalidProcfileLineError) -> UserMessage:
    return UserMessage(
        "Invalid line in the Procfile",
        f"""\
Procfile:{error.line}: {printable(redact_urls(error.text))}
Problem: {error.problem}.

{_FORM}""",
    )


@message_for.register
def _(error: DuplicateProcessError) -> UserMessage:
    first, second = error.lines
    return UserMessage(
        f"The Procfile has two commands for {error.name}",
        f"""\
Lines {first} and {second}.

Remove one of them, or give it another name.""",
    )


@message_for.register
def _(error: InvalidWebCommandError) -> UserMessage:
    return UserMessage(
        "Invalid BP_WEB_COMMAND",
        f"""\
Problem: {error.problem}.

Set it to what starts the app, such as: gunicorn --bind 0.0.0.0:$PORT app:app""",
    )


def _where(command: StartCommand) -> str:
    return place_text(command.source, command.line)


def place_text(path: str, line: int | None) -> str:
    """Return a file and a line, if that is known."""
    return printable(path) if line is None else f"{printable(path)}:{line}"
