from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def cheap_builds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Spare the tests what takes longer than most of them.

    OpenSSL loads no certificates for a download, which are many. Bytecode is compiled by one process:
    most of what it does is to start.
    """
    # A file, and not the null device, in whose place our own code would look for others.
    empty = tmp_path_factory.mktemp("certificates") / "none.pem"
    empty.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(empty))
        patch.setattr(os, "sched_getaffinity", lambda _pid: {0})
        yield
