from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from python_buildpack import programs

PROGRAM = programs.RUN_AND_EXIT

SCRIPT = """\
import atexit, sys
atexit.register(print, "taken down")
print(sys.argv[1:], __name__, flush=False)
print("warning", file=sys.stderr)
sys.exit({code})
"""


def run(root: Path, code: str) -> subprocess.CompletedProcess[str]:
    script = root / "tool"
    script.write_text(SCRIPT.format(code=code))
    command = [sys.executable, str(PROGRAM), str(script), "install", "--quiet"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("code", ["0", "None", "False"])
def test_success_ends_without_taking_the_interpreter_down(tmp_path: Path, code: str) -> None:
    result = run(tmp_path, code)
    assert result.returncode == 0
    assert result.stdout == "['install', '--quiet'] __main__\n"
    assert result.stderr == "warning\n"


@pytest.mark.parametrize(
    ("code", "status", "message"), [("2", 2, ""), ("'no such thing'", 1, "no such thing\n")]
)
def test_failure_ends_as_ever(tmp_path: Path, code: str, status: int, message: str) -> None:
    result = run(tmp_path, code)
    assert result.returncode == status
    assert result.stdout == "['install', '--quiet'] __main__\ntaken down\n"
    assert result.stderr == f"warning\n{message}"


@pytest.mark.parametrize("program", [PROGRAM, PROGRAM.parent / ".." / "programs" / PROGRAM.name])
def test_neither_the_buildpacks_nor_the_apps_modules_come_first(
    tmp_path: Path, program: Path
) -> None:
    script = tmp_path / "tool"
    script.write_text("import sizing\n")
    (tmp_path / "sizing.py").write_text("")
    command = [sys.executable, str(program), str(script)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "No module named 'sizing'" in result.stderr


def test_the_script_is_named_as_itself(tmp_path: Path) -> None:
    script = tmp_path / "tool"
    script.write_text("import sys\nprint(sys.argv[0], __file__)\n")
    command = [sys.executable, str(PROGRAM), str(script)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == f"{script} {script}\n"
