from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.apps import APP_WITH_A_LOCAL_WHEEL, write_app
from tests.integration.layer_comparison import assert_same_layers
from tests.integration.workspaces import cached_diff_ids, temporary_workspace
from tests.sampling import sampled
from tools.lifecycle_build import Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import PreparedBuildpack

LAYERS = ("python", "venv", "app")
# A build with another pip restores a cache, and writes another one at its end.
OTHER_PIP = {"BP_PIP_VERSION": "26.2"}
KILLED_AFTER = ("  Installing ", "  Compiling ", "===> EXPORTING")


@pytest.fixture(scope="module")
def workspace(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[Workspace]:
    with temporary_workspace(lifecycle, prepared.buildpack) as made:
        yield made


@pytest.fixture(scope="module")
def env(prepared: PreparedBuildpack) -> dict[str, str]:
    return {"BP_PYTHON_INVENTORY": f"{prepared.runtimes_dir}/inventory.toml"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_app(tmp_path_factory.mktemp("source") / "app", APP_WITH_A_LOCAL_WHEEL)


@dataclass(frozen=True)
class Undisturbed:
    """A build that was let alone: what it made, the lines at which others are killed, seconds."""

    image: Image
    cached: Mapping[str, str]
    lines: tuple[str, ...]
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(workspace: Workspace, app: Path, env: dict[str, str]) -> Undisturbed:
    start = time.monotonic()
    result = workspace.build(app, env, image="undisturbed")
    seconds = time.monotonic() - start
    lines = tuple(line for line in result.log.splitlines() if line.startswith(KILLED_AFTER))
    return Undisturbed(
        result.require_image(), cached_diff_ids(workspace, "undisturbed"), lines, seconds
    )


def assert_as_undisturbed(workspace: Workspace, undisturbed: Undisturbed, name: str) -> None:
    image = workspace.image(name)
    assert_same_layers(undisturbed.image, image, LAYERS)
    assert cached_diff_ids(workspace, name) == undisturbed.cached


def test_build_after_first_builds_that_were_killed(
    workspace: Workspace, app: Path, env: dict[str, str], undisturbed: Undisturbed
) -> None:
    """Each of the killed builds follows the one before on the same cache, as does the last."""
    assert len(undisturbed.lines) >= 4, undisturbed.lines
    for line in undisturbed.lines:
        build = workspace.start_build(app, env, image="killed")
        build.wait_for(line)
        build.kill()
    result = workspace.build(app, env, image="killed")
    assert result.exit_code == 0, result.log
    assert_as_undisturbed(workspace, undisturbed, "killed")


@pytest.mark.parametrize("part", sampled([0.2, 0.35, 0.5, 0.65, 0.8, 0.9], "0.5"))
def test_build_after_one_that_was_killed_at_any_time(
    workspace: Workspace,
    app: Path,
    env: dict[str, str],
    undisturbed: Undisturbed,
    part: float,
) -> None:
    build = workspace.start_build(app, env, image="killed-any-time")
    time.sleep(part * undisturbed.seconds)
    build.kill()
    result = workspace.build(app, env, image="killed-any-time")
    assert result.exit_code == 0, result.log
    assert_as_undisturbed(workspace, undisturbed, "killed-any-time")


# Not while the image is saved: the lifecycle writes the index of a layout in two steps, and fails
# at the next build if it was killed in between.
@pytest.mark.parametrize(
    "printed", sampled(["Restoring data for", "Adding cache layer"], "Adding cache layer")
)
def test_build_after_a_rebuild_that_was_killed(
    workspace: Workspace, app: Path, env: dict[str, str], undisturbed: Undisturbed, printed: str
) -> None:
    """The killed build has another pip than the one before, so that the cache changes."""
    if not (workspace.root / "cache" / "rebuilt").exists():
        workspace.build(app, env, image="rebuilt").require_image()
    build = workspace.start_build(app, {**env, **OTHER_PIP}, image="rebuilt")
    build.wait_for(printed)
    build.kill()
    result = workspace.build(app, env, image="rebuilt")
    assert result.exit_code == 0, result.log
    assert_as_undisturbed(workspace, undisturbed, "rebuilt")
