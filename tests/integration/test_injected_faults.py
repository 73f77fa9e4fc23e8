"""Whatever fails in a first build, it ends in a message, and the next build is right.

FAULTS=all in the environment has everything that a build from scratch writes, and every request of it,
fail in each way, which takes about an hour (FAULTS=1/2 is the first half). Modes, times and removals fail once
for each function that sees to them; so does, without FAULTS, one in STEP of all functions that change
files, and each request once. What comes when Python is there, or pip too, starts on these layers.
What is counted is the buildpack's own process: pip, and what compiles, meet full file systems
instead. pip itself comes from the index.
"""

from __future__ import annotations

import hashlib
import logging
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.catalog import first_uploads
from tests.integration.counted import Count
from tests.integration.direct_build import (
    IS_ROOT,
    TRIES_ALL,
    DirectBuild,
    assert_same_tree,
    own_part,
)
from tests.integration.downloaded_wheels import RenumberedWheel
from tests.integration.injected_build import (
    Course,
    Fault,
    Operation,
    Tally,
    build_again,
    digest_of_what_is_left,
    judge,
    keep_layers,
    operations,
    run_undisturbed,
    try_fault,
    with_injector,
)
from tests.integration.loopback_server import DIRECT
from tests.integration.python_archives import inventory
from tests.integration.slim_runtime import SlimRuntimes
from tests.integration.unreliable_index import ARCHIVE, KINDS, NetworkFault, UnreliableIndex
from tools.prepared_buildpack import PreparedBuildpack

