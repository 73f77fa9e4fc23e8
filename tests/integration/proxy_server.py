"""A small real proxy on loopback: it hands on requests (http), and opens tunnels (https)."""

from __future__ import annotations

import base64
import http.client
import select
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.integration.loopback_server import QuietServer, serving

_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_SECONDS = 30.0
_OF_THE_CONNECTION = frozenset(
    {
        *("connection", "content-length", "proxy-authorization", "proxy-connection"),
        "transfer-encoding",
    }
)


@dataclass(frozen=True)
class Proxy:
    """A running proxy; ``targets`` are the hosts, with their ports, that it was asked for."""

    host: str
    targets: list[str]
    login: str = field(repr=False)

    @property
    def env(self) -> dict[str, str]:
        """The variables by which everything goes through it."""
        return proxied_env(self.login, self.host)

    def env_with(self, login: str) -> dict[str, str]:
        """Return the same with another ``NAME:PASSWORD``."""
        return proxied_env(login, self.host)


def proxied_env(login: str, host: str) -> dict[str, str]:
    """Return the variables by which everything goes through the proxy at ``host``."""
    return dict.fromkeys(_VARIABLES, f"http://{login}@{host}")


class _Server(QuietServer):
    proxy: Proxy
    addresses: Mapping[str, str]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_CONNECT(self) -> None:
        self.close_connection = True
        if (address := self._address(self.path)) is None:
            return
        with socket.create_connection(address, _SECONDS) as target:
            self.send_response(200)
            self.end_headers()
            _relay(self.connection, target)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if (address := self._address(f"{parts.hostname}:{parts.port or 80}")) is None:
            return
        connection = http.client.HTTPConnection(*address, timeout=_SECONDS)
        path = parts._replace(scheme="", netloc="").geturl()
        connection.request(self.command, path, None, _end_to_end(self.headers.items()))
        response = connection.getresponse()
        body = response.read()
        connection.close()
        # Of what isn't asked for with HEAD, the length alone is answered.
        length = response.getheader("Content-Length") or str(len(body))
        self._answer(response.status, _end_to_end(response.getheaders()), body, length)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _address(self, target: str) -> tuple[str, int] | None:
        """Return where ``target`` is; refuse and return None if that is not to be told."""
        proxy = self.server.proxy
        proxy.targets.append(target)
        wanted = base64.b64encode(proxy.login.encode()).decode()
        if self.headers.get("Proxy-Authorization") != f"Basic {wanted}":
            self._answer(407, {"Proxy-Authenticate": 'Basic realm="proxy"'}, b"")
            return None
        if target not in self.server.addresses:
            self._answer(502, {}, b"")
            return None
        host, _, port = self.server.addresses[target].partition(":")
        return host, int(port)

    def _answer(
        self, status: int, headers: Mapping[str, str], body: bytes, length: str = "0"
    ) -> None:
        self.close_connection = True
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def proxy_server(login: str, addresses: Mapping[str, str]) -> Iterator[Proxy]:
    """Serve while the block runs.

    Args:
        login: ``NAME:PASSWORD``, without which it answers 407.
        addresses: where hosts really are, such as ``packages.invalid:80`` at ``127.0.0.1:4711``;
            no name is looked up, and no other host is there.
    """
    server = _Server(("127.0.0.1", 0), _Handler)
    server.proxy = Proxy(f"127.0.0.1:{server.server_address[1]}", [], login)
    server.addresses = addresses
    with serving(server):
        yield server.proxy


def _end_to_end(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in headers if name.lower() not in _OF_THE_CONNECTION}


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Hand on what either side sends until one of them ends."""
    to = {one: other, other: one}
    while ready := select.select([one, other], [], [], _SECONDS)[0]:
        for sender in ready:
            received = sender.recv(65536)
            if not received:
                return
            to[sender].sendall(received)
