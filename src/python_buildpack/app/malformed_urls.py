"""URLs whose password holds characters that end the authority unless they are percent-encoded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from python_buildpack.system.errors import UserError
from python_buildpack.system.redaction import VARIABLE

# Several URLs in one value are separated by white space, uv's by commas too. White space that no
# URL follows may be part of a password.
_NEXT_URL = re.compile(r"[\s,]+(?=[^\s,/]+://)")
# With ssh, what follows the colon may be a path.
_AUTHORITY = re.compile(
    r"(?:https?|socks\w*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_URL = re.compile(r"""https?://[^\s'"]+""", re.IGNORECASE)
_COMMENT = re.compile(r"(?:^|\s)[#;].*")
_USER_AND_PORT = re.compile(r"[^:@\[\]]*:(?P<port>.*)", re.DOTALL)


@dataclass(eq=False)
class MalformedUrlsError(UserError):
    """Files of the app hold URLs whose password isn't percent-encoded.

    Attributes:
        places: file, relative to the app, and line, from 1.
    """

    places: tuple[tuple[str, int], ...]


def check_urls(texts: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Refuse files with a URL whose password isn't percent-encoded.

    Raises:
        MalformedUrlsError: names every such line at once.
    """
    places = tuple(
        (file, number)
        for file, text in texts.items()
        for number in malformed_lines(text, environment)
    )
    if places:
        raise MalformedUrlsError(places)


def malformed_lines(text: str, environment: Mapping[str, str]) -> tuple[int, ...]:
    """Return the lines with a URL whose password isn't percent-encoded, from 1.

    Args:
        text: of a file of requirements, a lock, or settings.
        environment: has the variables that URLs refer to, as pip takes them: ``${NAME}``.
    """
    if "://" not in text or "@" not in text:
        return ()
    return tuple(
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if "://" in line and "@" in line and _is_malformed_line(line, environment)
    )


def _is_malformed_line(line: str, environment: Mapping[str, str]) -> bool:
    expanded = VARIABLE.sub(lambda name: environment.get(name[1], name[0]), line)
    bare = _COMMENT.sub("", expanded)
    return any(has_malformed_url(url) for url in _URL.findall(bare))


def has_malformed_url(value: str) -> bool:
    """Return whether a URL in ``value`` has a password that isn't percent-encoded.

    A password that starts with a number and one of ``/?#`` can't be told from a port and a path.

    Args:
        value: URLs, perhaps as ``name=url``, separated by white space or commas; or anything else.
    """
    return any(_is_malformed(url) for url in _NEXT_URL.split(value))


def _is_malformed(url: str) -> bool:
    match = _AUTHORITY.search(url)
    if not match:
        return False
    user_info, at, _host = match["authority"].rpartition("@")
    if at:
        # What comes before the last "@" is the login for every tool.
        return any(character.isspace() for character in user_info.partition(":")[2])
    parts = _USER_AND_PORT.fullmatch(match["authority"])
    if not parts or "@" not in match["rest"]:
        return False
    port = parts["port"].strip()
    return port != "" and not port.isdecimal()
