"""An image that follows changes of the app's code, through the real lifecycle and launcher."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from tools.lifecycle_build import Workspace
from tools.web_page import free_port, wait_for_page

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "flask"


def test_reload_follows_a_change(workspace: Workspace, buildpack_env: dict[str, str]) -> None:
    env = {**buildpack_env, "BP_LIVE_RELOAD_ENABLED": "true"}
    result = workspace.build(EXAMPLE, env)
    image = result.require_image()
    assert "  Process web: gunicorn --bind " in result.buildpack_log
    assert "  Process reload: gunicorn --reload --bind " in result.buildpack_log
    assert image.config["Entrypoint"] == ["/cnb/process/reload"]
    port = free_port()
    with workspace.start(image, ["reload"], {"PORT": str(port)}) as process:
        try:
            assert wait_for_page(port, lambda: process.poll() is None).startswith("Hello from")
            source = workspace.app_dir / "app.py"
            # At once, as editors do: an empty file would be read as an app that is broken.
            changed = source.with_suffix(".new")
            changed.write_text(source.read_text().replace("Hello from", "Changed to"))
            changed.replace(source)
            page, deadline = "", time.monotonic() + 60
            while not page.startswith("Changed to") and time.monotonic() < deadline:
                time.sleep(1)
                # gunicorn notes the files' times only some time after it has begun to answer.
                source.touch()
                page = wait_for_page(port, lambda: process.poll() is None)
            assert page.startswith("Changed to Flask")
            process.terminate()
            assert process.wait(timeout=30) == 0
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
