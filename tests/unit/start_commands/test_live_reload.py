from __future__ import annotations

import pytest

from python_buildpack.start_commands.live_reload import Reason, ReloadUnavailable, determine_reload
from python_buildpack.start_commands.processes import StartCommand, parse_procfile


def reload_of(web: str, installed: str = "") -> StartCommand | ReloadUnavailable:
    return determine_reload(parse_procfile(f"web: {web}\n"), dict.fromkeys(installed.split(), "1"))


@pytest.mark.parametrize(
    ("web", "expected"),
    [
        ("gunicorn --bind :$PORT app:app", "gunicorn --reload --bind :$PORT app:app"),
        ("gunicorn --preload app:app", "gunicorn --reload app:app"),
        ("gunicorn app:app --preload", "gunicorn --reload app:app"),
        ("gunicorn --reload app:app", "gunicorn --reload app:app"),
        ("/opt/bin/gunicorn 'app:make(\"x\")'", "/opt/bin/gunicorn --reload 'app:make(\"x\")'"),
        ("uvicorn --port ${PORT:-80} a:app", "uvicorn --reload --port ${PORT:-80} a:app"),
        ("python -m uvicorn a:app", "python -m uvicorn --reload a:app"),
        ("python3.13 -m uvicorn a:app", "python3.13 -m uvicorn --reload a:app"),
        ("hypercorn a:app", "hypercorn --reload a:app"),
        ("sanic a:app", "sanic --auto-reload a:app"),
        ("flask --app run run --port $PORT", "flask --app run run --reload --port $PORT"),
        ("flask run", "flask run --reload"),
        ("env FLASK_APP=run:run flask run", "env FLASK_APP=run:run flask run --reload"),
        ("quart --app a run", "quart --app a run --reload"),
        ("litestar --app a run -H 0.0.0.0", "litestar --app a run --reload -H 0.0.0.0"),
        ("fastapi run main.py", "fastapi run --reload main.py"),
        ("streamlit run a.py", "streamlit run --server.runOnSave true a.py"),
        ("python manage.py runserver 0:80", "python manage.py runserver 0:80"),
        ("python manage.py runserver --noreload 0:80", "python manage.py runserver 0:80"),
        ("cd src && hypercorn a:app", "cd src && hypercorn --reload a:app"),
        ("./migrate && exec gunicorn a", "./migrate && exec gunicorn --reload a"),
        ("A=1 B='x y' gunicorn a", "A=1 B='x y' gunicorn --reload a"),
        ("env A=$B uvicorn a:app 2>&1", "env A=$B uvicorn --reload a:app 2>&1"),
    ],
)
def test_reload_by_the_server(web: str, expected: str) -> None:
    found = reload_of(web)
    assert isinstance(found, StartCommand)
    assert (found.name, found.text, found.source, found.line) == (
        "reload",
        expected,
        "Procfile",
        1,
    )


def test_reload_needs_no_shell_where_the_command_needs_none() -> None:
    found = reload_of("gunicorn app:app")
    assert isinstance(found, StartCommand)
    assert found.command == ("gunicorn", "--reload", "app:app")
    found = reload_of("gunicorn $X app:app")
    assert isinstance(found, StartCommand)
    assert found.command == ("sh", "-c", "exec gunicorn --reload $X app:app")


@pytest.mark.parametrize(
    ("web", "started"),
    [
        ("waitress-serve app:app", "waitress-serve app:app"),
        ("daphne -p $PORT a:app", "sh -c 'exec daphne -p $PORT a:app'"),
        ("cd src && python main.py", "sh -c 'cd src && exec python main.py'"),
        ("flask routes", "flask routes"),
        ('"$SERVER" app:app', "sh -c 'exec \"$SERVER\" app:app'"),
    ],
)
def test_reload_by_watchfiles(web: str, started: str) -> None:
    found = reload_of(web, "watchfiles")
    assert isinstance(found, StartCommand)
    options = ("--filter", "python", "--target-type", "command")
    assert found.command == ("watchfiles", *options, started, ".")
    assert found.text.startswith("watchfiles --filter python --target-type command ")


def test_granian_reloads_where_watchfiles_is_installed() -> None:
    found = reload_of("granian a:app", "granian watchfiles")
    assert isinstance(found, StartCommand)
    assert found.text == "granian --reload a:app"


def test_hypercorn_does_not_reload_django() -> None:
    assert reload_of("hypercorn a:app", "django") == ReloadUnavailable(
        Reason.PROGRAM, parse_procfile("web: hypercorn a:app\n")[0], "hypercorn"
    )
    found = reload_of("hypercorn a:app", "django watchfiles")
    assert isinstance(found, StartCommand)
    assert found.command[0] == "watchfiles"


@pytest.mark.parametrize(
    ("web", "reason", "program"),
    [
        ("waitress-serve app:app", Reason.PROGRAM, "waitress-serve"),
        ("granian app:app", Reason.PROGRAM, "granian"),
        ("python -m my.gunicorn", Reason.PROGRAM, "my.gunicorn"),
        ("my-gunicorn app:app", Reason.PROGRAM, "my-gunicorn"),
        ("$SERVER app:app", Reason.PROGRAM, ""),
        ("gunicorn app:app | tee log", Reason.SHELL, ""),
        ("./worker & gunicorn app:app", Reason.SHELL, ""),
        ("(gunicorn app:app)", Reason.SHELL, ""),
        ("if true; then waitress-serve app:app; fi", Reason.SHELL, ""),
        ("A='a b' waitress-serve app:app", Reason.SHELL, ""),
    ],
)
def test_no_reload(web: str, reason: Reason, program: str) -> None:
    found = reload_of(web)
    assert isinstance(found, ReloadUnavailable)
    assert (found.reason, found.program) == (reason, program)
    assert found.process is not None
    assert found.process.text == web


def test_reload_of_the_only_process() -> None:
    found = determine_reload(parse_procfile("bot: python bot.py\n"), {"watchfiles": "1"})
    assert isinstance(found, StartCommand)
    assert (found.name, found.command[-2]) == ("reload", "python bot.py")


def test_no_reload_where_no_process_is_the_default() -> None:
    nothing = ReloadUnavailable(Reason.NO_PROCESS)
    assert determine_reload((), {}) == nothing
    assert determine_reload(parse_procfile("a: gunicorn a\nb: gunicorn b\n"), {}) == nothing


def test_reload_that_is_written_down() -> None:
    commands = parse_procfile("web: gunicorn a\nreload: ./reload\n")
    assert determine_reload(commands, {}) == commands[1]
