from __future__ import annotations

from python_buildpack.messages.live_reload import no_reload_warning
from python_buildpack.start_commands.live_reload import NoReload, Obstacle
from python_buildpack.start_commands.procfile import StartCommand


def no_reload(obstacle: Obstacle, program: str = "") -> str:
    process = StartCommand("web", "x", ("x",), "Procfile", 2)
    message = no_reload_warning(NoReload(obstacle, process, program))
    assert "there is no reload process" in message.heading
    assert "Procfile, in a line for" in message.body or "in a Procfile what" in message.body
    return message.body


def test_no_reload_by_a_program() -> None:
    body = no_reload(Obstacle.PROGRAM, "waitress-serve")
    assert body.startswith("The command of web (Procfile:2) starts waitress-serve, which")
    assert "Add watchfiles to the dependencies" in body
    assert "starts a program, which" in no_reload(Obstacle.PROGRAM)
    assert "Add granian[reload] to" in no_reload(Obstacle.PROGRAM, "granian")


def test_no_reload_within_a_shell() -> None:
    assert "leaves a shell around what it starts" in no_reload(Obstacle.SHELL)


def test_no_reload_without_a_process() -> None:
    message = no_reload_warning(NoReload(Obstacle.NO_PROCESS))
    assert "none is the default" in message.body
