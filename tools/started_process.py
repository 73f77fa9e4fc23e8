"""Which process of an image to start, and what one prints that serves no pages."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping

from tools.errors import ToolError

WEB = "web"
# https://github.com/buildpacks/spec/blob/platform/v0.15/platform.md#iobuildpacksbuildmetadata-json
_BUILD_METADATA = "io.buildpacks.build.metadata"
# Long enough for a worker to say that it is ready.
OUTPUT_SECONDS = 6.0
_STOP_SECONDS = 10.0


def process_to_start(labels: Mapping[str, str]) -> str:
    """Return the type of an image's process: ``web``, or the first where there is none.

    Args:
        labels: the image's.

    Raises:
        ToolError: the image has no process.
    """
    processes = json.loads(labels[_BUILD_METADATA]).get("processes") or ()
    types = [str(process["type"]) for process in processes]
    if not types:
        raise ToolError(
            "The image has no process to start: the build's log says why, above.\n"
            "Write one into a Procfile, or name its command: scripts/try APP --command COMMAND"
        )
    return WEB if WEB in types else types[0]


def first_output(process: subprocess.Popen[str], seconds: float = OUTPUT_SECONDS) -> str:
    """Return what a process prints until it ends; where it goes on, it is stopped.

    Args:
        process: the leader of a process group, with its output in a pipe.
        seconds: how long it may run.

    Raises:
        ToolError: it ends by itself with a failure; the text is its output.
    """
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return _stop(process)
    if process.returncode != 0:
        raise ToolError(f"The process ended with {process.returncode}:\n{output}")
    return output


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kill a process group's leader and all that is left of the group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _stop(process: subprocess.Popen[str]) -> str:
    """Stop a process as a platform does, and return all that it printed."""
    process.terminate()
    try:
        return process.communicate(timeout=_STOP_SECONDS)[0]
    except subprocess.TimeoutExpired:
        kill_group(process)
        return process.communicate()[0]
