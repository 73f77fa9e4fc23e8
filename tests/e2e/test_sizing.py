"""An app is sized by the limits that a container engine has given its container."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.integration.apps import write_app
from tools.base_images import BaseImages
from tools.pack import Pack, Volume
from tools.podman_service import Podman
from tools.prepared_buildpack import PreparedBuildpack

LIMITS = ("--cpus=1.5", "--memory=600m")
CPUS = min(1.5, len(os.sched_getaffinity(0)))


def run(podman: Podman, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        podman.command("run", "--rm", *arguments),
        env=podman.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def limited(podman: Podman, images: BaseImages) -> Podman:
    """A podman that can limit containers."""
    process = run(podman, *LIMITS, "--entrypoint=true", images.run)
    if process.returncode != 0:
        reason = f"podman can't limit containers on this machine: {process.stderr.strip()}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return podman


@pytest.fixture(scope="module")
def image(
    pack: Pack,
    prepared: PreparedBuildpack,
    builder: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    app = write_app(
        tmp_path_factory.mktemp("source") / "app", {"requirements.txt": "", "app.py": ""}
    )
    assert prepared.runtimes_dir is not None
    pack.build(
        "cnb.local/sizing",
        app,
        builder,
        env={
            "BP_PYTHON_INVENTORY": "/runtimes/inventory.toml",
            "BP_PYTHON_VERSION": prepared.versions[0],
        },
        volumes=[Volume(prepared.runtimes_dir, "/runtimes")],
    )
    return "cnb.local/sizing"


def environment_in(podman: Podman, image: str, *options: str) -> tuple[dict[str, str], list[str]]:
    """Return the environment of a process in a container, and what was said of it."""
    process = run(
        podman, *options, "--env=BP_LOG_LEVEL=debug", "--entrypoint=launcher", image, "env"
    )
    assert process.returncode == 0, process.stderr
    lines = [line for line in process.stderr.splitlines() if line.startswith("Sizing: ")]
    return dict(line.split("=", 1) for line in process.stdout.splitlines()), lines


def test_limits(limited: Podman, image: str) -> None:
    environment, lines = environment_in(limited, image, *LIMITS)
    threads = "2" if CPUS > 1 else "1"
    assert lines == [
        f"Sizing: {CPUS:g} CPUs, 600 MiB of memory: WEB_CONCURRENCY=2, OMP_NUM_THREADS={threads}"
    ]
    assert (environment["WEB_CONCURRENCY"], environment["OMP_NUM_THREADS"]) == ("2", threads)


def test_what_the_user_has_set_stays(limited: Podman, image: str) -> None:
    environment, _ = environment_in(limited, image, *LIMITS, "--env=WEB_CONCURRENCY=7")
    assert environment["WEB_CONCURRENCY"] == "7"
    assert "OMP_NUM_THREADS" in environment


def test_a_part_of_a_cpu_and_tiny_memory(limited: Podman, image: str) -> None:
    environment, _ = environment_in(limited, image, "--cpus=0.5", "--memory=64m")
    assert (environment["WEB_CONCURRENCY"], environment["OMP_NUM_THREADS"]) == ("1", "1")


def test_no_limits(podman: Podman, image: str) -> None:
    environment, lines = environment_in(podman, image)
    assert lines == ["Sizing: no CPU quota: nothing is set"]
    assert not environment.keys() & {"WEB_CONCURRENCY", "OMP_NUM_THREADS"}
