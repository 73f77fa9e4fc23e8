"""Bytecode, compiled in the background on every processor, the same every time."""

from __future__ import annotations

import os
import queue
import stat
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.programs import COMPILE_WORKER
from python_buildpack.system.errors import InternalError
from python_buildpack.system.output import Output
from python_buildpack.system.text import joined

# Of source; small enough to keep all workers busy to the end.
_BATCH_BYTES = 128 * 1024
# The worker's exit status less the number of the error with which it could not write.
_NOT_WRITTEN = 64
# A shell's, for what it can't run; all from here on mean something else.
_NOT_RUN = 126


@dataclass(eq=False)
class BytecodeError(InternalError):
    """The interpreter that compiles could not be started, or failed."""

    python: str
    exit_status: int | None


@dataclass(frozen=True)
class _Source:
    """A file as it was when it was handed to a worker."""

    path: str
    modified_ns: int
    inode: int
    size: int


class BytecodeCompiler:
    """Compiles ``.py`` files in the background while others install more of them.

    What is installed is never checked against its source (PEP 552's unchecked hash), so that neither
    the time stamps that the exporter sets nor a read-only file system make it stale or cost a look.
    Its bytes depend on the sources, their paths and ``python`` alone.
    """

    def __init__(self, python: Path, *, checked: bool = False) -> None:
        """Take the interpreter that will import the files, to compile them.

        Args:
            checked: whether it is to look at each source again: for files that may be edited.
        """
        self._python = python
        self._checked = checked
        self._submitted: dict[str, _Source] = {}
        self._changed: dict[str, _Source] = {}
        self._batches: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()
        self._workers: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []
        self._left_out: set[str] = set()

    @property
    def left_out(self) -> tuple[str, ...]:
        """The files, by path, whose code is nested too deeply for bytecode; Python compiles them."""
        return tuple(sorted(self._left_out))

    def finish(self) -> None:
        """Wait until all that was submitted is compiled.

        Raises:
            BytecodeError: a worker failed.
            OSError: bytecode could not be written.
        """
        for status in self._end():
            if _NOT_WRITTEN < status < _NOT_RUN:
                raise OSError(status - _NOT_WRITTEN, os.strerror(status - _NOT_WRITTEN))
            if status != 0:
                raise BytecodeError(str(self._python), status)
        if self._changed:
            # Only now does nobody else write the bytecode of these files.
            self._enqueue(list(self._changed.values()))
            self._changed = {}
            self.finish()

    def abort(self) -> None:
        """Stop at once; what was submitted may be removed then."""
        for worker in self._workers:
            worker.kill()
        self._end()

    def submit(self, paths: Iterable[Path]) -> None:
        """Compile those files that are new; and at the end, those that have changed since.

        Raises:
            BytecodeError: no worker could be started; the files may be submitted again.
        """
        new: dict[str, _Source] = {}
        for source in map(_source, paths):
            if source is None:
                continue
            known = new.get(source.path) or self._submitted.get(source.path)
            if known is None:
                new[source.path] = source
            elif known != source:
                self._changed[source.path] = source
        self._enqueue(list(new.values()))
        # Not before: what is taken for compiled would stay without bytecode.
        self._submitted.update(new)

    def _enqueue(self, sources: list[_Source]) -> None:
        if sources and not self._workers:
            self._start()
        for batch in _batches(sources):
            self._batches.put(batch)

    def _end(self) -> list[int]:
        """End the workers when they have done their work, and return their exit statuses."""
        for _ in self._threads:
            self._batches.put(None)
        for thread in self._threads:
            thread.join()
        statuses = [worker.wait() for worker in self._workers]
        self._workers, self._threads = [], []
        return statuses

    def _start(self) -> None:
        try:
            for _ in os.sched_getaffinity(0):
                self._workers.append(_start_worker(self._python, checked=self._checked))
        except BytecodeError:
            # Nobody would feed those that were started, nor end them.
            for worker in self._workers:
                with worker:
                    worker.kill()
            self._workers = []
            raise
        self._threads = [
            threading.Thread(target=self._feed, args=(worker,), daemon=True)
            for worker in self._workers
        ]
        for thread in self._threads:
            thread.start()

    def _feed(self, worker: subprocess.Popen[bytes]) -> None:
        """Hand batches to one worker, each when the one before is done."""
        assert worker.stdin is not None  # noqa: S101 - for the type checker
        assert worker.stdout is not None  # noqa: S101 - for the type checker
        # A worker that has failed is noticed by its exit status.
        with suppress(BrokenPipeError), worker.stdin, worker.stdout:
            while (batch := self._batches.get()) is not None:
                worker.stdin.write(b"".join(os.fsencode(path) + b"\0" for path in batch) + b"\0")
                worker.stdin.flush()
                left_out = _answer(worker.stdout.fileno())
                if left_out is None:
                    return
                self._left_out.update(left_out)


@contextmanager
def bytecode_compiler(
    python: Path, *, checked: bool = False, output: Output | None = None
) -> Iterator[BytecodeCompiler]:
    """Give a compiler; the block ends when all is compiled, or at once, where it fails.

    Args:
        checked: whether it is to look at each source again: for files that may be edited.
        output: names the files that are left without bytecode.

    Raises:
        BytecodeError: ``python`` failed.
    """
    compiler = BytecodeCompiler(python, checked=checked)
    try:
        yield compiler
        compiler.finish()
    finally:
        compiler.abort()
    if output is not None and compiler.left_out:
        output.line(f"Not compiled, nested too deeply: {joined(compiler.left_out, 1)}")


def source_files(directory: Path, skipped: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Yield every ``.py`` file below ``directory``.

    Args:
        directory: links in it are not followed.
    """
    for parent, directories, names in os.walk(directory):
        directories[:] = sorted(name for name in directories if name not in skipped)
        yield from (Path(parent, name) for name in sorted(names) if name.endswith(".py"))


def _source(path: Path) -> _Source | None:
    """Return the file as it is now; None for a link, or if there is none."""
    try:
        status = path.lstat()
    # ValueError: what an installer has recorded need not be a possible path.
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return _Source(str(path), status.st_mtime_ns, status.st_ino, status.st_size)


def _batches(sources: Iterable[_Source]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for source in sources:
        batch.append(source.path)
        size += source.size
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _start_worker(python: Path, *, checked: bool) -> subprocess.Popen[bytes]:
    options = ["--checked"] if checked else []
    try:
        return subprocess.Popen(
            [str(python), "-s", "-S", "-B", str(COMPILE_WORKER), *options],
            env={"LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
    except OSError as error:
        raise BytecodeError(str(python), None) from error


def _answer(descriptor: int) -> list[str] | None:
    """Wait until the worker answers an empty path; return the paths before, None if it ended."""
    answer = b""
    while not (b"\0" + answer).endswith(b"\0\0"):
        part = os.read(descriptor, 65_536)
        if not part:
            return None
        answer += part
    return [os.fsdecode(path) for path in answer.split(b"\0") if path]
