"""A package index on loopback that serves wheels of this machine, as PyPI serves its own.

Files may be cached for a year, pages for ten minutes, and a wheel's metadata can be had without
the wheel, so that pip and uv work as they do with PyPI.
https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import email.parser
import hashlib
import html
import re
import threading
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tools.errors import ToolError

_FILE_CACHING = "max-age=31536000, immutable"
_PAGE_CACHING = "max-age=600"


@dataclass(frozen=True)
class Resource:
    """What one path answers: bytes, or those of a file."""

    content: bytes | Path
    content_type: str
    caching: str

    @property
    def is_wheel(self) -> bool:
        """Whether it is a distribution, rather than something about one."""
        return isinstance(self.content, Path)


class LocalIndex:
    """An index of a few wheels, and how many bytes it has sent."""

    def __init__(self, wheels: Iterable[Path]) -> None:
        self._resources = build_resources(wheels)
        self._server = _Server(self)
        self._lock = threading.Lock()
        self._bytes = {True: 0, False: 0}

    @property
    def url(self) -> str:
        """What pip takes as ``--index-url``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/simple/"

    @property
    def wheel_bytes(self) -> int:
        """How many bytes of distributions were sent so far."""
        with self._lock:
            return self._bytes[True]

    @property
    def other_bytes(self) -> int:
        """How many bytes of pages and metadata were sent so far."""
        with self._lock:
            return self._bytes[False]

    def find(self, path: str) -> Resource | None:
        """Return what ``path`` of a URL answers."""
        return self._resources.get(path)

    def count(self, resource: Resource, size: int) -> None:
        """Add ``size`` bytes to what was sent."""
        with self._lock:
            self._bytes[resource.is_wheel] += size

    def serve(self) -> None:
        """Answer requests until ``close`` is called."""
        self._server.serve_forever(poll_interval=0.1)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def running_index(wheels: Iterable[Path]) -> Iterator[LocalIndex]:
    """Serve ``wheels`` while the body runs.

    Raises:
        ToolError: one of them isn't a wheel.
    """
    index = LocalIndex(wheels)
    threading.Thread(target=index.serve, daemon=True).start()
    try:
        yield index
    finally:
        index.close()


def build_resources(wheels: Iterable[Path]) -> Mapping[str, Resource]:
    """Return everything that an index of ``wheels`` answers, by path.

    Raises:
        ToolError: one of them isn't a wheel.
    """
    resources: dict[str, Resource] = {}
    links: dict[str, list[str]] = {}
    for wheel in sorted(wheels):
        metadata = _read_metadata(wheel)
        path = f"/files/{wheel.name}"
        resources[path] = Resource(wheel, "application/octet-stream", _FILE_CACHING)
        resources[f"{path}.metadata"] = Resource(metadata, "text/plain", _FILE_CACHING)
        project = re.sub(r"[-_.]+", "-", wheel.name.partition("-")[0]).lower()
        links.setdefault(project, []).append(_link(path, wheel, metadata))
    for project, lines in links.items():
        resources[f"/simple/{project}/"] = _page(lines)
    projects = [f'<a href="/simple/{project}/">{project}</a><br>' for project in sorted(links)]
    resources["/simple/"] = _page(projects)
    return resources


def _read_metadata(wheel: Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [
                name
                for name in archive.namelist()
                if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)
            ]
            return archive.read(names[0])
    except (zipfile.BadZipFile, IndexError) as error:
        raise ToolError(f"{wheel} is no wheel.") from error


def _link(path: str, wheel: Path, metadata: bytes) -> str:
    fields = email.parser.BytesHeaderParser().parsebytes(metadata)
    requires_python = fields.get("Requires-Python")
    attributes = {
        "href": f"{path}#sha256={_sha256(wheel.read_bytes())}",
        "data-core-metadata": f"sha256={_sha256(metadata)}",
        # What the attribute was called before; see PEP 714.
        "data-dist-info-metadata": f"sha256={_sha256(metadata)}",
        **({"data-requires-python": str(requires_python)} if requires_python else {}),
    }
    written = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<a {written}>{wheel.name}</a><br>"


def _page(lines: Iterable[str]) -> Resource:
    page = "\n".join(
        ("<!DOCTYPE html>", "<html><body>", *lines, "</body></html>", ""),
    )
    return Resource(page.encode(), "text/html; charset=utf-8", _PAGE_CACHING)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class _Server(ThreadingHTTPServer):
    """Threads, since pip and uv keep several connections open."""

    daemon_threads = True

    def __init__(self, index: LocalIndex) -> None:
        self.index = index
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD, and keeps connections open."""

    protocol_version = "HTTP/1.1"
    # A body that waits for the acknowledgement of its headers would cost 40 ms each.
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Send the resource."""
        resource = self._send_head()
        if resource is None:
            return
        if isinstance(resource.content, bytes):
            self.wfile.write(resource.content)
            sent = len(resource.content)
        else:
            with resource.content.open("rb") as file:
                self.wfile.flush()
                sent = self.connection.sendfile(file)
        self.server.index.count(resource, sent)

    def do_HEAD(self) -> None:
        """Send the resource's headers."""
        self._send_head()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _send_head(self) -> Resource | None:
        resource = self.server.index.find(self.path)
        if resource is None:
            self.send_response(HTTPStatus.NOT_FOUND)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        content = resource.content
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", resource.content_type)
        self.send_header("Content-Length", str(size))
        self.send_header("Cache-Control", resource.caching)
        self.end_headers()
        return resource
