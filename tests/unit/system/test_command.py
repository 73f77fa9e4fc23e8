from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest

from python_buildpack.system.command import CommandFailedError, check_command, run_command
from python_buildpack.system.unexpected import DiskFullError

PYTHON = (sys.executable, "-I")


def test_run_command_argv_directory_and_environment(tmp_path: Path) -> None:
    code = "import json, os, sys; print(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]))"
    result = run_command(
        [*PYTHON, "-c", code, Path("/a b"), "$HOME", ""],
        environment={"ONLY": "this", "LC_CTYPE": "C.UTF-8"},
        working_dir=tmp_path,
    )
    arguments, directory, environment = json.loads(result.output)
    assert arguments == ["/a b", "$HOME", ""]
    assert directory == str(tmp_path)
    assert environment == {"ONLY": "this", "LC_CTYPE": "C.UTF-8"}


def test_run_command_merges_the_streams_and_hands_on_each_line(tmp_path: Path) -> None:
    lines: list[str] = []
    result = run_command(
        ["sh", "-c", "echo one; echo two >&2; printf 'th\\tree  '; exit 3"],
        environment={},
        working_dir=tmp_path,
        on_line=lines.append,
    )
    assert lines == ["one", "two", "th\tree  "]
    assert (result.exit_status, result.output) == (3, "one\ntwo\nth\tree  ")


def test_run_command_hands_on_lines_while_it_runs(tmp_path: Path) -> None:
    # The program waits for what the first line brings about.
    script = "echo ready; while [ ! -e go ]; do sleep 0.01; done; echo done"
    result = run_command(
        ["sh", "-c", script],
        environment={"PATH": "/usr/bin:/bin"},
        working_dir=tmp_path,
        on_line=lambda _line: (tmp_path / "go").touch(),
    )
    assert result.output == "ready\ndone"


def test_run_command_masks_credentials(tmp_path: Path) -> None:
    lines: list[str] = []
    result = run_command(
        ["echo", "Looking in https://user:pa55@index.example/simple"],
        environment={"PATH": "/usr/bin:/bin"},
        working_dir=tmp_path,
        on_line=lines.append,
    )
    assert lines == ["Looking in https://****@index.example/simple"]
    assert result.output == lines[0]


def test_run_command_replaces_what_is_not_utf_8(tmp_path: Path) -> None:
    result = run_command(
        ["sh", "-c", r"printf '\377\303\251\n'"], environment={}, working_dir=tmp_path
    )
    assert result.output == "\ufffdé"


def test_run_command_keeps_the_last_lines(tmp_path: Path) -> None:
    code = "for number in range(5000): print(number)"
    seen: list[str] = []
    result = run_command(
        [*PYTHON, "-c", code], environment={}, working_dir=tmp_path, on_line=seen.append
    )
    assert len(seen) == 5000
    assert result.output.splitlines() == [str(number) for number in range(1000, 5000)]


def test_run_command_has_nothing_to_read(tmp_path: Path) -> None:
    result = run_command(["cat"], environment={"PATH": "/usr/bin:/bin"}, working_dir=tmp_path)
    assert (result.exit_status, result.output) == (0, "")


def test_run_command_ended_by_a_signal(tmp_path: Path) -> None:
    result = run_command(["sh", "-c", "kill -9 $$"], environment={}, working_dir=tmp_path)
    assert result.exit_status == -signal.SIGKILL


@pytest.mark.parametrize("program", ["missing", "not-executable", "of-another-machine"])
def test_run_command_that_can_not_be_started(tmp_path: Path, program: str) -> None:
    (tmp_path / "not-executable").touch()
    (tmp_path / "of-another-machine").write_bytes(b"\x7fELF junk")
    (tmp_path / "of-another-machine").chmod(0o755)
    path = tmp_path / program
    with pytest.raises(CommandFailedError) as caught:
        run_command([path, "--version"], environment={}, working_dir=tmp_path)
    assert caught.value.command == (str(path), "--version")
    assert caught.value.exit_status is None
    assert str(path) in caught.value.output


def test_check_command_returns_the_output(tmp_path: Path) -> None:
    assert check_command(["echo", "a"], environment={}, working_dir=tmp_path) == "a"


def test_check_command_that_fails(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError) as caught:
        check_command(["sh", "-c", "echo why >&2; exit 7"], environment={}, working_dir=tmp_path)
    assert caught.value.command == ("sh", "-c", "echo why >&2; exit 7")
    assert (caught.value.exit_status, caught.value.output) == (7, "why")


def test_check_command_on_a_full_disk(tmp_path: Path) -> None:
    script = "echo \"OSError: [Errno 28] No space left on device: 'f'\"; exit 1"
    with pytest.raises(DiskFullError):
        check_command(["sh", "-c", script], environment={}, working_dir=tmp_path)
