"""A Git server on loopback, by Git's own ``http-backend``, that wants a name and a password."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.integration.loopback_server import QuietServer, serving
from tests.integration.pypi_server import Login

_IDENTITY = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com"}
_IDENTITY |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in _IDENTITY.items()}


@dataclass
class GitServer:
    """A running server.

    Attributes:
        host: its address, with the port.
        used: who was let in so far.
        refused: nobody is let in where this is in the path; "" for nowhere.
    """

    host: str = ""
    used: set[Login] = field(default_factory=set)
    refused: str = ""

    def url(self, repository: str) -> str:
        """Return the URL of a repository."""
        return f"http://{self.host}/{repository}.git"

    def credentials(self, login: Login) -> str:
        """Return a file in the form of Git's ``store``."""
        return f"http://{login.name}:{login.password}@{self.host}\n"


def write_repository(directory: Path, files: Mapping[str, str]) -> str:
    """Write the new repository ``directory`` with a commit of ``files``; return the commit."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _git(directory, "init", "--quiet", "--initial-branch=main")
    _git(directory, "add", "--all")
    _git(directory, "commit", "--quiet", "--message=One")
    return _git(directory, "rev-parse", "HEAD").strip()


def _git(directory: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(directory), *arguments],
        env={**os.environ, **_IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def git_store_env(store: Path) -> dict[str, str]:
    """Return the variables by which Git, and tools that use it, take credentials from a file."""
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "credential.helper",
        "GIT_CONFIG_VALUE_0": f"store --file={store}",
        "POETRY_SYSTEM_GIT_CLIENT": "true",
    }


@contextmanager
def git_server(root: Path, *logins: Login) -> Iterator[GitServer]:
    """Serve the repositories in ``root``, by their directories' names, while the block runs."""
    server = GitServer()
    known = {_authorization(login): login for login in logins}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def _answer(self, body: bytes) -> None:
            self.close_connection = True
            login = known.get(self.headers.get("Authorization", ""))
            is_refused = bool(server.refused) and server.refused in self.path
            if login is None or is_refused:
                headers, content = [("WWW-Authenticate", 'Basic realm="git"')], b""
                status = 401
            else:
                server.used.add(login)
                status, headers, content = _backend(root, self, body)
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    with serving(QuietServer(("127.0.0.1", 0), Handler)) as server.host:
        yield server


def _authorization(login: Login) -> str:
    encoded = base64.b64encode(f"{login.name}:{login.password}".encode())
    return f"Basic {encoded.decode()}"


def _backend(
    root: Path, request: BaseHTTPRequestHandler, body: bytes
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return status, headers and body that Git answers; a CGI program.

    https://git-scm.com/docs/git-http-backend
    """
    path, _, query = request.path.partition("?")
    repository, _, rest = path.lstrip("/").partition("/")
    variables = {
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROJECT_ROOT": str(root),
        "PATH_INFO": f"/{repository.removesuffix('.git')}/.git/{rest}",
        "QUERY_STRING": query,
        "REQUEST_METHOD": request.command,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    output = subprocess.run(
        ["git", "http-backend"],
        input=body,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    head, _, content = output.partition(b"\r\n\r\n")
    pairs = [line.partition(": ") for line in head.decode("latin-1").split("\r\n")]
    headers = [(name, value) for name, _, value in pairs]
    status = next((value for name, value in headers if name == "Status"), "200")
    return int(status[:3]), [pair for pair in headers if pair[0] != "Status"], content
