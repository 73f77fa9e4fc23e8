"""The bytecode of an environment, compiled while distributions are still being installed into it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from python_buildpack.environment.record import dist_infos, read_record
from python_buildpack.layers.bytecode.compiler import BytecodeCompiler, BytecodeError, source_files

# Nobody imports a package's own tests in production; their sources stay, their bytecode would be
# a seventh of the layer and half of the work.
TEST_DIRECTORIES = frozenset({"test", "tests"})
_POLL_SECONDS = 0.1


@contextmanager
def compiling_bytecode(directory: Path, compiler: BytecodeCompiler) -> Iterator[None]:
    """Compile what the block installs into the environment at ``directory``.

    Each distribution is compiled as soon as it is complete. When the block has ended, everything is
    looked at once more: what isn't part of a distribution, and what another one has overwritten.
    """
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(directory, compiler, done), daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()
    compiler.submit(source_files(directory, TEST_DIRECTORIES))


def _watch(directory: Path, compiler: BytecodeCompiler, done: threading.Event) -> None:
    seen: set[Path] = set()
    while not done.wait(_POLL_SECONDS):
        for dist_info in dist_infos(directory):
            # The installer writes its name after all files of the distribution.
            # https://packaging.python.org/en/latest/specifications/recording-installed-packages/
            if dist_info not in seen and (dist_info / "INSTALLER").exists():
                seen.add(dist_info)
                # What RECORD names may be no path at all; what is there is found in the end, when
                # a compiler that can't be started ends the build.
                with suppress(BytecodeError, OSError, ValueError):
                    compiler.submit(recorded_sources(dist_info))


def recorded_sources(dist_info: Path) -> Iterator[Path]:
    """Yield the modules that a distribution lists, there or not, without those of its tests.

    None is outside of the directory that has the distribution.
    """
    for recorded, *_ in read_record(dist_info) or ():
        path = Path(recorded)
        is_inside = not path.is_absolute() and ".." not in path.parts
        is_test = not TEST_DIRECTORIES.isdisjoint(path.parts[:-1])
        if path.suffix == ".py" and is_inside and not is_test:
            yield dist_info.parent / path
