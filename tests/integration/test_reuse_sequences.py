"""Whatever is edited, a build gives the layers that a build from scratch gives at that point.

SEQUENCES and EDITS in the environment say how many sequences of edits are tried, and how long each
is. A sequence is determined by its number, and a short one is the beginning of a long one.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from tests.integration.app_state import FETCHED, Places, Requirement, State
from tests.integration.apps import write_app
from tests.integration.catalog import fetched
from tests.integration.conftest import ROOT
from tests.integration.counted import Count
from tests.integration.downloaded_wheels import DownloadedWheel
from tests.integration.edits import OTHER_PIP, locked, random_edit
from tests.integration.git_repository import Repository
from tests.integration.indexed_workspace import IndexedWorkspace
from tests.integration.layer_comparison import assert_same_layers
from tests.integration.loopback_server import DIRECT
from tests.integration.package_index import Upload
from tools.lifecycle_build import BuildResult
from tools.oci_image import Image
from tools.python_tools import PythonTool, ensure_python_tool

LOG = logging.getLogger(__name__)
SEQUENCES = int(os.environ.get("SEQUENCES", "20"))
EDITS = int(os.environ.get("EDITS", "2"))
LAYERS = ("python", "venv")
UV = ROOT / "requirements" / "uv.txt"
LOCKED = "Unchanged, and all pinned"
# The repository is the unprivileged user's, and Git has to be told to trust it.
_TRUST = "[safe]\ndirectory = *\n"
VERDICTS = {
    LOCKED: "locked",
    "Unchanged after resolving": "resolved",
    "Keeping from the previous image": "made around large ones",
    "Discarding the previous environment": "made anew",
}
UNPINNED = State(
    lines=(
        Requirement("plain"),
        Requirement("web", ("fast",)),
        Requirement("clash-b"),
        Requirement("space-one"),
        Requirement("shared", specifier=">=1"),
        Requirement("tool", marker='sys_platform == "linux"'),
        Requirement("bulk"),
        Requirement("space-large"),
    )
)
# Builds of these read and write more than their own files.
BUILT = State(
    lines=(Requirement("plain", specifier="==1.0"), Requirement("speedup", specifier="==1.0")),
    local="-e ./project",
    generates=True,
    fetched=FETCHED[0],
    variables=(("APP_FLAVOUR", "sweet"),),
)
PINNED = {
    **dict.fromkeys(("plain", "tool", "clash-a", "checks", "speedup"), "1.0"),
    **dict.fromkeys(("bulk", "bulk-plugin", "space-large"), "1.0"),
}
STARTS = (
    UNPINNED,
    locked(UNPINNED, PINNED, with_hashes=False),
    locked(UNPINNED, PINNED, with_hashes=True),
    BUILT,
    replace(BUILT, lines=UNPINNED.lines, manager="uv"),
)
# The index decides about the first start only, and the fourth has most that can go wrong: these
# are taken twice as often.
START_OF_SEQUENCE = (0, 3, 4, 1, 0, 3, 2)


@dataclass(frozen=True)
class World:
    """Where states are built.

    Attributes:
        workspace: where builds take place.
        tools: another pip and uv, which both indexes always have.
        places: what states refer to.
        uv: what makes the locks of those that have one of uv's.
    """

    workspace: IndexedWorkspace
    tools: tuple[Upload, ...]
    places: Places
    uv: PythonTool

    def app(self, state: State) -> Mapping[str, str | bytes]:
        """Return the files of ``state``, with its lock, and let the indexes have its uploads."""
        self.workspace.index.uploads = (*state.uploads, *self.tools)
        files = state.files(self.places, self.workspace.runtimes.versions)
        return {**files, **self._uv_lock(files)} if state.manager == "uv" else files

    def build(self, state: State, app: Mapping[str, str | bytes], image: str) -> BuildResult:
        """Build ``app`` of ``state`` on what builds of ``image`` before have left."""
        env = state.env(self.workspace.index.url(state.index))
        return self.workspace.build(app, env, image=image)

    def _uv_lock(self, files: Mapping[str, str | bytes]) -> dict[str, str]:
        """Return a lock of an app, or none where uv finds no resolution."""
        with tempfile.TemporaryDirectory() as directory:
            app = Path(directory) / "app"
            write_app(app, files)
            command = [str(self.uv.program), "lock", "--no-cache", "--python", sys.executable]
            trust = Path(directory) / "gitconfig"
            trust.write_text(_TRUST, encoding="utf-8")
            env = {**os.environ, **DIRECT, "GIT_CONFIG_GLOBAL": str(trust)}
            subprocess.run(command, cwd=app, env=env, check=False)
            lock = app / "uv.lock"
            return {"uv.lock": lock.read_text("utf-8")} if lock.exists() else {}


@pytest.fixture(scope="module")
def world(indexed: IndexedWorkspace, tmp_path_factory: pytest.TempPathFactory) -> World:
    if shutil.which("git") is None:
        pytest.skip("needs git")
    user, group = indexed.workspace.uid, indexed.workspace.gid
    repository = Repository(indexed.directory / "fetched", user, group)
    commits = tuple(repository.commit(fetched(revision)) for revision in range(2))
    wheels = tmp_path_factory.mktemp("wheels")
    _download(wheels, f"pip=={OTHER_PIP}")
    _download(wheels, "-r", str(UV))
    tools = [DownloadedWheel.read(wheel) for wheel in sorted(wheels.iterdir())]
    uploads = tuple(Upload(index, tool) for tool in tools for index in ("one", "two"))
    uv = ensure_python_tool(ROOT, "uv", UV)
    return World(indexed, uploads, Places(indexed.index.host, repository.url, commits), uv)


def _download(directory: Path, *requirements: str) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*command, "--dest", str(directory), *requirements], check=True)


@pytest.fixture(scope="module")
def starts(world: World) -> tuple[Image, ...]:
    """The images of ``STARTS``, named start-0 and so on."""
    return tuple(
        world.build(state, world.app(state), f"start-{number}").require_image()
        for number, state in enumerate(STARTS)
    )


@pytest.fixture(scope="module")
def verdicts() -> Counter[str]:
    """How often each verdict came out."""
    return Counter()


@pytest.mark.parametrize("number", range(SEQUENCES))
def test_layers_are_those_of_a_build_from_nothing(
    number: int,
    world: World,
    starts: tuple[Image, ...],
    verdicts: Counter[str],
) -> None:
    random = Random(number)  # noqa: S311 - no secret
    start = START_OF_SEQUENCE[number % len(START_OF_SEQUENCE)]
    world.workspace.copy(f"start-{start}", "edited")
    state, image = STARTS[start], starts[start]
    history = [f"Start:\n{_text(state, world)}"]
    try:
        for _ in range(EDITS):
            name, edited = random_edit(random, state, _installed(image))
            history.append(f"Edit: {name}\n{_text(edited, world)}")
            before = image.layer_diff_ids()
            app = world.app(edited)
            result = world.build(edited, app, "edited")
            world.workspace.remove("from-nothing")
            fresh = world.build(edited, app, "from-nothing")
            verdicts[_verdict(result)] += 1
            LOG.info("%s: %s, %s", number, name, _verdict(result))
            problem = _problem(result, fresh, before)
            report = [*history, problem or "", result.buildpack_log, fresh.buildpack_log]
            assert problem is None, "\n\n".join(report)
            if result.image is not None:
                # What can't be built is taken back before the next edit.
                image, state = result.image, edited
    finally:
        world.workspace.remove("edited")


def test_sequences_come_to_every_verdict(verdicts: Counter[str], count: Count) -> None:
    """After all of them: nothing is proven about a path that none has taken."""
    if sum(verdicts.values()) < SEQUENCES * EDITS or SEQUENCES < 20:
        pytest.skip("not all sequences ran")
    counts = ", ".join(f"{verdict} {count}" for verdict, count in verdicts.most_common())
    count(f"{SEQUENCES} sequences of {EDITS} edits: {counts}")
    assert {*VERDICTS.values(), "failed"} <= verdicts.keys()


def _problem(result: BuildResult, fresh: BuildResult, before: Mapping[str, str]) -> str | None:
    """Return what is wrong with an image, beside one of a build from scratch."""
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
        parts = [name for name in fresh.image.layer_diff_ids() if name.startswith("dist-")]
        assert_same_layers(fresh.image, result.image, [*LAYERS, "app", *parts])
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


def _text(state: State, world: World) -> str:
    """Return all that decides about an environment."""
    files = state.requirement_files(world.places)
    versions = world.workspace.runtimes.versions
    uploads = [
        f"{each.index}/{each.filename}{' (yanked)' if each.is_yanked else ''}"
        for each in state.uploads
    ]
    lines = [
        *(f"--- {name}\n{text}" for name, text in files.items()),
        f"Python {versions[state.python % len(versions)]}",
        f"index {state.index}: {' '.join(uploads)}",
        f"links: {' '.join(each.wheel_name for each in state.links)}",
        f"project: revision {state.revision}, VERSION {state.outside}",
        f"its backend {'generates a module' if state.generates else 'writes nothing'}",
        f"pip {state.pip or 'of the buildpack'}; {' '.join(map('='.join, state.variables))}",
    ]
    return "\n".join(lines)
