"""Asking an app that was just started for its page."""

from __future__ import annotations

import http.client
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TypeVar

from tools.errors import ToolError

T = TypeVar("T")

_START_SECONDS = 30.0


def free_port() -> int:
    """Return a TCP port of this machine's loopback that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_for_page(
    port: int, is_running: Callable[[], bool], *, seconds: float = _START_SECONDS
) -> str:
    """Return what the app answers on ``port``, as soon as it does.

    Args:
        port: of this machine's loopback.
        is_running: whether it is worth waiting on.
        seconds: how long it is.

    Raises:
        ToolError: the app ends, does not answer in time, or answers with an error.
    """
    url = f"http://127.0.0.1:{port}/"
    return _wait_for(lambda: _get(url), url, is_running, seconds)


def wait_for_status(port: int, path: str, is_running: Callable[[], bool]) -> int:
    """Return the status of what the app answers, whatever it is, as soon as it does.

    Args:
        port: of this machine's loopback.
        path: what is requested; redirects aren't followed.
        is_running: whether it is worth waiting on.

    Raises:
        ToolError: the app ends, or does not answer in time.
    """
    return _wait_for(lambda: _status(port, path), f"port {port}", is_running)


def _wait_for(
    ask: Callable[[], T | None],
    place: str,
    is_running: Callable[[], bool],
    seconds: float = _START_SECONDS,
) -> T:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if answer is not None:
            return answer
        if not is_running():
            raise ToolError("The app ended before it answered.")
        time.sleep(0.1)
    raise ToolError(f"The app did not answer at {place} within {seconds:.0f} s.")


def _status(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_START_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _get(url: str) -> str | None:
    """Return the page at ``url``, None if nothing listens yet."""
    # Not through a proxy of the user's.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_START_SECONDS) as response:
            body: bytes = response.read()
            return body.decode(errors="replace")
    except urllib.error.HTTPError as error:
        if error.code != http.client.NOT_FOUND:
            raise ToolError(f"The app answered {url} with {error.code} {error.reason}.") from error
        # An app need not have a page at its root.
        return f"{error.code} {error.reason}"
    except (OSError, http.client.HTTPException):
        return None
