"""Masking of credentials in text that is shown, logged or kept."""

from __future__ import annotations

import re

from python_buildpack.system.secrets import MASK

_AUTHORITY = re.compile(r"://(?P<authority>[^/?#\s]*)")
# What pip replaces by a variable; https://pip.pypa.io/en/stable/reference/requirements-file-format/
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_PLACEHOLDER = VARIABLE.pattern
# What may follow "//" when it holds no credential. Text around a URL, such as a quote, may end it.
_HOST = re.compile(rf"(?:\[[^\]]*\][^\w:]*|[^:]*)(?::(?:\d*|{_PLACEHOLDER})\W*)?")
_PLACEHOLDERS = re.compile(rf"{_PLACEHOLDER}(?::{_PLACEHOLDER})?")
# Of a URL, all that some tools show is the host, with the login that stands before it.
_BARE_LOGIN = re.compile(r"(?<![^\s'\"(=@])[^\s@/:'\"(=]+:[^\s@/'\"]+(?=@[\w\[])")
_BARE_TOKEN = re.compile(r"(?<=connect to )[^\s@/]+(?=@[\w\[])")
_SECRET_PARAMETER = re.compile(
    r"(?P<name>[?&](?:[\w.-]*[_.-])?"
    r"(?:access|api[_-]?key|auth|credential|key|passwd|password|secret|sig|signature|token)=)"
    r"[^&#\s'\"]+",
    re.IGNORECASE,
)
# A URL, or what is left of one without scheme and host. A parameter of its query or fragment may be
# a value alone.
_URL = re.compile(r"://[^\s'\"]+|(?<![\w:/])/[^\s'\"?]*\?[^\s'\"]+")
_PARAMETER = re.compile(r"(?P<name>[?&#][^=&#?]*=|[?&#])(?P<value>[^&#]+)")
_ENCODED_LOGIN = re.compile(r"(?<=%3A%2F%2F)[^\s'\"]+?(?=%40)", re.IGNORECASE)
# Those of fragments that pip and indexes use, and what their values look like.
_HASH = re.compile(r"(?:md5|sha(?:1|224|256|384|512))=[0-9a-f]+", re.IGNORECASE)
_PUBLIC_FRAGMENT = re.compile(rf"{_HASH.pattern}|(?:egg|subdirectory)=.*", re.IGNORECASE)
_SEPARATOR = re.compile(r"[^A-Za-z0-9]+")
_CHANGE = re.compile(r"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])")
# From how many characters on, and with how many changes from letters to digits or back, a part of
# a word looks as if nobody had thought of it.
_RANDOM_LENGTH, _RANDOM_CHANGES, _LONG_LENGTH = 8, 3, 20


def is_token_like(text: str) -> bool:
    """Return whether ``text`` looks made by a machine, as tokens are, and names aren't."""
    return any(
        len(part) >= _LONG_LENGTH
        or (len(part) >= _RANDOM_LENGTH and len(_CHANGE.findall(part)) >= _RANDOM_CHANGES)
        for part in _SEPARATOR.split(text)
    )


def redact_urls(text: str) -> str:
    """Replace what may be a credential in each URL of a text that is shown.

    As ``redact_url_credentials``, and the value of every parameter of a query or fragment, whatever
    its name: ``jwt``, ``sas`` and ``code`` are secrets of one service or another. Not for digests,
    in which another value has to count.
    """
    redacted = _ENCODED_LOGIN.sub(MASK, redact_url_credentials(text))
    if "://" not in redacted and "?" not in redacted:
        return redacted
    return _URL.sub(lambda url: _PARAMETER.sub(_masked_parameter, url[0]), redacted)


def _masked_parameter(match: re.Match[str]) -> str:
    is_public = _is_public_fragment(match) or _PLACEHOLDERS.fullmatch(match["value"])
    return match[0] if is_public else f"{match['name']}{MASK}"


def _is_public_fragment(match: re.Match[str]) -> bool:
    name, value = match["name"], match["value"]
    if name[0] == "?" or (is_token_like(value) and not _HASH.fullmatch(match[0][1:])):
        return False
    # A place on a page, or what pip and indexes use.
    return name == "#" or _PUBLIC_FRAGMENT.fullmatch(match[0][1:]) is not None


def redact_url_credentials(text: str) -> str:
    """Replace what may be a credential in each URL of ``text`` by ``****``.

    ``https://user:password@host`` and ``https://token@host`` become ``https://****@host``: which
    part is the secret differs by service. Left as they are: ``ssh://git@host``, since a user name
    alone opens nothing over SSH; the user ``git``; and ``${TOKEN}``, which only names a variable.
    The values of query parameters such as ``token`` and ``X-Amz-Signature`` are masked too, and
    ``user:password@host`` alone.
    """
    lines = text.splitlines(keepends=True)
    redacted = "".join(_redact_line(line) if "://" in line else line for line in lines)
    if "@" in redacted:
        for pattern in (_BARE_LOGIN, _BARE_TOKEN):
            redacted = pattern.sub(_masked_login, redacted)
    return _SECRET_PARAMETER.sub(rf"\g<name>{MASK}", redacted)


def _masked_login(match: re.Match[str]) -> str:
    return match[0] if _PLACEHOLDERS.fullmatch(match[0]) else MASK


def _redact_line(line: str) -> str:
    parts = []
    position = 0
    last_at = line.rfind("@")
    while match := _AUTHORITY.search(line, position):
        start, end = match.span("authority")
        authority = match["authority"]
        if "@" in authority:
            end = start + authority.rindex("@")
        elif _HOST.fullmatch(authority):
            end = start
        elif last_at >= end:
            # A password with an unescaped "/", "#", "?" or space in it: no valid URL, but a
            # common mistake, and one that ends up in an error message.
            end = last_at
        before = line[max(0, start - len("ssh://")) : start]
        is_public = _is_public(line[start:end], is_ssh=before.lower() == "ssh://")
        parts += [line[position:start], line[start:end] if is_public else MASK]
        position = end
    return "".join([*parts, line[position:]])


def _is_public(userinfo: str, *, is_ssh: bool) -> bool:
    if not userinfo or userinfo == "git" or _PLACEHOLDERS.fullmatch(userinfo):
        return True
    return is_ssh and ":" not in userinfo
