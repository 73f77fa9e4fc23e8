from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.cnb.launch import Process
from python_buildpack.start_commands.processes import (
    InvalidWebCommandError,
    default_process,
    parse_procfile,
    processes,
    read_start_commands,
)


@pytest.mark.parametrize(
    ("procfile", "expected"),
    [
        pytest.param("worker: a\nweb: b\n", "web", id="web"),
        pytest.param("worker: a\n", "worker", id="the only one"),
        pytest.param("a: a\nb: b\n", None, id="none of several others"),
        pytest.param("reload: a\nweb: b\n", "web", id="reload by its name alone"),
    ],
)
def test_default_process(procfile: str, expected: str | None) -> None:
    default = default_process(parse_procfile(procfile))
    assert (default.name if default is not None else None) == expected


def test_default_process_with_live_reload() -> None:
    default = default_process(parse_procfile("reload: a\nweb: b\n"), live_reload=True)
    assert default is not None
    assert default.name == "reload"
    assert default_process((), live_reload=True) is None


def test_processes() -> None:
    commands = parse_procfile("worker: a\nweb: b\n")
    assert processes(commands, commands[1]) == (
        Process("worker", ("a",)),
        Process("web", ("b",), default=True),
    )
    assert processes((), None) == ()


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


@pytest.mark.parametrize(
    ("written", "expected", "runner"),
    [
        ("uv run gunicorn app:app", "gunicorn app:app", "uv run"),
        ("uv run --no-sync --frozen gunicorn app:app", "gunicorn app:app", "uv run"),
        ("uv run -- gunicorn app:app", "gunicorn app:app", "uv run"),
        ("uv run main.py --port 1", "python main.py --port 1", "uv run"),
        ("uv run -m shop", "python -m shop", "uv run"),
        ("poetry run python main.py", "python main.py", "poetry run"),
        ("A=1 exec poetry run web", "A=1 exec web", "poetry run"),
        ("uv run a && uv run b", "a && b", "uv run"),
        # What it says matters, or isn't known.
        ("uv run --with x b", "uv run --with x b", ""),
        ("echo uv run a", "echo uv run a", ""),
        ("pdm run start", "pdm run start", ""),
    ],
)
def test_the_tool_that_would_activate_the_environment(
    tmp_path: Path, written: str, expected: str, runner: str
) -> None:
    (tmp_path / "Procfile").write_text(f"web: {written}\n")
    (web,) = read_start_commands(tmp_path, None)
    assert (web.text, web.runner) == (expected, runner)
