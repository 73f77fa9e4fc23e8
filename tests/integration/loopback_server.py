"""An HTTP server on this machine that answers as a test wants it to."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Where the machine has a proxy, it must not be asked for these.
DIRECT = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


@dataclass(frozen=True)
class Answer:
    """A response.

    Attributes:
        length: that is announced; where it is larger than the body, the connection ends too early.
        is_missing: there is no response at all, for as long as the server runs.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    is_missing: bool = False


@dataclass(frozen=True)
class Request:
    """What was requested; names of headers are lower-case."""

    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class LoopbackServer:
    """A running server: ``host`` is its address with the port, ``requests`` all it got so far."""

    host: str
    requests: list[Request]


@contextmanager
def loopback_server(
    answer: Callable[[int, Request], Answer], context: ssl.SSLContext | None = None
) -> Iterator[LoopbackServer]:
    """Serve while the block runs.

    Args:
        answer: called with each request and its number, from 0.
        context: of a server of https.
    """
    requests: list[Request] = []
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.path, headers)
            requests.append(request)
            given = answer(len(requests) - 1, request)
            self.close_connection = True
            if given.is_missing:
                ended.wait()
                return
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            length = len(given.body) if given.length is None else given.length
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(given.body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = QuietServer(("127.0.0.1", 0), Handler)
    with serving(server, context) as host:
        try:
            yield LoopbackServer(host, requests)
        finally:
            ended.set()


class QuietServer(ThreadingHTTPServer):
    """A server whose clients may break off, as those do that don't trust its certificate."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet."""


@contextmanager
def serving(server: socketserver.TCPServer, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run a server while the block runs; give its address with the port."""
    if context:
        # Not a handshake where connections are accepted: one client would hold up all others.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
