"""Downloads: streamed, verified, tried again, and never left half-made."""

from __future__ import annotations

import base64
import hashlib
import http.client
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from python_buildpack.system.errors import ServiceError
from python_buildpack.system.redaction import redact_urls

_CHUNK_BYTES = 256 * 1024
_MAX_WAIT_SECONDS = 30.0
_SCHEMES = frozenset({"https", "http", "file"})
_RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})

# What http.client says, which has no type for it.
_TUNNEL_STATUS = re.compile(r"Tunnel connection failed: (\d{3})")

# An OpenSSL that was built elsewhere looks for certificates where its builder kept them. These
# are the bundles of Debian, Fedora and RHEL, SUSE, and Alpine.
_CERTIFICATE_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)

Progress = Callable[[int, "int | None"], None]
"""Called with the bytes received so far and the size of the file, None if it isn't known."""


@dataclass(eq=False)
class DownloadError(ServiceError):
    """Every attempt failed, or the server refused in a way that no retry mends."""

    url: str
    attempts: int
    problem: str


@dataclass(eq=False)
class ChecksumMismatchError(ServiceError):
    """The bytes are not those that were requested."""

    url: str
    expected_sha256: str
    actual_sha256: str


@dataclass(frozen=True)
class _Failure:
    """Why an attempt failed, and whether another may not."""

    problem: str
    is_final: bool = False
    wait_seconds: float = 0.0


# What urllib says quotes a part of the URL, which may be one of a password with a "/" in it.
_INVALID_URL = _Failure("the URL is not valid", is_final=True)


