from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from python_buildpack.start_commands.processes import (
    DuplicateProcessError,
    InvalidProcfileLineError,
    StartCommand,
    parse_procfile,
    read_procfile,
)
from python_buildpack.system.errors import BuildpackError


def test_parse_procfile() -> None:
    text = "# how it starts\n\nweb: gunicorn -b :$PORT app\r\n  my-worker_2 :celery worker\n"
    assert parse_procfile(text) == (
        StartCommand(
            "web",
            "gunicorn -b :$PORT app",
            ("sh", "-c", "exec gunicorn -b :$PORT app"),
            "Procfile",
            3,
        ),
        StartCommand("my-worker_2", "celery worker", ("celery", "worker"), "Procfile", 4),
    )


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n"])
def test_parse_procfile_of_nothing(text: str) -> None:
    assert parse_procfile(text) == ()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("gunicorn app", "it is not of the form name: command"),
        ("my worker: x", "it is not of the form name: command"),
        (": x", "it is not of the form name: command"),
        ("web:", "it has no command"),
        ("web: echo 'a", "a ' isn't closed"),
        ("web: ''", "it names no program"),
    ],
)
def test_parse_procfile_that_means_nothing(line: str, problem: str) -> None:
    with pytest.raises(InvalidProcfileLineError) as caught:
        parse_procfile(f"ok: x\n{line}\n")
    error = caught.value
    assert (error.line, error.text, error.problem) == (2, line, problem)


def test_parse_procfile_with_two_lines_for_one_process() -> None:
    with pytest.raises(DuplicateProcessError) as caught:
        parse_procfile("web: a\n\nweb: b\n")
    assert (caught.value.name, caught.value.lines) == ("web", (1, 3))


def test_read_procfile(tmp_path: Path) -> None:
    assert read_procfile(tmp_path) == ()
    (tmp_path / "Procfile").write_text("web: x\n")
    (command,) = read_procfile(tmp_path)
    assert command.command == ("x",)


@given(st.text())
def test_parse_procfile_of_anything(text: str) -> None:
    try:
        commands = parse_procfile(text)
    except BuildpackError as error:
        assert isinstance(error, InvalidProcfileLineError | DuplicateProcessError)  # noqa: PT017
    else:
        assert all(each.command and each.command[0] for each in commands)
