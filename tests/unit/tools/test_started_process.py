from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tools.errors import ToolError
from tools.started_process import first_output, process_to_start


def labels(*types: str) -> dict[str, str]:
    processes = [{"type": each, "command": ["x"]} for each in types]
    return {"io.buildpacks.build.metadata": json.dumps({"processes": processes or None})}


def start(program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize(
    ("types", "expected"),
    [(("migrate", "web"), "web"), (("worker",), "worker"), (("worker", "beat"), "worker")],
)
def test_process_to_start(types: tuple[str, ...], expected: str) -> None:
    assert process_to_start(labels(*types)) == expected


def test_process_to_start_without_any() -> None:
    with pytest.raises(ToolError, match=r"no process to start(.|\n)*--command"):
        process_to_start(labels())


def test_first_output_of_what_ends() -> None:
    with start("print('done')") as process:
        assert first_output(process, 30) == "done\n"


def test_first_output_of_what_fails() -> None:
    fails = start("print('why'); raise SystemExit(3)")
    with fails as process, pytest.raises(ToolError, match=r"ended with 3:\nwhy"):
        first_output(process, 30)


def test_first_output_of_what_goes_on_stops_it() -> None:
    with start("import time; print('ready'); time.sleep(60)") as process:
        assert first_output(process, 3) == "ready\n"
        assert process.returncode == -15
