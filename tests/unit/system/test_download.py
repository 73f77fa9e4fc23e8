from __future__ import annotations

import base64
import contextlib
import hashlib
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from python_buildpack.system.download import (
    ChecksumMismatchError,
    DownloadError,
    download_file,
    mirrored_url,
)

CONTENTS = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENTS).hexdigest()


@dataclass
class Answer:
    """What the server does with one request.

    Args:
        status: 0 closes the connection without a word.
        sent: how many bytes of the body; None for all.
        delay: seconds before the body.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None
    delay: float = 0.0
    has_length: bool = True


@dataclass
class Server:
    port: int
    answers: list[Answer] = field(default_factory=list)
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/python.tar.gz"


class Handler(BaseHTTPRequestHandler):
    server: HttpServer

    def do_GET(self) -> None:
        state = self.server.state
        state.requests.append((self.path, self.headers["Authorization"]))
        answer = state.answers.pop(0)
        if answer.status == 0:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        body = CONTENTS if answer.status == 200 else b"<html>"
        if answer.has_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        time.sleep(answer.delay)
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body[: answer.sent])

    def do_CONNECT(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


class HttpServer(ThreadingHTTPServer):
    state: Server
    # Closing waits for no thread: that of the slow answer is still asleep.
    block_on_close = False


@contextlib.contextmanager
def running(answers: Sequence[Answer], tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    with HttpServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.state = Server(server.server_address[1], list(answers))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.state
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@dataclass
class Attempted:
    destination: Path
    error: DownloadError | ChecksumMismatchError | None
    waits: list[float]

    @property
    def download_error(self) -> DownloadError:
        assert isinstance(self.error, DownloadError)
        return self.error


@pytest.fixture
def attempt(tmp_path: Path) -> Callable[..., Attempted]:
    """Download, and see to it that a failure leaves nothing behind."""

    def download(url: str, *, sha256: str = SHA256, **options: float) -> Attempted:
        directory = tmp_path / "downloads"
        directory.mkdir()
        done = Attempted(directory / "python.tar.gz", None, [])
        try:
            download_file(url, done.destination, sha256=sha256, sleep=done.waits.append, **options)  # type: ignore[arg-type]
        except (DownloadError, ChecksumMismatchError) as error:
            done.error = error
        left = [path.name for path in directory.iterdir()]
        assert left == ([] if done.error else ["python.tar.gz"])
        return done

    return download


def test_download_file(attempt: Callable[..., Attempted]) -> None:
    with running([Answer()]) as server:
        done = attempt(server.url)
    assert done.destination.read_bytes() == CONTENTS
    assert server.requests == [("/python.tar.gz", None)]
    assert done.waits == []


def test_download_file_replaces_what_is_there(tmp_path: Path) -> None:
    destination = tmp_path / "python.tar.gz"
    destination.write_bytes(b"old")
    (tmp_path / "python.tar.gz.part").write_bytes(b"what a killed build left" * 100_000)
    with running([Answer()]) as server:
        download_file(server.url, destination, sha256=SHA256)
    assert destination.read_bytes() == CONTENTS
    assert [path.name for path in tmp_path.iterdir()] == ["python.tar.gz"]


def test_download_file_tells_its_progress(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    with running([Answer(), Answer(has_length=False)]) as server:
        for _ in range(2):
            download_file(
                server.url,
                tmp_path / "f",
                sha256=SHA256,
                progress=lambda received, total: told.append((received, total)),
            )
    known = [received for received, total in told if total == len(CONTENTS)]
    unknown = [received for received, total in told if total is None]
    assert known == sorted(known)
    assert len(known) > 1
    assert known[-1] == unknown[-1] == len(CONTENTS)


FAILURE = Answer(503)


@pytest.mark.parametrize(
    ("answers", "waits"),
    [
        pytest.param([FAILURE, FAILURE, Answer()], [1, 2], id="503"),
        pytest.param([Answer(500), Answer(502), Answer(504), Answer()], [1, 2, 4], id="5xx"),
        pytest.param([Answer(408), Answer(425), Answer()], [1, 2], id="too-early"),
        pytest.param([Answer(429, {"Retry-After": "7"}), Answer()], [7], id="429"),
        pytest.param([Answer(429, {"Retry-After": "3600"}), Answer()], [30], id="429-for-an-hour"),
        pytest.param([Answer(429, {"Retry-After": "0"}), Answer()], [1], id="429-at-once"),
        pytest.param([Answer(503, {"Retry-After": "-5"}), Answer()], [1], id="negative"),
        pytest.param(
            [Answer(503, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}), Answer()],
            [1],
            id="date",
        ),
        pytest.param([Answer(sent=300_000), Answer()], [1], id="truncated"),
        pytest.param([Answer(sent=0), Answer()], [1], id="truncated-at-once"),
        pytest.param([Answer(0), Answer()], [1], id="connection-closed"),
    ],
)
def test_download_file_tries_again(
    attempt: Callable[..., Attempted], answers: list[Answer], waits: list[float]
) -> None:
    with running(answers) as server:
        done = attempt(server.url)
    assert done.error is None
    assert done.destination.read_bytes() == CONTENTS
    assert done.waits == waits


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (FAILURE, "the server answered 503 Service Unavailable"),
        (Answer(sent=1000), f"the connection ended after 1000 of {len(CONTENTS)} bytes"),
        (Answer(0), "Remote end closed connection without response"),
    ],
)
def test_download_file_gives_up(
    attempt: Callable[..., Attempted], answer: Answer, problem: str
) -> None:
    with running([answer] * 5) as server:
        done = attempt(server.url)
    error = done.download_error
    assert (error.url, error.attempts, error.problem) == (server.url, 5, problem)
    assert done.waits == [1, 2, 4, 8]
    assert server.answers == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 501])
def test_download_file_does_not_try_again(attempt: Callable[..., Attempted], status: int) -> None:
    with running([Answer(status)]) as server:
        done = attempt(server.url)
    assert done.download_error.attempts == 1
    assert done.download_error.problem.startswith(f"the server answered {status} ")
    assert done.waits == []


def test_download_file_slow_server(attempt: Callable[..., Attempted]) -> None:
    with running([Answer(delay=0.5)] * 2) as server:
        done = attempt(server.url, timeout=0.05, attempts=2)
    assert done.download_error.attempts == 2
    assert "timed out" in done.download_error.problem


def test_download_file_nobody_listens(attempt: Callable[..., Attempted]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        done = attempt(f"http://127.0.0.1:{unused.getsockname()[1]}/f", attempts=3)
    assert done.download_error.attempts == 3
    assert "Connection refused" in done.download_error.problem


def test_download_file_of_other_bytes(attempt: Callable[..., Attempted]) -> None:
    expected = "0" * 64
    with running([Answer()]) as server:
        done = attempt(server.url, sha256=expected)
    assert isinstance(done.error, ChecksumMismatchError)
    assert (done.error.url, done.error.expected_sha256) == (server.url, expected)
    assert done.error.actual_sha256 == SHA256
    assert done.waits == []


def test_download_file_wrong_checksum_keeps_what_was_there(tmp_path: Path) -> None:
    destination = tmp_path / "python.tar.gz"
    destination.write_bytes(b"old")
    with running([Answer()]) as server, pytest.raises(ChecksumMismatchError):
        download_file(server.url, destination, sha256="0" * 64)
    assert [path.name for path in tmp_path.iterdir()] == ["python.tar.gz"]
    assert destination.read_bytes() == b"old"


def test_download_file_no_place_for_it(tmp_path: Path) -> None:
    with running([Answer()]) as server, pytest.raises(FileNotFoundError):
        download_file(server.url, tmp_path / "missing" / "f", sha256=SHA256)


BASIC = "Basic " + base64.b64encode(b"user@example:pa/ss").decode()


def test_download_file_sends_credentials(attempt: Callable[..., Attempted]) -> None:
    with running([FAILURE, Answer()]) as server:
        url = server.url.replace("//", "//user%40example:pa%2Fss@")
        assert attempt(url).error is None
    assert server.requests == [("/python.tar.gz", BASIC)] * 2


def test_download_file_sends_a_token(attempt: Callable[..., Attempted]) -> None:
    with running([Answer()]) as server:
        assert attempt(server.url.replace("//", "//token@")).error is None
    assert server.requests[0][1] == "Basic " + base64.b64encode(b"token:").decode()


def test_download_file_sends_no_credentials_to_where_it_is_redirected(
    attempt: Callable[..., Attempted],
) -> None:
    with running([Answer()]) as elsewhere:
        moved = Answer(302, {"Location": elsewhere.url})
        with running([moved]) as server:
            url = server.url.replace("//", "//user%40example:pa%2Fss@")
            assert attempt(url).error is None
    assert server.requests == [("/python.tar.gz", BASIC)]
    assert elsewhere.requests == [("/python.tar.gz", None)]


@pytest.mark.parametrize(
    "answer",
    [Answer(404), Answer(302, {"Location": "ftp://user:pa55@127.0.0.1/"}), Answer()],
    ids=["404", "forbidden-redirect", "other-bytes"],
)
def test_download_file_shows_no_credentials(
    attempt: Callable[..., Attempted], answer: Answer
) -> None:
    with running([answer]) as server:
        done = attempt(server.url.replace("//", "//user:pa55@"), sha256="0" * 64)
    assert done.error is not None
    assert done.error.url == server.url.replace("//", "//****@")
    assert "pa55" not in repr(vars(done.error))


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://user:pa55/word@mirror.example/f", id="slash-in-password"),
        pytest.param("https://user:pa55#word@mirror.example/f", id="hash-in-password"),
        pytest.param("https://mirror.example/f g?token=pa55", id="space-in-path"),
        pytest.param("https://user:pa55@mirror\u2100.example/f", id="host-that-is-none"),
        pytest.param("https://user:pa55@[mirror/f", id="address-that-is-none"),
        pytest.param("https://user:pa55@mirror.example:port/f", id="port-that-is-none"),
        pytest.param("https://user:pa55@m\u00fcrror..example/f\u00fc", id="empty-label"),
    ],
)
def test_download_file_url_that_is_none(attempt: Callable[..., Attempted], url: str) -> None:
    done = attempt(url)
    assert done.download_error.attempts == 1
    assert done.download_error.problem
    assert "pa55" not in repr(vars(done.error))


@pytest.mark.parametrize("scheme", ["ftp", "data", ""])
def test_download_file_unsupported_scheme(attempt: Callable[..., Attempted], scheme: str) -> None:
    done = attempt(f"{scheme}://127.0.0.1/f")
    assert done.download_error.attempts == 1
    assert done.download_error.problem == f"downloads from {scheme}:// are not supported"


def test_download_file_from_a_file(attempt: Callable[..., Attempted], tmp_path: Path) -> None:
    source = tmp_path / "a b+c.tar.gz"
    source.write_bytes(CONTENTS)
    assert attempt(source.as_uri()).destination.read_bytes() == CONTENTS
    assert source.read_bytes() == CONTENTS


def test_download_file_from_no_file(attempt: Callable[..., Attempted], tmp_path: Path) -> None:
    done = attempt((tmp_path / "missing").as_uri())
    assert done.download_error.attempts == 1
    assert "No such file or directory" in done.download_error.problem


def test_download_file_from_a_directory(attempt: Callable[..., Attempted], tmp_path: Path) -> None:
    assert attempt(tmp_path.as_uri()).download_error.attempts == 1


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 that nobody has signed, and its key, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the program openssl is not there to make a certificate")
    path = tmp_path / "certificate.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", path, "-out", tmp_path / "only.pem"),
        ],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + (tmp_path / "only.pem").read_text())
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_download_file_untrusted_certificate(
    attempt: Callable[..., Attempted], tls: ssl.SSLContext
) -> None:
    with running([Answer()], tls) as server:
        done = attempt(server.url.replace("http:", "https:"))
    assert done.download_error.attempts == 1
    assert "certificate verify failed" in done.download_error.problem
    assert server.requests == []


def test_download_file_certificate_of_the_user(
    attempt: Callable[..., Attempted],
    tls: ssl.SSLContext,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running([Answer()], tls) as server:
        done = attempt(server.url.replace("http:", "https:"))
    assert done.error is None


def test_download_file_through_a_proxy(
    attempt: Callable[..., Attempted], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name)
    with running([Answer()]) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert attempt("http://archives.example/python.tar.gz").error is None
    assert proxy.requests == [("http://archives.example/python.tar.gz", None)]


@pytest.mark.parametrize(("status", "attempts"), [(407, 1), (403, 1), (502, 2)])
def test_download_file_proxy_that_opens_no_tunnel(
    attempt: Callable[..., Attempted], monkeypatch: pytest.MonkeyPatch, status: int, attempts: int
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name)
    with running([Answer(status)] * attempts) as proxy:
        monkeypatch.setenv("https_proxy", f"http://user:pa55@127.0.0.1:{proxy.port}")
        done = attempt("https://archives.example/python.tar.gz", attempts=2)
    assert done.download_error.attempts == attempts
    assert f"Tunnel connection failed: {status}" in done.download_error.problem
    assert "pa55" not in repr(vars(done.download_error))
    assert proxy.answers == []


ARCHIVE = "https://github.com/astral-sh/releases/cpython-3.13.0%2B1.tar.gz"
PATH = "/astral-sh/releases/cpython-3.13.0%2B1.tar.gz"


@pytest.mark.parametrize(
    ("url", "mirror", "expected"),
    [
        (ARCHIVE, None, ARCHIVE),
        (ARCHIVE, "", ARCHIVE),
        (ARCHIVE, "https://mirror.example", f"https://mirror.example{PATH}"),
        (ARCHIVE, "https://mirror.example/", f"https://mirror.example{PATH}"),
        (ARCHIVE, "http://mirror.example:81/a/b/", f"http://mirror.example:81/a/b{PATH}"),
        (ARCHIVE, "https://u:p@mirror.example", f"https://u:p@mirror.example{PATH}"),
        (ARCHIVE, "file:///srv/mirror", f"file:///srv/mirror{PATH}"),
        (f"{ARCHIVE}?a=b#c", "https://mirror.example", f"https://mirror.example{PATH}?a=b"),
        ("https://u:p@host.example/f", "https://mirror.example", "https://mirror.example/f"),
        ("file:///srv/f.tar.gz", "https://mirror.example", "file:///srv/f.tar.gz"),
    ],
)
def test_mirrored_url(url: str, mirror: str | None, expected: str) -> None:
    assert mirrored_url(url, mirror) == expected
