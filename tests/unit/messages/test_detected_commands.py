from __future__ import annotations

from python_buildpack.messages.wording import message_for
from python_buildpack.start_commands.processes import StartCommand
from python_buildpack.start_commands.results import (
    Ambiguous,
    DevelopmentServerNotice,
    NotDetected,
    OwnPortNotice,
    SeveralWorkersNotice,
    UnknownQueuesNotice,
    WithoutServer,
)
from python_buildpack.start_commands.source_tree import UnreadSource

CANDIDATES = (
    StartCommand.of("web", "x a:app", "a.py", 2),
    StartCommand.of("web", "x b:app", "b\x1b.py"),
)


def test_ambiguous() -> None:
    message = message_for(Ambiguous(CANDIDATES))
    assert message.heading == "Several start commands are possible, so none was chosen"
    assert message.body.startswith("a.py:2\n  web: x a:app\nb\\x1b.py\n  web: x b:app\n\n")
    assert "Procfile" in message.body


def test_one_script_that_is_not_certain() -> None:
    message = message_for(Ambiguous(CANDIDATES[:1]))
    assert message.heading == "A script may start the app, but wasn't chosen"
    assert message.body.startswith("a.py:2\n  web: x a:app\n\n")
    assert "PORT" in message.body


def test_console_scripts_that_are_not_installed() -> None:
    script = StartCommand.of("app", "shop", "pyproject.toml", 5)
    message = message_for(NotDetected(not_installed=(script,)))
    assert message.heading.endswith("apart from console scripts that aren't installed")
    assert message.body.startswith("pyproject.toml:5\n  app: shop\n\n")


def test_several_workers() -> None:
    message = message_for(SeveralWorkersNotice(CANDIDATES))
    assert message.heading == "Several workers are possible, so there is no worker process"
    assert message.body.startswith("a.py:2\n  web: x a:app\n")


def test_queues_that_are_named_at_run_time() -> None:
    message = message_for(UnknownQueuesNotice(CANDIDATES[0], "jobs.py", 4))
    assert message.heading == "RQ's worker may miss queues: a name is only known at run time"
    assert message.body.startswith("jobs.py:4\n\nThe worker is started as: x a:app\n")


def test_server_for_development() -> None:
    message = message_for(DevelopmentServerNotice("Flask", "gunicorn"))
    assert message.heading == "Flask's own server is for development only"
    assert "Add gunicorn to the dependencies" in message.body


def test_app_without_server() -> None:
    message = message_for(NotDetected(WithoutServer("FastAPI", "app.py", 2, "uvicorn")))
    assert message.heading == "No server for the FastAPI app is installed"
    assert message.body.startswith("App: app.py:2\n\nAdd uvicorn to the dependencies")


def test_files_that_can_not_be_parsed() -> None:
    unread = (UnreadSource("app.py", 3), UnreadSource("b.py", None))
    message = message_for(NotDetected(unread=unread))
    assert message.heading.endswith("some files have syntax errors")
    assert message.body.startswith("    app.py:3\n    b.py\n\n")


def test_nothing_to_start() -> None:
    message = message_for(NotDetected())
    assert message.heading == "No start command was found"
    assert "BP_WEB_COMMAND" in message.body


def test_scripts_that_change_data() -> None:
    message = message_for(
        NotDetected(scripts=(StartCommand.of("app", "python seed.py", "seed.py", 5),))
    )
    assert (
        message.heading == "No start command was found, apart from scripts that seem to change data"
    )
    assert message.body.startswith("seed.py:5\n  app: python seed.py\n\n")


def test_command_lines() -> None:
    message = message_for(
        NotDetected(command_lines=(StartCommand.of("app", "shop", "pyproject.toml", 5),))
    )
    assert message.heading.endswith("apart from command lines that need arguments")
    assert message.body.startswith("pyproject.toml:5\n  app: shop ARGUMENTS\n\n")


def test_port_of_the_app() -> None:
    message = message_for(OwnPortNotice("aiohttp", "main.py"))
    assert message.heading == "The aiohttp app doesn't read the variable PORT"
    assert message.body.startswith("main.py starts its own server")
