"""Indexes that locks and Poetry's tables name, as lines of a requirements file."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# What ends a word in a line of a requirements file isn't in it.
_URL = re.compile(r"[^\s\"'\\;]+")


def index_lines(option: str, url: str, *, verify_ssl: bool) -> tuple[str, ...]:
    """Return lines of options for an index; none for what isn't a URL.

    Args:
        url: of the index; ``${NAME}`` in it is replaced by pip.
    """
    if not _URL.fullmatch(url) or not url.isprintable():
        return ()
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return ()
    trusted = (f"--trusted-host {host}",) if host and not verify_ssl else ()
    return (f"{option} {url}", *trusted)
