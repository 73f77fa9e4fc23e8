"""Secrets that are made to be found, an index that takes them all, and the search for them."""

from __future__ import annotations

import base64
import gzip
import io
import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from tests.integration.loopback_server import Answer, Request
from tests.integration.package_index import PackageIndex
from tests.integration.pypi_server import Login

LOGIN = "shop"
# Without characters that are quoted in URLs.
_STEM = "canary-of-"
# Those of a file of the app, which is where they may stay.
_COMMITTED = "committed-"
_TOKEN = re.compile(
    rf"(?:/(?P<first>{_STEM}[a-z-]+))?(?P<path>/[^?]*)(?:\?[a-z]+=(?P<query>{_STEM}[a-z-]+))?"
)
_NAME = re.compile(rb"canary-of-([a-z-]*[a-z])")


def canary(place: str) -> str:
    """Return the secret that is put in a place, and in no other."""
    return f"{_STEM}{place}"


def committed_canary(place: str) -> str:
    """Return the secret that is put in a file of the app."""
    return canary(f"{_COMMITTED}{place}")


def _base64_forms(text: str) -> Iterator[bytes]:
    """Yield what of the base64 of any longer text depends on ``text`` alone, at each offset."""
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + text.encode()).rstrip(b"=")
        # Of the first four characters and the last one, some bits are the neighbours'.
        yield encoded[4 if offset else 0 : -1]


_FORMS = (_STEM.encode(), *_base64_forms(_STEM))


class CanaryIndex(PackageIndex):
    """An index that takes every canary: as the password, first in the path, or in the query.

    Besides uploads it serves the wheels of a directory, and files below ``/mirror/``, which are
    ``mirrored``.

    Attributes:
        refused: no password is right for paths with this in them; "" for none.
        used: the places of the canaries that it got.
    """

    def __init__(self, wheels: Path, mirrored: Mapping[str, Path]) -> None:
        super().__init__()
        self.refused = ""
        self.used: set[str] = set()
        self._wheels = {path.name: path for path in wheels.glob("*.whl")}
        self._mirrored = mirrored

    def url_with(self, secret: str) -> str:
        """Return the URL of the index "one" with the login and a secret."""
        return with_login(self.url(), secret)

    def netrc(self, secret: str) -> str:
        """Return a netrc file."""
        host = self.host.partition(":")[0]
        return f"machine {host} login {LOGIN} password {secret}\n"

    def _answer(self, number: int, request: Request) -> Answer:
        token, request = _without_token(request)
        secret = token or _password(request)
        if secret.startswith(_STEM):
            self.used.add(secret.removeprefix(_STEM))
        is_refused = bool(self.refused) and self.refused in request.path
        if is_refused or not secret.startswith(_STEM):
            return Answer(401, headers={"WWW-Authenticate": 'Basic realm="index"'})
        if request.path.startswith("/mirror/"):
            return Answer(body=self._mirrored[request.path.removeprefix("/mirror/")].read_bytes())
        answer = super()._answer(number, request)
        if answer.status != 200:
            return self._tool_answer(request.path)
        # Files are where the page is.
        pages = f"http://{self.host}/".encode()
        return replace(answer, body=answer.body.replace(pages, pages + f"{token}/".encode()))

    def _tool_answer(self, path: str) -> Answer:
        page = re.fullmatch(r"/one/simple/([a-z0-9-]+)/", path)
        if page is None:
            wheel = self._wheels.get(path.rpartition("/")[2])
            return Answer(body=wheel.read_bytes()) if wheel else Answer(404)
        names = [name for name in self._wheels if _project(name) == page[1]]
        links = "".join(f'<a href="../../files/{name}">{name}</a>' for name in names)
        headers = {"Content-Type": "text/html; charset=utf-8"}
        return Answer(200 if names else 404, f"<!DOCTYPE html>{links}".encode(), headers)


def _without_token(request: Request) -> tuple[str, Request]:
    """Return the canary in the path or the query, "" for none, and the request without it."""
    match = _TOKEN.fullmatch(request.path)
    if match is None:
        return "", request
    return match["first"] or match["query"] or "", replace(request, path=match["path"])


def with_login(url: str, secret: str) -> str:
    """Return the URL with the login and a secret."""
    return url.replace("://", f"://{LOGIN}:{secret}@")


def _password(request: Request) -> str:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind != "Basic":
        return ""
    return base64.b64decode(encoded).decode().partition(":")[2]


def _project(wheel: str) -> str:
    return re.sub(r"[-_.]+", "-", wheel.partition("-")[0]).lower()


class Search(NamedTuple):
    """Where canaries are that must not be there, and in how many places they were looked for."""

    leaks: list[str]
    places: int


def leaks(log: str, kept: Iterable[Path], app_dir: Path) -> Search:
    """Return where canaries are that must not be there, each with its place.

    Those that were committed may be in the app: in its directory, and in the layer that has it.

    Args:
        log: of a build, with everything that was printed.
        kept: directories and files that are left after it, archives in archives included.
        app_dir: the app's directory, also in the image.
    """
    found = {f"the log: {place}" for place in canaries_in(log.encode())}
    places = 1
    for path, content in _files(kept):
        places += 1
        for place in canaries_in(path.encode() + b"\n" + content):
            of_app = f"{app_dir}/" in path or f"!{str(app_dir)[1:]}/" in path
            if not (of_app and place.startswith(_COMMITTED)):
                found.add(f"{path}: {place}")
    return Search(sorted(found), places)


def canaries_in(content: bytes) -> list[str]:
    """Return the places of the canaries in ``content``; "encoded" for each that is in base64."""
    plain, *encoded = _FORMS
    names = [match[1].decode() for match in _NAME.finditer(content)] if plain in content else []
    return names + ["encoded" for form in encoded if form in content]


def _files(kept: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for root in kept:
        for path in [root, *sorted(root.rglob("*"))]:
            if path.is_symlink():
                yield f"{path} -> {path.readlink()}", b""
            elif path.is_file():
                yield from _contents(str(path), path.read_bytes())


def _contents(path: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file's content, and of an archive what is in it; members follow a "!"."""
    if content.startswith(b"\x1f\x8b"):
        yield from _contents(path, gzip.decompress(content))
    elif content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.isreg() else None
                name = f"{path}!{member.name.lstrip('/')}"
                about = f"{member.linkname} {member.pax_headers}".encode()
                yield name, about
                yield from _contents(name, stream.read() if stream else b"")
    elif content.startswith(b"PK\x03\x04"):
        yield path, content
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from _contents(f"{path}!{name}", archive.read(name))
    else:
        yield path, content


def git_login(place: str) -> Login:
    """Return the login of a Git server."""
    return Login(LOGIN, canary(place))
