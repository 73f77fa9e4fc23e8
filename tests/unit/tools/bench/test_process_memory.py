from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tools.bench.process_memory import MemoryPeaks, descendants

# Takes 40 MB and gives them back, then starts a process that keeps 20 MB.
PARENT = """
import subprocess, sys
taken = bytearray(40_000_000)
del taken
child = [sys.executable, "-c", "taken = bytearray(20_000_000); print(flush=True); input()"]
subprocess.run([*child])
"""


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as started:
        assert started.stdout is not None
        started.stdout.readline()
        yield started
        assert started.stdin is not None
        started.stdin.close()


def test_descendants_are_of_all_generations(process: subprocess.Popen[bytes]) -> None:
    assert process.pid in descendants(os.getpid())
    assert set(descendants(process.pid)) < set(descendants(os.getpid()))
    assert len(descendants(process.pid)) == 1


def test_peaks(process: subprocess.Popen[bytes]) -> None:
    peaks = MemoryPeaks()
    peaks.look(os.getpid(), lambda command: command[-1] == PARENT)
    assert peaks.own_bytes > 40_000_000
    assert peaks.tree_bytes > 20_000_000
    assert process.poll() is None


def test_peaks_of_no_such_process() -> None:
    peaks = MemoryPeaks()
    peaks.look(os.getpid(), lambda command: command[-1] == "none")
    assert (peaks.own_bytes, peaks.tree_bytes) == (0, 0)
