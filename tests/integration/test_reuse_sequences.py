"""Whatever is edited, a build gives the layers that a build from nothing gives at that point.

SEQUENCES and EDITS in the environment say how many sequences of edits are tried, and how long each
is. A sequence is determined by its number, and a short one is the beginning of a long one.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Mapping
from random import Random

import pytest

from tests.integration.counted import Count
from tests.integration.edits import Requirement, State, locked, random_edit
from tests.integration.indexed_workspace import IndexedWorkspace
from tests.integration.layer_comparison import assert_same_layers
from tools.lifecycle_build import BuildResult
from tools.oci_image import Image

LOG = logging.getLogger(__name__)
SEQUENCES = int(os.environ.get("SEQUENCES", "20"))
EDITS = int(os.environ.get("EDITS", "2"))
LAYERS = ("python", "venv")
LOCKED = "are pinned, and nothing they depend on has changed"
VERDICTS = {
    LOCKED: "locked",
    "it is still the same": "resolved",
    "Not reusing the environment of the last build": "made anew",
}
UNPINNED = State(
    lines=(
        Requirement("plain"),
        Requirement("web", ("fast",)),
        Requirement("clash-b"),
        Requirement("space-one"),
        Requirement("shared", specifier=">=1"),
        Requirement("tool", marker='sys_platform == "linux"'),
    )
)
PINNED = {"plain": "1.0", "tool": "1.0", "clash-a": "1.0", "checks": "1.0", "speedup": "1.0"}
STARTS = (
    UNPINNED,
    locked(UNPINNED, PINNED, with_hashes=False),
    locked(UNPINNED, PINNED, with_hashes=True),
)
# The index decides about the first start only, so it is taken twice as often.
START_OF_SEQUENCE = (0, 1, 0, 2)


@pytest.fixture(scope="module")
def world(indexed: IndexedWorkspace) -> IndexedWorkspace:
    return indexed


@pytest.fixture(scope="module")
def starts(world: IndexedWorkspace) -> tuple[Image, ...]:
    """The images of ``STARTS``, named start-0 and so on."""
    return tuple(
        build(world, state, f"start-{number}").require_image()
        for number, state in enumerate(STARTS)
    )


@pytest.fixture(scope="module")
def verdicts() -> Counter[str]:
    """How often each verdict came out."""
    return Counter()


def build(world: IndexedWorkspace, state: State, image: str) -> BuildResult:
    """Build ``state`` on what builds of ``image`` before have left."""
    world.index.uploads = state.uploads
    files = state.files(world.index.host, world.runtimes.versions)
    return world.build(files, {"PIP_INDEX_URL": world.index.url(state.index)}, image=image)


@pytest.mark.parametrize("number", range(SEQUENCES))
def test_layers_are_those_of_a_build_from_nothing(
    number: int,
    world: IndexedWorkspace,
    starts: tuple[Image, ...],
    verdicts: Counter[str],
) -> None:
    random = Random(number)  # noqa: S311 - no secret
    start = START_OF_SEQUENCE[number % len(START_OF_SEQUENCE)]
    world.copy(f"start-{start}", "edited")
    state, image = STARTS[start], starts[start]
    history = [f"Start:\n{_text(state, world)}"]
    try:
        for _ in range(EDITS):
            name, edited = random_edit(random, state, _installed(image))
            history.append(f"Edit: {name}\n{_text(edited, world)}")
            before = image.layer_diff_ids()
            result = build(world, edited, "edited")
            world.remove("from-nothing")
            fresh = build(world, edited, "from-nothing")
            verdicts[_verdict(result)] += 1
            LOG.info("%s: %s, %s", number, name, _verdict(result))
            problem = _problem(result, fresh, before)
            report = [*history, problem or "", result.buildpack_log, fresh.buildpack_log]
            assert problem is None, "\n\n".join(report)
            if result.image is not None:
                # What can't be built is taken back before the next edit.
                image, state = result.image, edited
    finally:
        world.remove("edited")


def test_sequences_come_to_every_verdict(verdicts: Counter[str], count: Count) -> None:
    """After all of them: nothing is proven about a path that none has taken."""
    if sum(verdicts.values()) < SEQUENCES * EDITS or SEQUENCES < 20:
        pytest.skip("not all sequences ran")
    counts = ", ".join(f"{verdict} {count}" for verdict, count in verdicts.most_common())
    count(f"{SEQUENCES} sequences of {EDITS} edits: {counts}")
    assert {*VERDICTS.values(), "failed"} <= verdicts.keys()


def _problem(result: BuildResult, fresh: BuildResult, before: Mapping[str, str]) -> str | None:
    """Return what is wrong with an image, beside one of a build from nothing."""
    if fresh.image is None:
        if result.image is None:
            return None
        # What is locked isn't looked up, so that a release which is gone is not missed.
        after = result.image.layer_diff_ids()
        kept = LOCKED in result.log and all(after[name] == before[name] for name in LAYERS)
        return None if kept else "Only the build from nothing failed"
    if result.image is None:
        return "Only the build from nothing succeeded"
    try:
        assert_same_layers(fresh.image, result.image, [*LAYERS, "app"])
    except AssertionError as error:
        return str(error)
    if fresh.image.layer_diff_ids() != result.image.layer_diff_ids():
        return f"Layers differ: {fresh.image.layer_diff_ids()}, {result.image.layer_diff_ids()}"
    return None


def _verdict(result: BuildResult) -> str:
    if result.image is None:
        return "failed"
    return next((verdict for text, verdict in VERDICTS.items() if text in result.log), "first")


def _installed(image: Image) -> dict[str, str]:
    pins = image.layer_metadata("venv")["distributions"].split()
    return dict(pin.split("==", 1) for pin in pins)


def _text(state: State, world: IndexedWorkspace) -> str:
    """Return all that decides about an environment."""
    files = state.requirement_files(world.index.host)
    uploads = [
        f"{each.index}/{each.filename}{' (yanked)' if each.is_yanked else ''}"
        for each in state.uploads
    ]
    lines = [
        *(f"--- {name}\n{text}" for name, text in files.items()),
        f"Python {world.runtimes.versions[state.python % len(world.runtimes.versions)]}",
        f"index {state.index}: {' '.join(uploads)}",
        f"links: {' '.join(each.wheel_name for each in state.links)}; revision {state.revision}",
    ]
    return "\n".join(lines)
