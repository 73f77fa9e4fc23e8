"""The example app through the real lifecycle."""

from __future__ import annotations

import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from tools.lifecycle_build import Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import PreparedBuildpack
from tools.web_page import free_port, wait_for_page

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "flask"


def page_of(workspace: Workspace, image: Image) -> str:
    port = free_port()
    with workspace.start(image, ["web"], {"PORT": str(port)}) as process:
        try:
            page = wait_for_page(port, lambda: process.poll() is None)
            # Neither the launcher nor a shell is left in between.
            assert b"gunicorn" in Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")[1]
            process.terminate()
            assert process.wait(timeout=30) == 0
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return page


@pytest.mark.parametrize("position", [0, -1], ids=["newest", "oldest"])
def test_example_answers(
    workspace: Workspace,
    prepared: PreparedBuildpack,
    buildpack_env: dict[str, str],
    position: int,
) -> None:
    version = prepared.versions[position]
    env = {**buildpack_env, "BP_PYTHON_VERSION": version}
    image = workspace.build(EXAMPLE, env).require_image()
    assert page_of(workspace, image) == f"Hello from Flask 3.1.3 on Python {version}!\n"


def test_example_without_a_procfile_answers(
    workspace: Workspace, prepared: PreparedBuildpack, buildpack_env: dict[str, str], tmp_path: Path
) -> None:
    app = tmp_path / "app"
    shutil.copytree(EXAMPLE, app, ignore=shutil.ignore_patterns("Procfile"))
    env = {**buildpack_env, "BP_PYTHON_VERSION": prepared.versions[0]}
    result = workspace.build(app, env)
    assert re.search(
        r"  Process web: gunicorn .*app:app \(app\.py:8\), the default", result.buildpack_log
    )
    page = page_of(workspace, result.require_image())
    assert page == f"Hello from Flask 3.1.3 on Python {prepared.versions[0]}!\n"
