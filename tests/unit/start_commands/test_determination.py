from __future__ import annotations

import io
from pathlib import Path

from python_buildpack.app.files import AppFiles
from python_buildpack.messages.start_commands import show_start_commands
from python_buildpack.start_commands.determination import determine_start_commands
from python_buildpack.start_commands.processes import processes, read_start_commands
from python_buildpack.system.output import Output

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
CELERY = "from celery import Celery\napp = Celery('x')\n"
INSTALLED = {"flask": "3", "celery": "5", "gunicorn": "1"}


def determine(
    app_dir: Path, web_command: str | None = None, *, live_reload: bool = False
) -> tuple[list[str], str]:
    """Return the processes, the default one with a star, and the log."""
    written = read_start_commands(app_dir, web_command)
    log = io.StringIO()
    output = Output(log)
    start = determine_start_commands(AppFiles(app_dir), written, INSTALLED, live_reload=live_reload)
    show_start_commands(start, output)
    made = processes(start.commands, start.default)
    return [f"{each.type}{'*' if each.default else ''}" for each in made], log.getvalue()


def write_app(app_dir: Path, **files: str) -> None:
    for name, text in {"app": FLASK, "tasks": CELERY, **files}.items():
        (app_dir / (name if name == "Procfile" else f"{name}.py")).write_text(text)


def test_the_framework_of_the_web_process(tmp_path: Path) -> None:
    write_app(tmp_path)
    start = determine_start_commands(AppFiles(tmp_path), (), INSTALLED)
    assert start.framework == "Flask"
    assert start.default is not None
    assert (start.default.name, start.default.source) == ("web", "app.py")


def test_the_code_of_a_directory_however_deep(tmp_path: Path) -> None:
    write_app(tmp_path)
    deep = tmp_path / "services" / "backend" / "http" / "api"
    package = deep / "src" / "api"
    package.mkdir(parents=True)
    write_app(package)
    directory = str(deep.relative_to(tmp_path))
    start = determine_start_commands(AppFiles(tmp_path), (), INSTALLED, directory=directory)
    web, worker = start.commands
    assert web.command[:2] == ("sh", "-c")
    assert web.command[2].startswith(f"cd {directory} && exec gunicorn ")
    assert web.source == f"{directory}/src/api/app.py"
    assert worker.text.startswith(f"cd {directory} && ")


def test_what_is_said_of_the_code_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    write_app(tmp_path / "x", main=FLASK)
    log = io.StringIO()
    start = determine_start_commands(AppFiles(tmp_path), (), INSTALLED, directory="x")
    show_start_commands(start, Output(log))
    assert "x/app.py:2" in log.getvalue()
    assert "web: cd x && gunicorn " in log.getvalue()


def test_the_web_command_leaves_the_other_processes(tmp_path: Path) -> None:
    write_app(tmp_path)
    found, log = determine(tmp_path, "python app.py")
    assert found == ["web*", "worker"]
    assert "  Process web: python app.py (BP_WEB_COMMAND), the default\n" in log
    assert "  Process worker: celery -A tasks worker --loglevel INFO (tasks.py:2)\n" in log


def test_the_web_command_of_an_app_with_several_possible_ones(tmp_path: Path) -> None:
    write_app(tmp_path, main=FLASK)
    found, log = determine(tmp_path, "python app.py")
    assert found == ["web*", "worker"]
    assert "Several" not in log


def test_the_web_command_and_a_procfile(tmp_path: Path) -> None:
    write_app(tmp_path, Procfile="web: a\n")
    assert determine(tmp_path, "b")[0] == ["web*"]
    write_app(tmp_path, Procfile="web: a\nclock: c\n")
    found, log = determine(tmp_path, "b")
    assert found == ["web*", "clock"]
    assert "Process web: b (BP_WEB_COMMAND)" in log


def test_live_reload_of_what_was_found(tmp_path: Path) -> None:
    write_app(tmp_path)
    found, log = determine(tmp_path, live_reload=True)
    assert found == ["web", "worker", "reload*"]
    assert "  Process reload: gunicorn --reload --bind " in log
    assert "(app.py:2), the default\n" in log


def test_live_reload_of_the_web_command(tmp_path: Path) -> None:
    write_app(tmp_path)
    found, log = determine(tmp_path, "flask run", live_reload=True)
    assert found == ["web", "worker", "reload*"]
    assert "  Process reload: flask run --reload (BP_WEB_COMMAND), the default\n" in log


def test_live_reload_that_is_not_possible(tmp_path: Path) -> None:
    write_app(tmp_path, Procfile="web: waitress-serve app:app\n")
    found, log = determine(tmp_path, live_reload=True)
    assert found == ["web*"]
    assert "BP_LIVE_RELOAD_ENABLED has no effect" in log


def test_a_process_named_reload_is_no_default_by_itself(tmp_path: Path) -> None:
    write_app(tmp_path, Procfile="web: a\nreload: b\n")
    assert determine(tmp_path)[0] == ["web*", "reload"]
    assert determine(tmp_path, live_reload=True)[0] == ["web", "reload*"]


def test_the_log_has_a_section_of_processes(tmp_path: Path) -> None:
    write_app(tmp_path)
    lines = determine(tmp_path)[1].splitlines()
    section = lines[lines.index("Start commands") :]
    assert [line[:14] for line in section[1:3]] == ["  Process web:", "  Process work"]
    assert section[3:] == [
        "  Detected in the app's files; to choose others, use a Procfile or BP_WEB_COMMAND"
    ]


def test_what_is_written_down_needs_no_reason(tmp_path: Path) -> None:
    write_app(tmp_path, Procfile="web: python app.py\n")
    section = determine(tmp_path)[1].strip().splitlines()
    assert section == ["Start commands", "  Process web: python app.py (Procfile:1), the default"]


def test_nothing_to_start_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "library.py").write_text("X = 1\n")
    found, log = determine(tmp_path)
    assert found == []
    assert "Warning: No start command was found" in log
    assert "Start commands" not in log


def test_a_web_process_that_can_not_be_reached_is_a_warning(tmp_path: Path) -> None:
    write_app(tmp_path, Procfile="web: gunicorn app:app\n")
    assert (
        "Warning: The process web listens on 127.0.0.1 unless PORT is set" in determine(tmp_path)[1]
    )
