"""An HTTP server on this machine that answers as a test wants it to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Where the machine has a proxy, it must not be asked for these.
DIRECT = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


@dataclass(frozen=True)
class Answer:
    """A response; where ``length`` is larger than the body, the connection ends too early."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


@dataclass(frozen=True)
class Request:
    """What was asked for; names of headers are lower-case."""

    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class LoopbackServer:
    """A running server: ``host`` is its address with the port, ``requests`` all it got so far."""

    host: str
    requests: list[Request]


@contextmanager
def loopback_server(answer: Callable[[int, Request], Answer]) -> Iterator[LoopbackServer]:
    """Serve while the block runs; ``answer`` is called with each request and its number, from 0."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.path, headers)
            requests.append(request)
            given = answer(len(requests) - 1, request)
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            length = len(given.body) if given.length is None else given.length
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(given.body)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield LoopbackServer(f"127.0.0.1:{server.server_address[1]}", requests)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
