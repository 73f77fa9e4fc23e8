"""The Django example in a container whose root is read-only, as an arbitrary user."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.pack import Pack, Volume
from tools.podman_service import Podman
from tools.prepared_buildpack import PreparedBuildpack
from tools.web_page import free_port, wait_for_page

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "django"
IMAGE = "cnb.local/django"


@pytest.fixture(scope="module")
def image(pack: Pack, prepared: PreparedBuildpack, builder: str) -> str:
    assert prepared.runtimes_dir is not None
    pack.build(
        IMAGE,
        EXAMPLE,
        builder,
        env={
            "BP_PYTHON_INVENTORY": "/runtimes/inventory.toml",
            "BP_PYTHON_VERSION": prepared.versions[0],
        },
        volumes=[Volume(prepared.runtimes_dir, "/runtimes")],
    )
    return IMAGE


def start_container(podman: Podman, *options: str) -> str:
    result = subprocess.run(
        podman.command("run", "--detach", *options),
        env=podman.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


# OpenShift runs images as a user that no image knows, in the group 0.
@pytest.mark.parametrize("writable", ["", "--read-only-tmpfs=false"], ids=["tmp", "nothing"])
def test_answers_on_a_read_only_root_as_any_user(
    podman: Podman, image: str, prepared: PreparedBuildpack, writable: str
) -> None:
    engine, port = podman.engine, free_port()
    options = ["--read-only", *filter(None, [writable]), "--user=12345:0", f"--env=PORT={port}"]
    container = start_container(podman, *options, "--env=SECRET_KEY=only for tests", image)
    try:
        page = wait_for_page(port, lambda: engine.is_running(container))
        log = engine.container_log(container)
    finally:
        engine.remove_container(container)
    assert f"Hello from Django 5.2.19 on Python {prepared.versions[0]}!" in page
    assert "Traceback" not in log
