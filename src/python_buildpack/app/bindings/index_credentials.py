"""Credentials for package indexes, from where pip has them to where every tool looks for them.

uv takes the URLs of indexes from its lock, and Poetry those from pyproject.toml. What both can be
given for a host, whatever its URL, is netrc; so the credentials in pip.conf's URLs become one.

https://docs.astral.sh/uv/concepts/authentication/http/#netrc-files
"""

from __future__ import annotations

import configparser
import netrc
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from python_buildpack.app.bindings.service_bindings import Binding

_INDEX_OPTIONS = frozenset({"index-url", "extra-index-url"})
# Tools disagree on how these are written in a netrc file.
_UNSAFE = frozenset("\"'\\#")


@dataclass(frozen=True)
class IndexCredentials:
    """What a host of a package index wants."""

    host: str
    login: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def netrc_line(self) -> str:
        """The same as a line of a netrc file."""
        return f"machine {self.host} login {self.login} password {self.password}\n"


def read_index_credentials(binding: Binding, path: Path) -> tuple[IndexCredentials, ...]:
    """Return the credentials in the URLs of indexes of pip's configuration file at ``path``.

    Those that can't be written into a netrc file in a way that every tool reads are left out.

    Raises:
        InvalidEntryError, UnreadableBindingError: the file is invalid.
    """
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(binding.text(path))
    except configparser.Error:
        # Its message quotes the line.
        raise binding.invalid(
            path, "has not the form of a configuration file of pip: [section], then name = value"
        ) from None
    found = {
        credentials.host: credentials
        for section in parser.sections()
        for name, value in parser.items(section)
        if name.replace("_", "-").lstrip("-") in _INDEX_OPTIONS
        for credentials in _url_credentials(value)
    }
    return tuple(found.values())


def _url_credentials(value: str) -> Iterator[IndexCredentials]:
    for url in value.split():
        try:
            parts = urlsplit(url)
            host = parts.hostname
        except ValueError:
            continue
        login, password = unquote(parts.username or ""), unquote(parts.password or "")
        if host and _is_word(login) and _is_word(password):
            yield IndexCredentials(host, login, password)


def _is_word(text: str) -> bool:
    is_plain = text.isascii() and text.isprintable() and " " not in text
    return bool(text) and is_plain and _UNSAFE.isdisjoint(text)


def read_netrc_hosts(binding: Binding, path: Path) -> Collection[str]:
    """Return the hosts of the netrc file at ``path``.

    Raises:
        InvalidEntryError, UnreadableBindingError: the file is invalid.
    """
    binding.text(path)
    try:
        return netrc.netrc(str(path)).hosts.keys()
    except netrc.NetrcParseError as error:
        # Its message quotes a word of the file.
        line = f" (line {error.lineno})" if error.lineno else ""
        raise binding.invalid(
            path, f"isn't a netrc file: machine HOST login NAME password PASSWORD{line}"
        ) from None
