"""URLs whose password holds characters that end the authority unless they are percent-encoded."""

from __future__ import annotations

import re

# Several URLs in one value are separated by white space, uv's by commas too. White space that no
# URL follows may be part of a password.
_NEXT_URL = re.compile(r"[\s,]+(?=[^\s,/]+://)")
# With ssh, what follows the colon may be a path.
_AUTHORITY = re.compile(
    r"(?:https?|socks\w*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_USER_AND_PORT = re.compile(r"[^:@\[\]]*:(?P<port>.*)", re.DOTALL)


def has_malformed_url(value: str) -> bool:
    """Tell whether a URL in ``value`` has a password that isn't percent-encoded.

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
