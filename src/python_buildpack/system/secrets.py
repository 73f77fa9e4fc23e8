"""Secrets that are known, masked in every form in which a program may print them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

MASK = "****"
# Shorter ones would mask other words, and protect nothing.
MIN_LENGTH = 6
_MIN_BASE64_LENGTH = 8
# Where a URL is cut, by a tool that doesn't expect the character in a password.
_SEPARATORS = re.compile(r"[/?#@:\s]+")
# As a word alone it is a secret, as a part of another word it hardly is.
_WORD = re.compile(r"[a-z]+")
# Of base64, the characters at the start that depend on 0, 1 or 2 bytes before.
_SHARED_CHARACTERS = (0, 2, 3)


@dataclass(frozen=True)
class UrlPath:
    """The beginning of a URL that may hold a secret.

    Attributes:
        authority: host and port, without user and password.
        prefix: the path as far as it may be a secret, with a slash at both ends.
    """

    authority: str
    prefix: str


@dataclass(frozen=True, repr=False)
class Secrets:
    """What must not be shown.

    Attributes:
        values: as they were given; short ones don't count.
        paths: of the URLs of package indexes.
    """

    values: frozenset[str] = frozenset()
    paths: frozenset[UrlPath] = frozenset()

    def __or__(self, other: Secrets) -> Secrets:
        """Return both."""
        return union((self, other))

    def masked(self, text: str) -> str:
        """Return ``text`` with ``****`` for each of them; paths keep their slashes."""
        return self._pattern.sub(_masked, text) if self._pattern else text

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        forms = {form for value in self.values for form in _forms(value)}
        # The longest first: one secret may be the beginning of another.
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        parts = [*map(_value_pattern, longest_first), *map(_path_pattern, sorted_paths(self))]
        return re.compile("|".join(parts)) if parts else None


def union(secrets: Iterable[Secrets]) -> Secrets:
    """Return the secrets of all."""
    found = tuple(secrets)
    return Secrets(
        frozenset().union(*(each.values for each in found)),
        frozenset().union(*(each.paths for each in found)),
    )


def sorted_paths(secrets: Secrets) -> list[UrlPath]:
    """Return the paths, the longest first."""
    return sorted(secrets.paths, key=lambda path: (-len(path.prefix), path.prefix, path.authority))


def _masked(match: re.Match[str]) -> str:
    return f"/{MASK}/" if match[0].startswith("/") else MASK


def _forms(value: str) -> Iterator[str]:
    import json
    from urllib.parse import quote, unquote

    for plain in {value, unquote(value), *_SEPARATORS.split(value)}:
        if len(plain) < MIN_LENGTH:
            continue
        encoded = {quote(plain, safe=safe) for safe in ("", "/", "/:@")}
        yield from (plain, json.dumps(plain)[1:-1], *encoded, *map(_lower_escapes, encoded))
        yield from (form for form in _base64_forms(plain) if len(form) >= _MIN_BASE64_LENGTH)


def _lower_escapes(encoded: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), encoded)


def _base64_forms(text: str) -> Iterator[str]:
    """Yield what of the base64 of any longer text depends on ``text`` alone, at each offset."""
    import base64

    raw = text.encode()
    for offset, shared in enumerate(_SHARED_CHARACTERS):
        # The bytes that are no whole group of three share their last character with what follows.
        whole = (offset + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b"\0" * offset + raw).decode()[shared:whole]


def _value_pattern(form: str) -> str:
    escaped = re.escape(form)
    return rf"(?<![A-Za-z]){escaped}(?![A-Za-z])" if _WORD.fullmatch(form) else escaped


def _path_pattern(path: UrlPath) -> str:
    prefix = re.escape(path.prefix.rstrip("/"))
    # Some tools print the path alone.
    return rf"(?:(?<={re.escape(path.authority)})|(?<![\w.%-])){prefix}(?:/|(?![\w.-]))"
