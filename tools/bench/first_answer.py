"""How long an image of the Django example takes to its first answer, beside a plain environment.

In a container without bytecode that can't write any, or that is new each time, everything that is
imported has to be compiled first.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.bench.runs import Place
from tools.bench.timed_command import run_command
from tools.environment import pip_environment
from tools.errors import ToolError
from tools.lifecycle_build import Workspace
from tools.oci_image import Image
from tools.web_page import free_port

IMAGE = "examples/django, from the launcher to the first answer"
PLAIN = "the same app in a plain environment without bytecode"
_BUILD_METADATA = "io.buildpacks.build.metadata"
_START_SECONDS = 60.0
_POLL_SECONDS = 0.005


def measure_first_answers(
    example: Path, place: Place, python: Path, pip_wheel: Path, runs: int
) -> Mapping[str, tuple[float, ...]]:
    """Return the seconds of each start, in turn, after one that isn't counted.

    Args:
        example: the Django example, which is built once.
        place: where.
        python: the interpreter of the plain environment; of the same archive as the image's.
        pip_wheel: the pip that fills the plain environment.
        runs: how often each is started.

    Raises:
        ToolError: the app can't be built, or doesn't answer.
    """
    directory = place.work_dir / "first-answer"
    directory.mkdir()
    workspace = Workspace.create(directory / "workspace", place.lifecycle, [place.buildpack])
    environment = {
        "BP_PYTHON_INVENTORY": str(place.inventory),
        "BP_PYTHON_VERSION": place.python_versions[0],
    }
    image = workspace.build(example, environment).require_image()
    plain = _plain_environment(directory / "plain", example, python, pip_wheel)
    command = _web_command(image)
    works: Mapping[str, Callable[[], float]] = {
        IMAGE: lambda: _seconds(lambda env: workspace.start(image, ["web"], env)),
        PLAIN: lambda: _seconds(lambda env: _start_plain(plain, directory / "app", command, env)),
    }
    shutil.copytree(example, directory / "app")
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for run in range(runs + 1):
        for name, work in works.items():
            measured = work()
            if run > 0:
                seconds[name].append(measured)
    return {name: tuple(values) for name, values in seconds.items()}


def _plain_environment(directory: Path, example: Path, python: Path, pip_wheel: Path) -> Path:
    run_command([str(python), "-m", "venv", "--without-pip", str(directory)], example, {})
    pip = [str(directory / "bin" / "python"), f"{pip_wheel}/pip"]
    install = ["install", "--quiet", "--no-compile", "-r", "requirements.txt"]
    run_command([*pip, *install], example, pip_environment())
    # An interpreter comes with the bytecode of its own library; it is what is installed that hasn't.
    script = "import compileall, os; compileall.compile_dir(os.path.dirname(os.__file__), quiet=2)"
    run_command([str(python), "-c", script], example, {})
    return directory


def _web_command(image: Image) -> list[str]:
    """Return the command that the buildpack has found."""
    processes = json.loads(image.labels[_BUILD_METADATA])["processes"]
    (web,) = (process for process in processes if process["type"] == "web")
    return [*web["command"], *(web.get("args") or ())]


def _start_plain(
    plain: Path, app: Path, command: list[str], env: Mapping[str, str]
) -> subprocess.Popen[str]:
    path = f"{plain / 'bin'}:{os.environ.get('PATH', os.defpath)}"
    return subprocess.Popen(
        command,
        cwd=app,
        env={"PATH": path, "HOME": str(plain), "PYTHONDONTWRITEBYTECODE": "1", **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _seconds(start: Callable[[Mapping[str, str]], subprocess.Popen[str]]) -> float:
    """Start the app and return how long it takes until it answers; it is killed then."""
    port = free_port()
    process = start({"PORT": str(port), "SECRET_KEY": "only for the benchmark"})
    started = time.monotonic()
    try:
        while not _answers(port):
            if process.poll() is not None or time.monotonic() - started > _START_SECONDS:
                raise ToolError("The Django example doesn't answer.")
            time.sleep(_POLL_SECONDS)
        return time.monotonic() - started
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_START_SECONDS)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
