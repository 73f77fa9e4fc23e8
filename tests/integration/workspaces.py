"""Workspaces that several tests of a module share, and the buildpack that comes after ours."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.lifecycle_build import Buildpack, Workspace
from tools.oci_image import Image
from tools.started_process import kill_group
from tools.web_page import free_port, wait_for_page

FIXTURES = Path(__file__).parent.parent / "fixtures"


@contextmanager
def temporary_workspace(lifecycle: Path, *buildpacks: Buildpack) -> Iterator[Workspace]:
    """Give a workspace for a group of buildpacks; it is gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="cnb-") as temporary:
        root = Path(temporary, "w")
        root.parent.chmod(0o755)
        root.mkdir()
        root.chmod(0o755)
        yield Workspace.create(root, lifecycle, buildpacks)


@contextmanager
def later_buildpack() -> Iterator[Buildpack]:
    """Give a buildpack that comes after ours; variables of the build say what it does.

    LATER_REQUIRES has the names of its requirements (default: python), LATER_METADATA a line of
    TOML for each one's metadata, and LATER_COMMANDS what its bin/build runs.
    """
    source = FIXTURES / "later_buildpack"
    with tempfile.TemporaryDirectory(prefix="cnb-later-") as temporary:
        directory = Path(temporary)
        (directory / "bin").mkdir()
        # Not the modes of the checkout, which may be private.
        for name, mode in (("buildpack.toml", 0o644), ("bin/detect", 0o755), ("bin/build", 0o755)):
            (directory / name).write_bytes((source / name).read_bytes())
            (directory / name).chmod(mode)
        for parent in (directory, directory / "bin"):
            parent.chmod(0o755)
        yield Buildpack(directory, "tests/later", "0.0.1")


def layer_names(workspace: Workspace) -> set[str]:
    """Return all that our buildpack, the first of the group, has in its layers directory."""
    layers_dir = workspace.buildpack_layers_dir(workspace.buildpacks[0])
    return {path.name for path in layers_dir.iterdir()} if layers_dir.exists() else set()


def cached_diff_ids(workspace: Workspace, image: str = "app") -> Mapping[str, str]:
    """Return the diffIDs of the layers that the last build of ``image`` left in its cache."""
    committed = workspace.root / "cache" / image / "committed"
    text = (committed / "io.buildpacks.lifecycle.cache.metadata").read_text(encoding="utf-8")
    return {
        name: layer["sha"]
        for buildpack in json.loads(text)["buildpacks"]
        for name, layer in buildpack["layers"].items()
    }


def served_page(workspace: Workspace, image: Image) -> str:
    """Return the page that the process ``web`` of an image serves."""
    port = free_port()
    with workspace.start(image, ["web"], {"PORT": str(port)}) as process:
        try:
            return wait_for_page(port, lambda: process.poll() is None)
        finally:
            kill_group(process)
