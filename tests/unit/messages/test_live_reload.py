from __future__ import annotations

from python_buildpack.messages.wording import message_for
from python_buildpack.start_commands.live_reload import Reason, ReloadUnavailable
from python_buildpack.start_commands.processes import StartCommand


def no_reload(reason: Reason, program: str = "") -> str:
    process = StartCommand("web", "x", ("x",), "Procfile", 2)
    message = message_for(ReloadUnavailable(reason, process, program))
    assert "there is no reload process" in message.heading
    assert "Procfile" in message.body
    assert "\n  reload: gunicorn --reload " in message.body
    return message.body


def test_no_reload_by_a_program() -> None:
    body = no_reload(Reason.PROGRAM, "waitress-serve")
    assert body.startswith("The command of web (Procfile:2) starts waitress-serve, which")
    assert "Add watchfiles to the dependencies" in body
    assert "starts a program, which" in no_reload(Reason.PROGRAM)
    assert "Add granian[reload] to" in no_reload(Reason.PROGRAM, "granian")


def test_no_reload_within_a_shell() -> None:
    assert "needs a shell" in no_reload(Reason.SHELL)


def test_no_reload_without_a_process() -> None:
    message = message_for(ReloadUnavailable(Reason.NO_PROCESS))
    assert message.body.startswith("The image has no default process.")
