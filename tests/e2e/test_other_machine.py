"""Layers that are made on this machine by root, and in a container by a user without a name."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.direct_build import (
    UNKNOWN_UID,
    DirectBuild,
    assert_same_tree,
)
from tools.base_images import BaseImages
from tools.podman_service import Podman
from tools.prepared_buildpack import PreparedBuildpack

# What differs from machine to machine, beside the distribution, the user and the host's name.
ELSEWHERE = {"TZ": "Asia/Tokyo", "LANG": "C", "PYTHONHASHSEED": "7"}


@pytest.fixture
def build(prepared: PreparedBuildpack) -> Iterator[DirectBuild]:
    assert prepared.runtimes_dir is not None
    env = {
        "BP_PYTHON_INVENTORY": str(prepared.runtimes_dir / "inventory.toml"),
        "BP_PYTHON_VERSION": prepared.versions[0],
    }
    with tempfile.TemporaryDirectory(prefix="cnb-") as temporary:
        root = Path(temporary)
        root.chmod(0o755)
        files = {"requirements.txt": "markupsafe==3.0.3\nsix==1.17.0\n", "app.py": ""}
        yield DirectBuild(root, prepared.buildpack.directory, files, env)


def test_layers_are_the_same(
    podman: Podman, images: BaseImages, prepared: PreparedBuildpack, build: DirectBuild
) -> None:
    build.prepare()
    here = replace(build, wrapper=("env", "LC_ALL=C.UTF-8")).run()
    assert here.returncode == 0, here.stdout
    expected = layers_of(build)
    assert "python/bin/python3" in expected
    build.prepare()
    elsewhere = run_in_container(podman, images.build, prepared, build)
    assert elsewhere.returncode == 0, elsewhere.stdout
    assert_same_tree(expected, layers_of(build), elsewhere.stdout)


def layers_of(build: DirectBuild) -> dict[str, str]:
    """Return what is in the layers, and what is said of all but one, which has the distribution."""
    return {path: digest for path, digest in build.left().items() if path != "venv.toml"}


def run_in_container(
    podman: Podman, image: str, prepared: PreparedBuildpack, build: DirectBuild
) -> subprocess.CompletedProcess[str]:
    """Run bin/build by a user without a name, whose files are nobody else's."""
    directories = (build.root, build.buildpack, prepared.runtimes_dir)
    command = podman.command(
        *("run", "--rm", "--network=host", f"--user={UNKNOWN_UID}:{UNKNOWN_UID}"),
        *(f"--volume={directory}:{directory}" for directory in directories),
        *(f"--env={name}={value}" for name, value in {**build.variables, **ELSEWHERE}.items()),
        *(f"--workdir={build.app_dir}", "--entrypoint=/bin/sh", image),
        *("-c", 'umask 077 && exec "$0"', str(build.buildpack / "bin" / "build")),
    )
    return subprocess.run(
        command,
        env=podman.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
