"""Whatever fails in a first build, it ends in a message, and the next build is right.

FAULTS=all in the environment has every file operation fail in each way, which takes hours; without,
each function that writes fails once. What is counted is the buildpack's own process: pip, and what
compiles, meet full file systems instead.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from tests.integration.catalog import first_uploads
from tests.integration.direct_build import IS_ROOT, DirectBuild
from tests.integration.injected_build import (
    Fault,
    Operation,
    Tally,
    build_again,
    judge,
    operations,
    run_undisturbed,
    try_fault,
    with_injector,
)
from tests.integration.loopback_server import DIRECT
from tests.integration.python_archives import inventory
from tests.integration.slim_runtime import write_slim_runtimes
from tests.integration.unreliable_index import ARCHIVE, KINDS, NetworkFault, UnreliableIndex
from tools.console import say
from tools.prepared_buildpack import PreparedBuildpack

TRIES_ALL = os.environ.get("FAULTS") == "all"
# "speedup" is a source distribution, so that something is built and kept.
APP = {
    "requirements.txt": "tool==1.0\nplain==1.0\nspeedup\n",
    "main.py": "import tool\n",
}
# Of the layers' size when they are complete; something is removed on the way, so 1 may not do.
PARTS = (0.01, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class World:
    """An app to build, the index that it asks, and the layers that it must come to."""

    build: DirectBuild
    index: UnreliableIndex
    operations: tuple[Operation, ...]
    requests: tuple[str, ...]
    expected: dict[str, str]


@pytest.fixture(scope="module")
def world(prepared: PreparedBuildpack, shared_dir: Path) -> World:
    directory = shared_dir / "injected"
    directory.mkdir()
    directory.chmod(0o755)
    runtimes = write_slim_runtimes(prepared, directory / "runtimes")
    archive = (runtimes.directory / f"{runtimes.versions[0]}.tar.gz").read_bytes()
    index = UnreliableIndex(archive)
    index.uploads = first_uploads()
    with index.serving():
        listed = directory / "inventory.toml"
        listed.write_text(
            inventory(
                f"http://{index.host}{ARCHIVE}",
                hashlib.sha256(archive).hexdigest(),
                version=runtimes.versions[0],
            ),
            encoding="utf-8",
        )
        env = {
            **DIRECT,
            "BP_PYTHON_INVENTORY": str(listed),
            "PIP_INDEX_URL": index.url(),
            "PIP_RETRIES": "1",
            "PIP_TIMEOUT": "2",
        }
        buildpack = with_injector(prepared.buildpack.directory, directory / "buildpack")
        root = directory / "w"
        root.mkdir()
        build = DirectBuild(root, buildpack, APP, env)
        found = operations(build)
        return World(build, index, found, tuple(index.paths), build.left())


def test_faults_of_files(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    faults = list(_every_fault(world.operations) if TRIES_ALL else _spread(world.operations))
    assert len(faults) >= 30, world.operations
    with world.index.serving():
        for fault in faults:
            with tally.trying():
                try_fault(world.build, fault, world.expected, tally)
    _report(capsys, f"{len(world.operations)} file operations: {tally}")
    tally.require_no_problems()
    assert tally.built_again > 0


@pytest.mark.parametrize("kind", KINDS)
def test_faults_of_the_network(world: World, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    assert ARCHIVE in world.requests
    assert any(path.endswith(".whl") for path in world.requests), world.requests
    for number, path in enumerate(world.requests):
        world.build.prepare()
        with world.index.serving(NetworkFault(number, kind)):
            result = run_undisturbed(world.build)
            asked = world.index.paths
        note = f"{kind} at request {number}, {path}\n{result.stdout}"
        with tally.trying(), world.index.serving():
            assert path in asked, asked
            judge(world.build, result, world.expected, tally, note)
            if result.returncode != 0:
                build_again(world.build, world.expected, tally, note)
    _report(capsys, f"{kind}: {tally}")
    tally.require_no_problems()
    assert tally.explained > 0


@pytest.mark.skipif(not IS_ROOT, reason="mounts small file systems, which needs root")
@pytest.mark.parametrize("name", ["layers", "tmp"])
def test_full_file_systems(world: World, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    build, tally = world.build, Tally()
    with world.index.serving():
        needed = _size(build, name)
        for part in PARTS:
            build.prepare()
            with tally.trying(), _mounted(build, name, int(part * needed)) as directory:
                result = run_undisturbed(build)
                note = f"{name} of {part} of {needed} bytes\n{result.stdout}"
                judge(build, result, world.expected, tally, note)
                explanation = result.stdout.rpartition("\nError: ")[2]
                assert result.returncode == 0 or "No space left" in explanation, note
                _mount(directory, "remount,size=1g")
                build_again(build, world.expected, tally, note)
    _report(capsys, f"full {name}: {tally}")
    tally.require_no_problems()
    assert tally.explained > 0


def _every_fault(found: Sequence[Operation]) -> Iterator[Fault]:
    for operation in found:
        for kind in _kinds(operation):
            yield Fault(operation, kind)


def _spread(found: Sequence[Operation]) -> Iterator[Fault]:
    """Yield one fault of each function and kind of operation: of the first, the last, or between."""

    def site(operation: Operation) -> tuple[str, str]:
        return operation.event, operation.site

    for number, (_, group) in enumerate(groupby(sorted(found, key=site), key=site)):
        same = list(group)
        kinds = _kinds(same[0])
        yield Fault(
            (same[0], same[-1], same[len(same) // 2])[number % 3], kinds[number % len(kinds)]
        )


def _kinds(operation: Operation) -> tuple[str, ...]:
    match operation.event:
        case "open":
            return ("HALF", "FULL", "EACCES")
        case "subprocess.Popen":
            return ("EAGAIN", "EACCES")
        case "os.mkdir" | "os.symlink" | "os.link":
            return ("FULL", "EACCES")
        case _:
            return ("EACCES", "EIO")


def _size(build: DirectBuild, name: str) -> int:
    """Return how much of a file system an undisturbed build leaves used, or uses for the archive."""
    if name == "tmp":
        # Nothing is left there; the archive is the largest of what is there for a while.
        archives = (build.root.parent / "runtimes").glob("*.tar.gz")
        return max(archive.stat().st_size for archive in archives)
    build.prepare()
    with _mounted(build, name, 2**30) as directory:
        result = run_undisturbed(build)
        assert result.returncode == 0, result.stdout
        usage = os.statvfs(directory)
        return (usage.f_blocks - usage.f_bfree) * usage.f_frsize


@contextmanager
def _mounted(build: DirectBuild, name: str, size: int) -> Iterator[Path]:
    """Have one of the build's directories be a file system of ``size`` bytes."""
    directory = build.root / name
    _mount(directory, f"size={max(size, 1)}")
    try:
        build.give_away()
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def _mount(directory: Path, options: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        pytest.skip(f"can't mount a file system here: {result.stderr.strip()}")


def _report(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        say(f"\n{text}")
