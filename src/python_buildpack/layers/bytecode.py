"""Bytecode for whole directories, compiled on every processor, the same every time."""

from __future__ import annotations

import contextlib
import heapq
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.errors import InternalError

_WORKER = Path(__file__).with_name("compile_worker.py")


@dataclass(eq=False)
class BytecodeError(InternalError):
    """The interpreter that compiles could not be run to its end."""

    python: str
    exit_status: int


def compile_directory(
    directory: Path,
    *,
    python: Path,
    skipped_directories: frozenset[str] = frozenset(),
) -> None:
    """Write the bytecode of every ``.py`` file below ``directory``.

    It is never checked against its source (PEP 552's unchecked hash), so that neither the time
    stamps that the exporter sets nor a read-only file system make it stale or cost a look.
    Its bytes depend on the sources, their paths and ``python`` alone.

    Args:
        directory: with all below it; links are not followed.
        python: the interpreter that will import the files.
        skipped_directories: names of directories whose files stay uncompiled.

    Raises:
        BytecodeError: ``python`` failed.
    """
    files = sorted(_sources(directory, skipped_directories))
    jobs = min(len(os.sched_getaffinity(0)), len(files))
    batches = _balanced(files, jobs)
    workers = [_start_worker(python, batch) for batch in batches]
    # All are waited for, so that none is left to itself where another fails.
    failures = [status for status in [worker.wait() for worker in workers] if status != 0]
    if failures:
        raise BytecodeError(str(python), failures[0])


def _sources(directory: Path, skipped_directories: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Yield the path and the size in bytes of each ``.py`` file that is no link."""
    for parent, directories, names in os.walk(directory):
        directories[:] = [name for name in directories if name not in skipped_directories]
        for name in names:
            path = Path(parent, name)
            if name.endswith(".py") and not path.is_symlink():
                yield str(path), path.stat().st_size


def _balanced(files: Sequence[tuple[str, int]], jobs: int) -> list[list[str]]:
    """Split ``files`` into ``jobs`` lists of about the same number of bytes."""
    batches: list[tuple[int, int, list[str]]] = [(0, job, []) for job in range(jobs)]
    for path, size in sorted(files, key=lambda file: file[1], reverse=True):
        total, job, batch = heapq.heappop(batches)
        batch.append(path)
        heapq.heappush(batches, (total + size, job, batch))
    return [batch for _total, _job, batch in batches]


def _start_worker(python: Path, batch: Sequence[str]) -> subprocess.Popen[bytes]:
    worker = subprocess.Popen(
        [str(python), "-s", "-S", str(_WORKER)],
        env={"LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    assert worker.stdin is not None  # noqa: S101 - for the type checker
    # The worker reads the whole list before it compiles, so this doesn't hold up the others. One
    # that has ended already is told of by its exit status.
    with contextlib.suppress(BrokenPipeError), worker.stdin:
        worker.stdin.write(b"".join(os.fsencode(path) + b"\0" for path in batch))
    return worker
