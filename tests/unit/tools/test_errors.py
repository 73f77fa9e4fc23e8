from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.errors import ToolError, run_tool


def test_run_tool_returns_the_exit_status() -> None:
    assert run_tool(lambda _arguments: 3) == 3


def test_run_tool_prints_why_a_tool_failed(capsys: pytest.CaptureFixture[str]) -> None:
    def main(_arguments: Sequence[str]) -> int:
        raise ToolError("There is no Python. Install one.")

    assert run_tool(main) == 1
    assert capsys.readouterr().err == "Error: There is no Python. Install one.\n"


def test_run_tool_names_the_file_of_an_os_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing"
    assert run_tool(lambda _arguments: len(missing.read_bytes())) == 1
    assert capsys.readouterr().err == f"Error: {missing}: No such file or directory\n"


def test_run_tool_stopped_by_the_user(capsys: pytest.CaptureFixture[str]) -> None:
    def main(_arguments: Sequence[str]) -> int:
        raise KeyboardInterrupt

    assert run_tool(main) == 130
    assert capsys.readouterr().err.startswith("Error: stopped")
