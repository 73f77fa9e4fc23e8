from __future__ import annotations

from python_buildpack.messages.start_commands import start_command_lines
from python_buildpack.messages.wording import message_for
from python_buildpack.start_commands.processes import (
    DuplicateProcessError,
    InvalidProcfileLineError,
    InvalidWebCommandError,
    StartCommand,
    parse_procfile,
)


def test_invalid_line() -> None:
    message = message_for(InvalidProcfileLineError(3, "web gunicorn\x1b", "it is wrong"))
    assert message.heading == "Invalid line in the Procfile"
    assert message.body.startswith("Procfile:3: web gunicorn\\x1b\nProblem: it is wrong.\n")


def test_duplicate_process() -> None:
    message = message_for(DuplicateProcessError("web", (1, 4)))
    assert message.heading == "The Procfile has two commands for web"
    assert message.body.startswith("Lines 1 and 4.")


def test_invalid_web_command() -> None:
    message = message_for(InvalidWebCommandError("a ' isn't closed"))
    assert "Problem: a ' isn't closed." in message.body


def test_start_command_lines() -> None:
    commands = parse_procfile("web: app --db postgres://u:p4ss@host/x\nworker: b\n")
    assert start_command_lines(commands, commands[0]) == [
        "Process web: app --db postgres://****@host/x (Procfile:1), the default",
        "Process worker: b (Procfile:2)",
    ]


def test_start_command_line_of_a_file() -> None:
    found = StartCommand("web", "gunicorn app:app", ("gunicorn", "app:app"), "a\x1b.py", 3)
    assert start_command_lines((found,), found) == [
        "Process web: gunicorn app:app (a\\x1b.py:3), the default"
    ]
