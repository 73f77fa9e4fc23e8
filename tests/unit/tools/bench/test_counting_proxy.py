from __future__ import annotations

import socket
import threading

from tools.bench.counting_proxy import Traffic, counting_proxy


def test_traffic_since() -> None:
    assert Traffic(10, 20).since(Traffic(4, 5)) == Traffic(6, 15)


def test_counting_proxy_passes_on_and_counts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                while connection.recv(1 << 16):
                    pass
                connection.sendall(b"answer" * 100)

        thread = threading.Thread(target=answer)
        thread.start()
        with counting_proxy(server.getsockname()[1]) as proxy:
            with socket.create_connection(("127.0.0.1", proxy.port)) as client:
                client.sendall(b"question" * 10_000)
                client.shutdown(socket.SHUT_WR)
                received = b"".join(iter(lambda: client.recv(1 << 16), b""))
            thread.join()
            assert received == b"answer" * 100
            assert proxy.traffic == Traffic(received=600, sent=80_000)
