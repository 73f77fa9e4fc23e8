from __future__ import annotations

import pytest

from python_buildpack.layers.runtime.fix_ups import UnknownLayoutError
from python_buildpack.messages.wording import message_for
from python_buildpack.system.archive import BrokenArchiveError, UnsafeArchiveError
from python_buildpack.system.download import ChecksumMismatchError, DownloadError
from python_buildpack.system.errors import BuildpackError

URL = "https://****@mirror.example/python.tar.gz"


def test_download_error() -> None:
    message = message_for(DownloadError(URL, 5, "the server answered 503 Service Unavailable"))
    assert message.heading == "A download failed"
    assert message.body.startswith(
        f"URL: {URL}\nTried 5 times. Last error: the server answered 503 Service Unavailable\n\n"
    )
    settings = ("HTTPS_PROXY", "NO_PROXY", "BP_DEPENDENCY_MIRROR", "BP_PYTHON_INVENTORY")
    for setting in (*settings, "of type ca-certificates", "SSL_CERT_FILE", "USER:PASSWORD@PROXY"):
        assert setting in message.body


def test_download_error_of_one_attempt() -> None:
    message = message_for(DownloadError(URL, 1, "the server answered 404 Not\x1bFound"))
    assert "Tried once. Last error: the server answered 404 Not\\x1bFound\n" in message.body


def test_checksum_mismatch() -> None:
    message = message_for(ChecksumMismatchError(URL, "a" * 64, "b" * 64))
    assert message.heading == "Checksum mismatch"
    assert message.body.startswith(
        f"URL: {URL}\nExpected sha256: {'a' * 64}\nReceived sha256: {'b' * 64}\n\n"
    )
    assert "BP_PYTHON_INVENTORY" in message.body


def test_unsafe_archive() -> None:
    error = UnsafeArchiveError("python.tar.gz", "python/\x1b[2J", "is written through a link")
    message = message_for(error)
    assert message.heading == "Unsafe archive"
    assert message.body.startswith(
        "Archive: python.tar.gz\n"
        "Member: python/\\x1b[2J\n"
        "Problem: it is written through a link, and could write outside of its layer.\n"
    )


def test_broken_archive() -> None:
    message = message_for(BrokenArchiveError("python.tar.gz", "not a gzip file"))
    assert message.heading == "Invalid archive"
    assert message.body.startswith("Archive: python.tar.gz\nProblem: not a gzip file\n")


def test_unknown_layout() -> None:
    message = message_for(UnknownLayoutError("bin/python3.13"))
    assert message.heading == "Unexpected layout of a Python archive"
    assert message.body.startswith("Missing: bin/python3.13\n")


@pytest.mark.parametrize(
    "error",
    [
        UnsafeArchiveError("f", "m", "p"),
        BrokenArchiveError("f", "p"),
        UnknownLayoutError("bin/python3.13"),
    ],
)
def test_archives_of_the_user_are_explained(error: BuildpackError) -> None:
    body = message_for(error).body
    assert "BP_PYTHON_INVENTORY" in body
    assert "install_only" in body
