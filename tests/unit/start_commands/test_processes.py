from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.cnb.launch import Process
from python_buildpack.start_commands.processes import (
    InvalidWebCommandError,
    processes,
    read_start_commands,
)
from python_buildpack.start_commands.procfile import parse_procfile


def test_web_is_the_default() -> None:
    assert processes(parse_procfile("worker: a\nweb: b\n")) == (
        Process("worker", ("a",)),
        Process("web", ("b",), default=True),
    )


def test_the_only_process_is_the_default() -> None:
    assert processes(parse_procfile("worker: a\n")) == (Process("worker", ("a",), default=True),)


def test_none_of_several_others_is_the_default() -> None:
    assert not any(each.default for each in processes(parse_procfile("a: a\nb: b\n")))
    assert processes(()) == ()


def test_the_web_command_of_the_user_comes_first(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text("web: a\nworker: b\n")
    web, worker = read_start_commands(tmp_path, "c $PORT")
    assert (web.name, web.command, web.source) == (
        "web",
        ("sh", "-c", "exec c $PORT"),
        "BP_WEB_COMMAND",
    )
    assert (worker.name, worker.command) == ("worker", ("b",))
    assert [each.command for each in read_start_commands(tmp_path, None)] == [("a",), ("b",)]


def test_a_web_command_that_means_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidWebCommandError) as caught:
        read_start_commands(tmp_path, "c 'x")
    assert caught.value.problem == "a ' isn't closed"
