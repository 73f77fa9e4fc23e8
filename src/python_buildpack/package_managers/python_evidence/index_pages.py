"""What package indexes tell of the files of a distribution, asked side by side.

https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import gzip
import json
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from html.parser import HTMLParser
from http.client import HTTPException

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from python_buildpack.environment.requirement import archive_name
from python_buildpack.package_managers.pinned import Pinned
from python_buildpack.system.download import open_url

LIMIT_SECONDS = 6.0
_THREADS = 12
_MAX_PAGE_BYTES = 64 * 1024 * 1024
_ACCEPTED = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"

Page = Sequence["IndexFile"]
AskPage = Callable[[str], "Page"]


@dataclass(frozen=True)
class IndexFile:
    """A file on an index; ``requires_python`` as it is written."""

    filename: str
    requires_python: str | None
    uploaded: date | None


def with_index_files(
    pinned: Sequence[Pinned],
    indexes: Sequence[str],
    *,
    limit_seconds: float = LIMIT_SECONDS,
    ask: AskPage | None = None,
) -> tuple[Pinned, ...]:
    """Return what is pinned with what the indexes tell, as far as they do so in time.

    Args:
        pinned: whose files aren't known.
        indexes: URLs, perhaps with user and password.
        limit_seconds: after which the rest is left as it is.
        ask: returns the page at a URL; raises OSError or ValueError.
    """
    asked: queue.Queue[tuple[str, str]] = queue.Queue()
    names = {each.name for each in pinned}
    for name in sorted(names):
        for index in indexes:
            asked.put((name, f"{index.rstrip('/')}/{name}/"))
    total = asked.qsize()
    pages: queue.Queue[tuple[str, Page]] = queue.Queue()
    for _ in range(min(_THREADS, total)):
        arguments = (asked, pages, ask or (lambda url: read_page(url, limit_seconds)))
        # Daemons: a server that doesn't answer must not keep the build from ending.
        threading.Thread(target=_ask, args=arguments, daemon=True).start()
    found = _collected(pages, total, limit_seconds)
    return tuple(_with_files(each, found.get(each.name, ())) for each in pinned)


def _ask(
    asked: queue.Queue[tuple[str, str]], pages: queue.Queue[tuple[str, Page]], ask: AskPage
) -> None:
    while True:
        try:
            name, url = asked.get_nowait()
        except queue.Empty:
            return
        try:
            pages.put((name, ask(url)))
        except (OSError, ValueError, HTTPException, RecursionError):
            pages.put((name, ()))


def _collected(
    pages: queue.Queue[tuple[str, Page]], total: int, limit_seconds: float
) -> Mapping[str, Page]:
    found: dict[str, list[IndexFile]] = {}
    end = time.monotonic() + limit_seconds
    for _ in range(total):
        try:
            name, page = pages.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        found.setdefault(name, []).extend(page)
    return found


def read_page(url: str, timeout: float) -> Page:
    """Return the files on an index's page.

    Raises:
        OSError, ValueError: there is no such page.
    """
    headers = {"Accept": _ACCEPTED, "Accept-Encoding": "gzip"}
    with open_url(url, timeout, headers) as response:
        body = response.read(_MAX_PAGE_BYTES)
        if response.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        is_json = "json" in response.headers.get("Content-Type", "")
    return parse_json_page(body) if is_json else parse_html_page(body.decode(errors="replace"))


def parse_json_page(body: bytes) -> Page:
    """Return the files of a page in JSON; what isn't understood is left out.

    Raises:
        ValueError: it isn't JSON.
    """
    document = json.loads(body)
    files = document.get("files") if isinstance(document, dict) else None
    return [
        IndexFile(
            name, _text(file.get("requires-python")), parse_date(_text(file.get("upload-time")))
        )
        for file in (files if isinstance(files, list) else ())
        if isinstance(file, dict) and isinstance(name := file.get("filename"), str)
    ]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def parse_date(text: str | None) -> date | None:
    """Return the date of a time in the form of ISO 8601; None if it isn't one."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.files: list[IndexFile] = []
        self._requires_python: str | None = None
        self._is_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_link = tag == "a"
        self._requires_python = dict(attrs).get("data-requires-python")

    def handle_data(self, data: str) -> None:
        if self._is_link and data.strip():
            self.files.append(IndexFile(data.strip(), self._requires_python, None))
            self._is_link = False


def parse_html_page(text: str) -> Page:
    """Return the files that an HTML page links to."""
    parser = _Links()
    parser.feed(text)
    return parser.files


def _with_files(pinned: Pinned, page: Page) -> Pinned:
    try:
        version = Version(pinned.version)
    except InvalidVersion:
        return pinned
    named = ((file, archive_name(file.filename)) for file in page)
    files = [file for file, found in named if found and found[1] == version]
    dates = [file.uploaded for file in files if file.uploaded is not None]
    return replace(
        pinned,
        filenames=tuple(file.filename for file in files),
        requires_python=_specifiers(files[0].requires_python) if files else None,
        uploaded=max(dates, default=None),
    )


def _specifiers(text: str | None) -> SpecifierSet | None:
    try:
        return SpecifierSet(text) if text else None
    except InvalidSpecifier:
        return None