def download_file(
    url: str,
    destination: Path,
    *,
    sha256: str,
    timeout: float = 30.0,
    attempts: int = 5,
    progress: Progress = lambda _received, _total: None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Download ``url`` to ``destination`` and verify it.

    Nothing is left at ``destination`` on failure. Proxies are taken from the environment as
    ``urllib`` does, certificates from ``SSL_CERT_FILE`` or the system's bundle. A user and
    password in the URL are sent to its host only, not to where it redirects.

    Args:
        url: ``https://``, ``http://`` or ``file://``.
        sha256: expected digest, lower-case hex.
        timeout: seconds without a byte before an attempt is abandoned.
        attempts: how often it is tried on connection errors, 429 and 5xx; other 4xx are final.
        sleep: waits between attempts; seconds.

    Raises:
        DownloadError: every attempt failed.
        ChecksumMismatchError: the bytes have another digest.
        OSError: ``destination`` can't be written.
    """
    partial = destination.with_name(destination.name + ".part")
    try:
        actual = _with_retries(
            url, attempts, sleep, lambda: _attempt(url, partial, timeout, progress)
        )
        if actual != sha256:
            raise ChecksumMismatchError(redact_urls(url), sha256, actual)
        partial.replace(destination)
    finally:
        partial.unlink(missing_ok=True)


def _with_retries(
    url: str,
    attempts: int,
    sleep: Callable[[float], None],
    attempt_once: Callable[[], str | _Failure],
) -> str:
    attempt = 1
    while isinstance(outcome := attempt_once(), _Failure):
        if outcome.is_final or attempt == attempts:
            # A server's complaint may quote the URL that it redirected to.
            problem = redact_urls(outcome.problem)
            raise DownloadError(redact_urls(url), attempt, problem)
        sleep(min(max(outcome.wait_seconds, 2.0 ** (attempt - 1)), _MAX_WAIT_SECONDS))
        attempt += 1
    return outcome


def _attempt(url: str, partial: Path, timeout: float, progress: Progress) -> str | _Failure:
    """Write what ``url`` gives to ``partial``; return its SHA-256, lower-case hex."""
    try:
        scheme = urllib.parse.urlsplit(url).scheme
        if scheme not in _SCHEMES:
            return _Failure(f"downloads from {scheme}:// are not supported", is_final=True)
        with open_url(url, timeout) as response, partial.open("wb") as file:
            return _receive(response, file, progress)
    except urllib.error.HTTPError as error:
        error.close()
        wait = error.headers.get("Retry-After", "")
        return _Failure(
            f"the server answered {error.code} {error.reason}",
            is_final=error.code not in _RETRIED_STATUSES,
            wait_seconds=float(wait) if wait.isdecimal() else 0.0,
        )
    except urllib.error.URLError as error:
        is_final = isinstance(error.reason, ssl.SSLCertVerificationError) or url.startswith("file:")
        return _Failure(str(error.reason), is_final or _is_refused_by_proxy(error.reason))
    except (http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
        if isinstance(error, http.client.InvalidURL):
            return _INVALID_URL
        return _Failure(str(error) or type(error).__name__)
    except ValueError:
        return _INVALID_URL


def _is_refused_by_proxy(reason: object) -> bool:
    """Whether a proxy has refused to open a tunnel, in a way that no retry mends."""
    match = _TUNNEL_STATUS.match(str(reason))
    return match is not None and int(match[1]) not in _RETRIED_STATUSES


def open_url(
    url: str, timeout: float, headers: Mapping[str, str] = MappingProxyType({})
) -> http.client.HTTPResponse:
    """Return the response to one request, with certificates and credentials as of downloads.

    Args:
        timeout: seconds without a byte.

    Raises:
        OSError, http.client.HTTPException, ValueError: the request failed.
    """
    handler = urllib.request.HTTPSHandler(context=_tls_context())
    opener = urllib.request.build_opener(handler)
    request = _request(url)
    for name, value in headers.items():
        request.add_header(name, value)
    response: http.client.HTTPResponse = opener.open(request, timeout=timeout)
    return response


def _request(url: str) -> urllib.request.Request:
    """Return a request for ``url``, its user and password as a header of this host alone."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    request = urllib.request.Request(  # noqa: S310 - the scheme is one of _SCHEMES
        urllib.parse.urlunsplit(parts._replace(netloc=host)),
        headers={"User-Agent": "python-buildpack"},
    )
    if parts.username:
        user = urllib.parse.unquote(f"{parts.username}:{parts.password or ''}")
        credentials = base64.b64encode(user.encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {credentials}")
    return request


def _receive(
    response: http.client.HTTPResponse, file: BinaryIO, progress: Progress
) -> str | _Failure:
    digest = hashlib.sha256()
    received = 0
    length = response.headers.get("Content-Length")
    total = int(length) if length and length.isdecimal() else None
    while chunk := response.read(_CHUNK_BYTES):
        file.write(chunk)
        digest.update(chunk)
        received += len(chunk)
        progress(received, total)
    # http.client takes an early end of the connection for the end of the file.
    if total is not None and received < total:
        return _Failure(f"the connection ended after {received} of {total} bytes")
    return digest.hexdigest()


def _tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not ssl.get_default_verify_paths().cafile:
        bundle = next((path for path in _CERTIFICATE_BUNDLES if Path(path).is_file()), None)
        if bundle:
            context.load_verify_locations(bundle)
    return context


def mirrored_url(url: str, mirror: str | None) -> str:
    """Return ``url`` with its scheme and host replaced by ``mirror``, if there is one.

    A path in ``mirror`` goes before the URL's own path:
    ``https://mirror.example/python`` + ``/astral-sh/x.tar.gz``. ``{originalHost}`` in it stands for
    the URL's host, as Paketo's buildpacks have it.
    ``file://`` URLs already are where they should be and stay as they are.
    """
    parts = urllib.parse.urlsplit(url)
    if not mirror or parts.scheme == "file":
        return url
    base = urllib.parse.urlsplit(mirror)
    path = base.path.rstrip("/").replace("{originalHost}", parts.netloc) + parts.path
    return urllib.parse.urlunsplit((base.scheme, base.netloc, path, parts.query, ""))
