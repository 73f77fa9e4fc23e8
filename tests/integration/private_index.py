"""A package index that wants a name and a password, and where these must not be found."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from pathlib import Path

from tests.integration.loopback_server import Answer, Request
from tests.integration.package_index import PackageIndex

_GZIP = b"\x1f\x8b"


class PrivateIndex(PackageIndex):
    """An index with HTTP basic authentication; ``password`` may change."""

    def __init__(self, login: str, password: str) -> None:
        super().__init__()
        self.login = login
        self.password = password

    def url_with(self, password: str) -> str:
        """Return the URL of the index "one" with the login and a password."""
        return self.url().replace("://", f"://{self.login}:{password}@")

    def netrc(self, password: str) -> str:
        """Return the same as a netrc file."""
        host = self.host.partition(":")[0]
        return f"machine {host} login {self.login} password {password}\n"

    def _answer(self, number: int, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Basic {_encoded(self.login, self.password)}":
            return Answer(401, headers={"WWW-Authenticate": 'Basic realm="index"'})
        return super()._answer(number, request)


def files_with(secret: str, login: str, *directories: Path) -> list[str]:
    """Return the paths below ``directories`` in which ``secret`` is, as it is or encoded."""
    wanted = (secret.encode(), _encoded(login, secret).encode())
    return [
        str(path)
        for directory in directories
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.is_symlink()
        if any(each in content for each in wanted for content in _contents(path))
    ]


def _contents(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield content
    if content.startswith(_GZIP):
        yield gzip.decompress(content)


def _encoded(login: str, password: str) -> str:
    return base64.b64encode(f"{login}:{password}".encode()).decode()
