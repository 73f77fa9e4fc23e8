from __future__ import annotations

import errno
import os
import re

import pytest

from python_buildpack.system.unexpected import (
    DiskFullError,
    FileSystemError,
    file_system_fault,
    unexpected_fault,
)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("path", ["/layers/f", None])
def test_file_system_fault_full_disk(number: int, path: str | None) -> None:
    fault = file_system_fault(OSError(number, "full", path))
    assert isinstance(fault, DiskFullError)
    assert fault.path == path


@pytest.mark.parametrize(
    ("error", "path", "problem"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "/app/f"),
            "/app/f",
            "Permission denied",
        ),
        (OSError(errno.EIO, "Input/output error"), None, "Input/output error"),
        (OSError("no errno"), None, "no errno"),
        (OSError(errno.EROFS, "Read-only file system", 7), "7", "Read-only file system"),
    ],
)
def test_file_system_fault_others(error: OSError, path: str | None, problem: str) -> None:
    fault = file_system_fault(error)
    assert isinstance(fault, FileSystemError)
    assert (fault.path, fault.problem) == (path, problem)


def test_unexpected_fault_tells_where() -> None:
    with pytest.raises(KeyError) as caught:
        os.environ["NO_SUCH_VARIABLE"]
    fault = unexpected_fault(caught.value)
    assert (fault.kind, fault.text) == ("KeyError", "'NO_SUCH_VARIABLE'")
    assert re.fullmatch(r"\w+\.py:\d+|<frozen os>:\d+", fault.location)


def test_unexpected_fault_that_was_never_raised() -> None:
    assert unexpected_fault(ValueError("x")).location == "unknown"


def test_unexpected_fault_shows_no_credentials() -> None:
    fault = unexpected_fault(ValueError("bad: https://user:pa55@host.example"))
    assert fault.text == "bad: https://****@host.example"
