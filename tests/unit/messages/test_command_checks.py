from __future__ import annotations

import pytest

from python_buildpack.messages.wording import message_for
from python_buildpack.start_commands.command_checks import (
    BrowsersNotice,
    GunicornNotice,
    LoopbackNotice,
    MissingProgramNotice,
)
from python_buildpack.start_commands.processes import StartCommand, parse_procfile


@pytest.mark.parametrize(
    ("without_port", "heading"),
    [
        (True, "The process web listens on 127.0.0.1 unless PORT is set"),
        (False, "The process web listens on 127.0.0.1"),
    ],
)
def test_loopback(*, without_port: bool, heading: str) -> None:
    (command,) = parse_procfile("web: gunicorn app:app\n")
    message = message_for(LoopbackNotice(command, "--bind 0.0.0.0:8080", without_port))
    assert message.heading == heading
    assert message.body.startswith("Procfile:1: gunicorn app:app\n\n")
    assert message.body.endswith("\n  --bind 0.0.0.0:8080")


@pytest.mark.parametrize(
    ("setuptools", "cause"),
    [
        ("84.0.0", "setuptools 84.0.0 no longer has it."),
        (None, "setuptools isn't installed."),
    ],
)
def test_gunicorn(setuptools: str | None, cause: str) -> None:
    message = message_for(GunicornNotice("20.1.0", setuptools))
    assert message.heading == "gunicorn 20.1.0 can't start"
    assert cause in message.body


def test_browsers() -> None:
    message = message_for(BrowsersNotice("playwright"))
    assert message.heading == "playwright needs a browser, which the image doesn't have"


def test_missing_program() -> None:
    command = StartCommand.of("web", "gunicorn app:app", "Procfile", 2)
    message = message_for(MissingProgramNotice(command, "gunicorn", "gunicorn"))
    assert message.heading == "The process web can't start: gunicorn isn't installed"
    assert message.body.startswith("Procfile:2: gunicorn app:app\n\nAdd gunicorn to")