# "speedup" is a source distribution, so that something is built and kept.
APP = {
    "requirements.txt": "tool==1.0\nplain==1.0\nspeedup\n",
    "main.py": "import tool\n",
}
# Of the layers' size when they are complete; something is removed on the way, so 1 may not do.
PARTS = (0.01, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
FEW_PARTS = (0.1, 0.6, 0.95)
# Of the functions that write, one of so many is tried.
STEP = 3
PIP_VERSION = "99.0"
_PAGE_BYTES = 4096
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class World:
    """An app to build, and the index that it asks.

    Attributes:
        courses: builds from scratch, on Python, and on Python and pip.
        expected: the layers that every build must come to.
        layer_bytes: how much room these need.
        proven: digests of what the courses find.
    """

    build: DirectBuild
    index: UnreliableIndex
    courses: tuple[Course, ...]
    expected: dict[str, str]
    layer_bytes: int
    proven: frozenset[str]

    @property
    def cold(self) -> Course:
        """The build from scratch."""
        return self.courses[0]

    def tally(self) -> Tally:
        """Return one that knows of the courses."""
        return Tally(proven={*self.proven})


@pytest.fixture(scope="module")
def world(prepared: PreparedBuildpack, slim_runtimes: SlimRuntimes, shared_dir: Path) -> World:
    directory = shared_dir / "injected"
    directory.mkdir()
    directory.chmod(0o755)
    version = slim_runtimes.versions[0]
    archive = (slim_runtimes.directory / f"{version}.tar.gz").read_bytes()
    index = UnreliableIndex(archive)
    index.uploads = first_uploads()
    index.upload(_next_pip(prepared.buildpack.directory))
    with index.serving():
        url = f"http://{index.host}{ARCHIVE}"
    listed = directory / "inventory.toml"
    text = inventory(url, hashlib.sha256(archive).hexdigest(), version=version)
    listed.write_text(text, encoding="utf-8")
    env = {
        **DIRECT,
        "BP_PIP_VERSION": PIP_VERSION,
        "BP_PYTHON_INVENTORY": str(listed),
        "PIP_INDEX_URL": index.url(),
        "PIP_RETRIES": "1",
        "PIP_TIMEOUT": "2",
    }
    buildpack = with_injector(prepared.buildpack.directory, directory / "buildpack")
    root = directory / "w"
    root.mkdir()
    build = DirectBuild(root, buildpack, APP, env)
    cold = _course(build, index)
    expected = build.left()
    files = [path.lstat() for path in build.layers_dir.rglob("*") if path.is_file()]
    layer_bytes = sum(-(-file.st_size // _PAGE_BYTES) * _PAGE_BYTES for file in files)
    kept = {"python"}, {"python", "pip"}
    starts = [keep_layers(build, names, directory / "-".join(names)) for names in kept]
    courses, proven = [cold], set()
    for start in starts:
        build.prepare(start)
        proven.add(digest_of_what_is_left(build))
        courses.append(_course(build, index, start))
        assert_same_tree(expected, build.left())
    return World(build, index, tuple(courses), expected, layer_bytes, frozenset(proven))


def _next_pip(buildpack: Path) -> RenumberedWheel:
    (wheel,) = (buildpack / "vendor").glob("pip-*.whl")
    return RenumberedWheel("pip", PIP_VERSION, original=wheel)


def _course(build: DirectBuild, index: UnreliableIndex, start: Path | None = None) -> Course:
    with index.serving():
        found = operations(build, start)
        return Course(start, found, tuple(index.paths))


def test_faults_of_files(world: World, count: Count) -> None:
    tally = world.tally()
    faults = own_part(_every_fault(world) if TRIES_ALL else _spread(world, STEP))
    assert len(faults) >= 12, world.cold.operations
    with world.index.serving():
        for number, (course, fault) in enumerate(faults):
            _LOG.info("%d of %d: %s", number, len(faults), fault)
            with tally.trying():
                try_fault(world.build, fault, world.expected, tally, course.start)
    count(f"{len(world.cold.operations)} file operations: {tally}")
    tally.require_no_problems()
    assert tally.left_something > 0


def test_faults_of_the_network(world: World, count: Count) -> None:
    tally = world.tally()
    faults = own_part(_network_faults(world, every=TRIES_ALL))
    assert {fault.kind for _, fault in faults} == set(KINDS)
    for number, (course, fault) in enumerate(faults):
        _LOG.info("%d of %d: %s", number, len(faults), fault)
        world.build.prepare(course.start)
        with world.index.serving(fault):
            result = run_undisturbed(world.build)
            asked = world.index.paths
        path = course.requests[fault.number]
        note = f"{fault.kind} at request {fault.number}, {path}\n{result.stdout}"
        with tally.trying(), world.index.serving():
            assert path in asked, note
            judge(world.build, result, world.expected, tally, note)
            if result.returncode != 0:
                build_again(world.build, world.expected, tally, note)
    count(f"{len(world.cold.requests)} requests: {tally}")
    tally.require_no_problems()
    assert tally.explained > 0


@pytest.mark.skipif(not IS_ROOT, reason="mounts small file systems, which needs root")
@pytest.mark.parametrize("name", ["layers", "tmp"])
def test_full_file_systems(world: World, name: str, count: Count) -> None:
    build, tally = world.build, world.tally()
    # Nothing is left of temporary files; the archive is the largest of what is there for a while.
    needed = world.layer_bytes if name == "layers" else world.index.archive_bytes
    with world.index.serving():
        for part in PARTS if TRIES_ALL else FEW_PARTS:
            build.prepare()
            with tally.trying(), _mounted(build, name, int(part * needed)) as directory:
                result = run_undisturbed(build)
                note = f"{name} of {part} of {needed} bytes\n{result.stdout}"
                judge(build, result, world.expected, tally, note)
                explanation = result.stdout.rpartition("\nError: ")[2]
                assert result.returncode == 0 or "No space left" in explanation, note
                _mount(directory, "remount,size=1g")
                build_again(build, world.expected, tally, note)
    count(f"full {name}: {tally}")
    tally.require_no_problems()
    assert tally.explained > 0


def _every_fault(world: World) -> Iterator[tuple[Course, Fault]]:
    yield from (each for each in _spread(world, 1) if not each[1].operation.is_write)
    places = {key: (course, each) for course in world.courses for key, each in _by_place(course)}
    for key, _ in _by_place(world.cold):
        course, operation = places[key]
        if operation.is_write:
            yield from ((course, Fault(operation, kind)) for kind in _kinds(operation))


def _by_place(course: Course) -> Iterator[tuple[tuple[str, str, str, int], Operation]]:
    """Yield operations with what finds them again in another course: what is done, how often before."""
    times: Counter[tuple[str, str, str]] = Counter()
    for operation in course.operations:
        done = (operation.event, operation.site, operation.path)
        yield (*done, times[done]), operation
        times[done] += 1


def _spread(world: World, step: int) -> Iterator[tuple[Course, Fault]]:
    """Yield faults of every ``step``th function and kind of operation: first, last, or between."""
    places = {
        site: (course, same) for course in world.courses for site, same in _by_site(course).items()
    }
    for number, (_, (course, same)) in enumerate(sorted(places.items())[::step]):
        kinds = _kinds(same[0])
        operation = (same[0], same[-1], same[len(same) // 2])[number % 3]
        yield course, Fault(operation, kinds[number % len(kinds)])


def _by_site(course: Course) -> dict[tuple[str, str], list[Operation]]:
    found: dict[tuple[str, str], list[Operation]] = {}
    for operation in course.operations:
        found.setdefault((operation.event, operation.site), []).append(operation)
    return found


def _network_faults(world: World, *, every: bool) -> Iterator[tuple[Course, NetworkFault]]:
    """Yield faults of every request; of each kind where ``every``, or where it's over at once."""
    cold, warm = world.cold.requests, world.courses[-1].requests
    assert ARCHIVE in cold
    assert any(f"/pip-{PIP_VERSION}-" in path for path in cold), cold
    assert any(path.endswith(".whl") for path in warm), warm
    early = [(world.cold, number) for number, path in enumerate(cold) if path not in warm or every]
    late = [] if every else [(world.courses[-1], number) for number in range(len(warm))]
    for place, (course, number) in enumerate([*early, *late]):
        is_quick = course.requests[number] == ARCHIVE
        for kind in KINDS if every or is_quick else (KINDS[place % len(KINDS)],):
            yield course, NetworkFault(number, kind)


def _kinds(operation: Operation) -> tuple[str, ...]:
    match operation.event:
        case "open":
            return ("HALF", "FULL", "EACCES")
        case "subprocess.Popen":
            return ("EAGAIN", "EACCES")
        case "os.mkdir" | "os.symlink" | "os.link":
            return ("FULL", "EACCES")
        case _:
            return ("EACCES",)


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
