"""What an interpreter tells of the libraries in it."""

from __future__ import annotations

import re
import subprocess
import sys

from python_buildpack.programs import RUNTIME_LIBRARIES


def test_libraries_that_are_linked_in() -> None:
    command = [sys.executable, "-I", "-S", "-B", str(RUNTIME_LIBRARIES)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    # mpdecimal, zlib and others are CPython's own or the machine's: what is told has the form.
    assert all(re.fullmatch(r"[a-z]+ \d[\w.]*", line) for line in result.stdout.splitlines())
    names = [line.partition(" ")[0] for line in result.stdout.splitlines()]
    assert set(names) <= {"expat", "mpdecimal", "openssl", "sqlite", "zlib", "zstd"}
    assert len(names) == len(set(names))
