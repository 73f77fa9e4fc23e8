"""Asking an app that was just started for its page."""

from __future__ import annotations

import http.client
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from tools.errors import ToolError

_START_SECONDS = 30.0


def free_port() -> int:
    """Return a TCP port of this machine's loopback that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_for_page(port: int, is_running: Callable[[], bool]) -> str:
    """Return what the app answers on ``port``, as soon as it does.

    Args:
        port: of this machine's loopback.
        is_running: whether it is worth waiting on.

    Raises:
        ToolError: the app ends, does not answer in time, or answers with an error.
    """
    url = f"http://127.0.0.1:{port}/"
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        page = _get(url)
        if page is not None:
            return page
        if not is_running():
            raise ToolError("The app ended before it answered.")
        time.sleep(0.1)
    raise ToolError(f"The app did not answer at {url} within {_START_SECONDS:.0f} s.")


def _get(url: str) -> str | None:
    """Return the page at ``url``, None where nothing listens yet."""
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
