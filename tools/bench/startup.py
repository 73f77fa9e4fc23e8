"""How long the buildpack's own start takes, beside that of an interpreter that does nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.errors import ToolError
from tools.run_image import host_target

DETECT = "bin/detect, the whole process"
FIRST_LINE = "bin/build, until its first line"
PYTHON = "python3 -c pass"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def measure_start_up(buildpack: Path, app: Path, runs: int) -> Mapping[str, tuple[float, ...]]:
    """Return the seconds of each start, in turn, after one that isn't counted.

    Args:
        buildpack: the packaged buildpack.
        app: any Python app.
        runs: how often each is started.

    Raises:
        ToolError: one of them fails.
    """
    python = buildpack / "interpreter" / "bin" / "python3"
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        environment = _environment(buildpack, scratch)
        works: Mapping[str, Callable[[], float]] = {
            DETECT: lambda: _until_end([str(buildpack / "bin" / "detect")], app, environment),
            FIRST_LINE: lambda: _until_first_line(buildpack, app, environment),
            PYTHON: lambda: _until_end([str(python), "-c", "pass"], app, environment),
        }
        seconds: dict[str, list[float]] = {name: [] for name in works}
        for run in range(runs + 1):
            for name, work in works.items():
                _empty(scratch)
                measured = work()
                if run > 0:
                    seconds[name].append(measured)
    return {name: tuple(values) for name, values in seconds.items()}


def _environment(buildpack: Path, scratch: Path) -> dict[str, str]:
    target = host_target()
    return {
        "PATH": _PATH,
        "HOME": str(scratch),
        "CNB_BUILDPACK_DIR": str(buildpack),
        "CNB_PLATFORM_DIR": str(scratch / "platform"),
        "CNB_BUILD_PLAN_PATH": str(scratch / "plan.toml"),
        "CNB_BP_PLAN_PATH": str(scratch / "plan.toml"),
        "CNB_LAYERS_DIR": str(scratch / "layers"),
        "CNB_TARGET_OS": "linux",
        "CNB_TARGET_ARCH": target.architecture,
        "CNB_TARGET_DISTRO_NAME": target.distro_name,
        "CNB_TARGET_DISTRO_VERSION": target.distro_version,
    }


def _empty(scratch: Path) -> None:
    """Leave what the lifecycle gives: an empty plan, an empty layers directory."""
    for name in ("layers", "platform"):
        shutil.rmtree(scratch / name, ignore_errors=True)
        (scratch / name).mkdir()
    (scratch / "plan.toml").write_bytes(b"")


def _until_end(command: Sequence[str], app: Path, environment: Mapping[str, str]) -> float:
    started = time.monotonic()
    result = subprocess.run(command, cwd=app, env=environment, capture_output=True, check=False)
    seconds = time.monotonic() - started
    if result.returncode != 0:
        raise ToolError(f"{' '.join(command)} failed:\n{result.stdout.decode(errors='replace')}")
    return seconds


def _until_first_line(buildpack: Path, app: Path, environment: Mapping[str, str]) -> float:
    command = [str(buildpack / "bin" / "build")]
    started = time.monotonic()
    with subprocess.Popen(
        command, cwd=app, env=environment, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        line = process.stdout.readline() if process.stdout is not None else b""
        seconds = time.monotonic() - started
        # The build itself is measured elsewhere.
        os.killpg(process.pid, signal.SIGKILL)
    if not line.strip():
        raise ToolError(f"{command[0]} printed nothing.")
    return seconds
