"""Wording for passwords in URLs that aren't percent-encoded; the URL is never shown."""

from __future__ import annotations

from collections.abc import Sequence

from python_buildpack.app.checks import MalformedUrlVariablesError
from python_buildpack.app.malformed_urls import MalformedUrlsError
from python_buildpack.messages.message import text_for
from python_buildpack.system.text import listed

_MOST_PLACES = 50


@text_for.register
def _(error: MalformedUrlVariablesError) -> str:
    return _message("variables", error.names)


@text_for.register
def _(error: MalformedUrlsError) -> str:
    return _message("lines", [f"{file}, line {line}" for file, line in error.places])


def _message(kind: str, places: Sequence[str]) -> str:
    return f"""\
A password in a URL isn't percent-encoded
Found in these {kind}; the URL isn't shown:
{listed(places, most=_MOST_PLACES)}

In the user name and the password, write # as %23, / as %2F, ? as %3F, @ as %40, and a space as %20."""
