"""A package index on loopback whose contents a test changes between builds.

https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import unquote

from tests.distributions import Distribution
from tests.integration.loopback_server import Answer, LoopbackServer, Request, loopback_server

_PROJECT_PAGE = re.compile(r"/(?P<index>\w+)/simple/(?P<project>[a-z0-9-]+)/")
_FILE = re.compile(r"/(?P<index>\w+)/files/(?P<name>[^/]+?)(?P<metadata>\.metadata)?")


@dataclass(frozen=True)
class Upload:
    """A file of an index.

    Attributes:
        index: the name of the index; one server has several.
        distribution: what is in the file.
        is_sdist: whether it is a source distribution rather than a wheel.
        is_yanked: https://peps.python.org/pep-0592/
        requires_python: as the index says it; "" for any.
    """

    index: str
    distribution: Distribution
    is_sdist: bool = False
    is_yanked: bool = False
    requires_python: str = ""

    @property
    def filename(self) -> str:
        """The file's name, which is unique in its index."""
        return self.distribution.sdist_name if self.is_sdist else self.distribution.wheel_name

    @property
    def content(self) -> bytes:
        """The file."""
        return self.distribution.sdist if self.is_sdist else self.distribution.wheel

    @property
    def sha256(self) -> str:
        """The file's digest, lower-case hex."""
        return hashlib.sha256(self.content).hexdigest()


class PackageIndex:
    """What a running server has: ``uploads``, which tests replace."""

    def __init__(self) -> None:
        self.uploads: tuple[Upload, ...] = ()
        self._server: LoopbackServer | None = None

    @contextmanager
    def running(self) -> Iterator[PackageIndex]:
        """Serve while the block runs."""
        with loopback_server(self._answer) as server:
            self._server = server
            yield self

    @property
    def host(self) -> str:
        """Its address, with the port."""
        assert self._server is not None
        return self._server.host

    @property
    def paths(self) -> list[str]:
        """What was requested so far."""
        assert self._server is not None
        return [request.path for request in self._server.requests]

    def url(self, index: str = "one") -> str:
        """Return what pip takes as ``--index-url``."""
        return f"http://{self.host}/{index}/simple/"

    def file_url(self, upload: Upload) -> str:
        """Return the URL of a file."""
        return f"http://{self.host}/{upload.index}/files/{upload.filename}"

    def upload(
        self, *distributions: Distribution, is_sdist: bool = False, requires_python: str = ""
    ) -> None:
        """Add wheels, or source distributions, to the index "one"."""
        self.uploads += tuple(
            Upload("one", each, is_sdist, requires_python=requires_python) for each in distributions
        )

    def yank(self, filename: str) -> None:
        """Yank a file of the index "one"."""
        self.uploads = tuple(
            replace(each, is_yanked=True) if each.filename == filename else each
            for each in self.uploads
        )

    def delete(self, filename: str) -> None:
        """Delete a file of the index "one"."""
        self.uploads = tuple(each for each in self.uploads if each.filename != filename)

    def _answer(self, _number: int, request: Request) -> Answer:
        path = unquote(request.path)
        if match := _PROJECT_PAGE.fullmatch(path):
            index, project = match["index"], match["project"]
            return self._page(
                each
                for each in self.uploads
                if (each.index, each.distribution.name) == (index, project)
            )
        if match := _FILE.fullmatch(path):
            for each in self.uploads:
                if (each.index, each.filename) == (match["index"], match["name"]):
                    is_metadata = match["metadata"] is not None
                    metadata = each.distribution.metadata.encode()
                    return Answer(body=metadata if is_metadata else each.content)
        return Answer(status=404)

    def _page(self, uploads: Iterable[Upload]) -> Answer:
        links = [self._link(upload) for upload in uploads]
        page = f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>"
        headers = {"Content-Type": "text/html; charset=utf-8"}
        return Answer(status=200 if links else 404, body=page.encode(), headers=headers)

    def _link(self, upload: Upload) -> str:
        attributes = {"href": f"{self.file_url(upload)}#sha256={upload.sha256}"}
        if not upload.is_sdist:
            metadata = hashlib.sha256(upload.distribution.metadata.encode()).hexdigest()
            attributes["data-core-metadata"] = f"sha256={metadata}"
        if upload.is_yanked:
            attributes["data-yanked"] = "broken"
        if upload.requires_python:
            attributes["data-requires-python"] = upload.requires_python
        written = " ".join(f'{key}="{html.escape(value)}"' for key, value in attributes.items())
        return f"<a {written}>{upload.filename}</a>"
