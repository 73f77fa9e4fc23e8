"""A TCP proxy on loopback that counts the bytes in both directions."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_CHUNK_BYTES = 1 << 18


@dataclass(frozen=True)
class Traffic:
    """Bytes of TCP payload: HTTP's headers count, TCP's own don't.

    Attributes:
        received: by the clients, from the server.
        sent: by the clients, to the server.
    """

    received: int
    sent: int

    def since(self, earlier: Traffic) -> Traffic:
        """Return what was added to ``earlier``."""
        return Traffic(self.received - earlier.received, self.sent - earlier.sent)


class CountingProxy:
    """Passes each connection to ``port`` on to the server at ``server_port``."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._traffic = Traffic(0, 0)

    @property
    def port(self) -> int:
        """Where clients connect to."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def traffic(self) -> Traffic:
        """What has passed so far."""
        with self._lock:
            return self._traffic

    def serve(self) -> None:
        """Pass connections on until ``close`` is called."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port))
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._relay, args=(client, server), daemon=True).start()

    def close(self) -> None:
        """Stop accepting connections; those that are open end by themselves."""
        # close() alone does not wake up a thread that waits in accept().
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        """Pass both directions on until both have ended."""
        with client, server:
            for end in (client, server):
                # Else a piece may wait for the acknowledgement of the one before, up to 40 ms.
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            requests = threading.Thread(
                target=self._pump, args=(client, server), kwargs={"is_request": True}, daemon=True
            )
            requests.start()
            self._pump(server, client, is_request=False)
            requests.join()

    def _pump(self, source: socket.socket, target: socket.socket, *, is_request: bool) -> None:
        # A connection that is cut off is for its two ends to deal with.
        with suppress(OSError):
            while chunk := source.recv(_CHUNK_BYTES):
                self._count(len(chunk), is_request)
                target.sendall(chunk)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def _count(self, size: int, is_request: bool) -> None:
        with self._lock:
            before = self._traffic
            self._traffic = (
                Traffic(before.received, before.sent + size)
                if is_request
                else Traffic(before.received + size, before.sent)
            )


@contextmanager
def counting_proxy(server_port: int) -> Iterator[CountingProxy]:
    """Run a proxy to ``server_port`` of loopback while the body runs."""
    proxy = CountingProxy(server_port)
    threading.Thread(target=proxy.serve, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.close()
