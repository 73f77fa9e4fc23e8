"""A package index on loopback that also has a Python, and breaks at a request of the test's choice."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import unquote

from tests.integration.loopback_server import Answer, Request
from tests.integration.package_index import PackageIndex

ARCHIVE = "/python.tar.gz"
# Refused: nobody listens any more. Reset: the connection breaks off. Truncated: it ends in the
# middle. Altered: one byte is another one. Page: another text, as of a network's sign-in page.
KINDS = ("refused", "reset", "truncated", "altered", "page", "500")
_PAGE = b"<html><body>Please sign in</body></html>"
_SECONDS = 10.0


@dataclass(frozen=True)
class NetworkFault:
    """From request ``number`` on, what asks for the same path gets this; refused: everything."""

    number: int
    kind: str


class UnreliableIndex(PackageIndex):
    """Serves on one port all along, so that its URLs are the same with and without a fault."""

    def __init__(self, archive: bytes) -> None:
        super().__init__()
        self._archive = archive
        self._fault: NetworkFault | None = None
        self._broken_path: str | None = None
        self._port = 0
        self._lock = threading.Lock()
        self.asked: list[str] = []

    @property
    def archive_bytes(self) -> int:
        """The size of the archive that it has."""
        return len(self._archive)

    @property
    def host(self) -> str:
        """Its address, with the port."""
        return f"127.0.0.1:{self._port}"

    @property
    def paths(self) -> list[str]:
        """What was requested since ``serving`` began."""
        return list(self.asked)

    @contextmanager
    def serving(self, fault: NetworkFault | None = None) -> Iterator[None]:
        """Serve while the block runs."""
        self._fault, self._broken_path, self.asked = fault, None, []
        listener = socket.create_server(("127.0.0.1", self._port), backlog=64)
        self._port = listener.getsockname()[1]
        thread = threading.Thread(target=self._accept, args=(listener,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop_listening(listener)
            thread.join()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(listener, connection), daemon=True).start()

    def _serve(self, listener: socket.socket, connection: socket.socket) -> None:
        connection.settimeout(_SECONDS)
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                received = connection.recv(65_536)
                if not received:
                    return
                head += received
            path = head.split(b" ", 2)[1].decode("ascii")
            kind = self._kind_for(path)
            if kind in {"refused", "reset"}:
                if kind == "refused":
                    self._stop_listening(listener)
                # Closed at once, and what was not sent is forgotten.
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                return
            connection.sendall(_response(self._answer(0, Request(path, {})), kind))

    def _kind_for(self, path: str) -> str | None:
        with self._lock:
            number = len(self.asked)
            self.asked.append(path)
            if self._fault is None:
                return None
            if number == self._fault.number:
                self._broken_path = path
            return self._fault.kind if path == self._broken_path else None

    def _stop_listening(self, listener: socket.socket) -> None:
        # Wakes the thread that accepts, which closing alone doesn't.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()

    def _answer(self, number: int, request: Request) -> Answer:
        if unquote(request.path) == ARCHIVE:
            return Answer(body=self._archive)
        return super()._answer(number, request)


def _response(answer: Answer, kind: str | None) -> bytes:
    body, status = answer.body, answer.status
    if kind == "500":
        body, status = b"", 500
    elif kind == "page":
        body = _PAGE
    elif kind == "altered":
        half = len(body) // 2
        body = body[:half] + bytes([body[half] ^ 1]) + body[half + 1 :]
    lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    head = "".join(f"{line}\r\n" for line in lines) + "\r\n"
    sent = body[: len(body) // 2] if kind == "truncated" else body
    return head.encode("ascii") + sent
