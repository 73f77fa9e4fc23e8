from __future__ import annotations

from python_buildpack.messages.detected_commands import (
    ambiguous_warning,
    nothing_warning,
    start_command_notice,
)
from python_buildpack.start_commands.detected import (
    Ambiguous,
    Candidate,
    DevelopmentServerNotice,
    Nothing,
    OwnPortNotice,
    SeveralWorkersNotice,
    WithoutServer,
)
from python_buildpack.start_commands.scripts import Script
from python_buildpack.start_commands.source_tree import UnreadSource

CANDIDATES = (Candidate("a.py", 2, "web: x a:app"), Candidate("b\x1b.py", None, "web: x b:app"))


def test_ambiguous() -> None:
    message = ambiguous_warning(Ambiguous(CANDIDATES))
    assert message.heading == "Several start commands are possible, so none was chosen"
    assert message.body.startswith("a.py:2\n  web: x a:app\nb\\x1b.py\n  web: x b:app\n\n")
    assert "Procfile" in message.body


def test_several_workers() -> None:
    message = start_command_notice(SeveralWorkersNotice(CANDIDATES))
    assert message.heading == "Several workers are possible, so there is no worker process"
    assert message.body.startswith("a.py:2\n  web: x a:app\n")


def test_server_for_development() -> None:
    message = start_command_notice(DevelopmentServerNotice("Flask", "gunicorn"))
    assert message.heading == "Flask's own server is for development only"
    assert "Add gunicorn to the dependencies" in message.body


def test_app_without_server() -> None:
    message = nothing_warning(Nothing(WithoutServer("FastAPI", "app.py", 2, "uvicorn")))
    assert message.heading == "No server for the FastAPI app is installed"
    assert message.body.startswith("The app: app.py:2\n\nAdd uvicorn to the dependencies")


def test_files_that_can_not_be_parsed() -> None:
    unread = (UnreadSource("app.py", 3), UnreadSource("b.py", None))
    message = nothing_warning(Nothing(unread=unread))
    assert "refuses:\n  app.py:3\n  b.py\n" in message.body


def test_nothing_to_start() -> None:
    message = nothing_warning(Nothing())
    assert message.heading == "No start command was found"
    assert "BP_WEB_COMMAND" in message.body


def test_scripts_that_change_data() -> None:
    message = nothing_warning(Nothing(scripts=(Script("seed.py", 5, "python seed.py"),)))
    assert (
        message.heading == "No start command was found, apart from scripts that seem to change data"
    )
    assert message.body.startswith("seed.py:5\n  app: python seed.py\n\n")


def test_command_lines() -> None:
    message = nothing_warning(Nothing(command_lines=(Script("pyproject.toml", 5, "shop"),)))
    assert message.heading.endswith("apart from command lines that need arguments")
    assert message.body.startswith("pyproject.toml:5\n  app: shop ARGUMENTS\n\n")


def test_port_of_the_app() -> None:
    message = start_command_notice(OwnPortNotice("aiohttp", "main.py"))
    assert message.heading == "The aiohttp app doesn't read the variable PORT"
    assert message.body.startswith("main.py starts its own server")
