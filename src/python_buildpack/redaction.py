"""Masking of credentials in text that is shown, logged or kept."""

from __future__ import annotations

import re

MASK = "****"

_AUTHORITY = re.compile(r"://(?P<authority>[^/?#\s]*)")
_PLACEHOLDER = r"\$\{[A-Z0-9_]+\}"
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
# A parameter of a URL's query, which may be a value alone, or of its fragment, which then is a place.
_URL = re.compile(r"://[^\s'\"]+")
_PARAMETER = re.compile(r"(?P<name>[?&#][^=&#?]*=|[?&])(?P<value>[^&#]+)")
# Those of fragments that pip and indexes use.
_PUBLIC_FRAGMENTS = frozenset(
    {"egg", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "subdirectory"}
)


def redact_urls(text: str) -> str:
    """Replace what may be a credential in each URL of a text that is shown.

    As ``redact_url_credentials``, and the value of every parameter of a query or fragment, whatever
    its name: ``jwt``, ``sas`` and ``code`` are secrets of one service or another. Not for digests,
    in which another value has to count.
    """
    redacted = redact_url_credentials(text)
    if "://" not in redacted:
        return redacted
    return _URL.sub(lambda url: _PARAMETER.sub(_masked_parameter, url[0]), redacted)


def _masked_parameter(match: re.Match[str]) -> str:
    name = match["name"][1:].rstrip("=").lower()
    is_public = match["name"][0] != "?" and name in _PUBLIC_FRAGMENTS
    if is_public or _PLACEHOLDERS.fullmatch(match["value"]):
        return match[0]
    return f"{match['name']}{MASK}"


def redact_url_credentials(text: str) -> str:
    """Replace what may be a credential in each URL of ``text`` by ``****``.

    ``https://user:password@host`` and ``https://token@host`` become ``https://****@host``: which
    part is the secret differs by service. Left as they are: ``ssh://git@host``, since a user name
    alone opens nothing over SSH; the user ``git``; and ``${TOKEN}``, which only names a variable.
    The values of query parameters such as ``token`` and ``X-Amz-Signature`` are masked too, and
    ``user:password@host`` alone.
    """
    redacted = "".join(_redact_line(line) for line in text.splitlines(keepends=True))
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
