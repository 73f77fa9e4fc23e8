"""A real package index, pypiserver, on loopback."""

from __future__ import annotations

import importlib
import ssl
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from tests.integration.loopback_server import serving


@dataclass(frozen=True)
class Login:
    """A name and a password."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class PyPIServer:
    """A running index; ``host`` has the port, ``statuses`` what was answered so far."""

    scheme: str
    host: str
    statuses: list[str]

    @property
    def url(self) -> str:
        """What pip takes as ``--index-url``."""
        return f"{self.scheme}://{self.host}/simple/"

    def url_with(self, login: Login) -> str:
        """Return the same with a name and a password."""
        return self.url.replace("://", f"://{login.name}:{login.password}@")

    def netrc(self, login: Login) -> str:
        """Return a netrc file."""
        host = self.host.partition(":")[0]
        return f"machine {host} login {login.name} password {login.password}\n"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet."""


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def pypi_server(
    directory: Path, login: Login | None = None, context: ssl.SSLContext | None = None
) -> Iterator[PyPIServer]:
    """Serve the distributions in ``directory`` while the block runs.

    Args:
        directory: of wheels and source distributions.
        login: without which nothing is to be had.
        context: of an index that is served by https.
    """
    statuses: list[str] = []
    app = _app(directory, login)

    def recorded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            statuses.append(f"{status[:3]} {environ['PATH_INFO']}")
            offered = [header for header in headers if header[0] != "Accept-Ranges"]
            return start_response(status, offered, *rest)

        # Its copy of bottle doesn't close files that it has sent parts of.
        environ.pop("HTTP_RANGE", None)
        return app(environ, start)

    server = make_server("127.0.0.1", 0, recorded, server_class=_Server, handler_class=_Handler)
    with serving(server, context) as host:
        yield PyPIServer("https" if context else "http", host, statuses)


def _app(directory: Path, login: Login | None) -> Any:
    # Its copy of bottle imports cgi, which is deprecated, and leaves a finder of an old form.
    finders = [*sys.meta_path]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pypiserver = importlib.import_module("pypiserver")
        app = pypiserver.app(
            roots=[directory],
            authenticate=["list", "download", "update"] if login else [],
            auther=lambda name, password: login == Login(name, password),
            disable_fallback=True,
        )
    sys.meta_path[:] = finders
    return app
