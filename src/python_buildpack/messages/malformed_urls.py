"""Wording for URLs whose password isn't percent-encoded; the URL is never shown."""

from __future__ import annotations

from python_buildpack.app.checks import MalformedUrlVariablesError
from python_buildpack.app.malformed_urls import MalformedUrlsError
from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.system.text import printable

_HEADING = "A password in a URL isn't percent-encoded"
_ADVICE = """\
In the user name and the password, write # as %23, / as %2F, ? as %3F, @ as %40, and a space as %20."""


@message_for.register
def _(error: MalformedUrlVariablesError) -> UserMessage:
    variables = "\n".join(f"  {printable(name)}" for name in error.names)
    return UserMessage(
        _HEADING,
        f"""\
These variables hold such a URL, which isn't shown here:
{variables}

{_ADVICE}""",
    )


@message_for.register
def _(error: MalformedUrlsError) -> UserMessage:
    lines = "\n".join(f"  {printable(file)}, line {line}" for file, line in error.places)
    return UserMessage(
        _HEADING,
        f"""\
These lines hold such a URL, perhaps by a variable; it isn't shown here:
{lines}

{_ADVICE}""",
    )
