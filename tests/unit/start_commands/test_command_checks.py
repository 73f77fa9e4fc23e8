from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.start_commands.command_checks import (
    BrowsersNotice,
    CommandNotice,
    GunicornNotice,
    LoopbackNotice,
    MissingProgramNotice,
    check_commands,
)
from python_buildpack.start_commands.processes import parse_procfile

SERVERS = dict.fromkeys(
    ("daphne", "flask", "granian", "gunicorn", "hypercorn", "uv", "uvicorn", "waitress"), "100"
)


def checked(app_dir: Path, procfile: str, **installed: str) -> tuple[CommandNotice, ...]:
    return check_commands(app_dir, parse_procfile(procfile), installed)


@pytest.mark.parametrize(
    ("command", "without_port"),
    [
        ("gunicorn app:app", True),
        ("cd src && FOO=1 exec gunicorn --workers 2 app:app --log-file -", True),
        ("python -m gunicorn app:app", True),
        ("uv run gunicorn app:app", True),
        ("gunicorn --bind 127.0.0.1:$PORT app:app", False),
        ("gunicorn -b localhost:8000 app:app", False),
        ("gunicorn -b127.0.0.1 app:app", False),
        ("gunicorn --bind=[::1]:8000 app:app", False),
        ("uvicorn main:app --port $PORT", False),
        ("uvicorn --host=localhost main:app", False),
        ("hypercorn main:app", False),
        ("granian --interface asgi main:app", False),
        ("daphne -p $PORT site.asgi:application", False),
        ("flask --app app run", False),
    ],
)
def test_a_web_process_that_can_not_be_reached(
    tmp_path: Path, command: str, *, without_port: bool
) -> None:
    (notice,) = checked(tmp_path, f"web: {command}\nworker: gunicorn app:app\n", **SERVERS)
    assert isinstance(notice, LoopbackNotice)
    assert notice.without_port is without_port
    assert "{PORT:-8080}" in notice.advice


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn --bind 0.0.0.0:$PORT app:app",
        "gunicorn -b :8000 app:app",
        "gunicorn -b0.0.0.0 app:app",
        "gunicorn --bind 127.0.0.1:1 --bind 0.0.0.0:2 app:app",
        "gunicorn -c conf/gunicorn.py app:app",
        "GUNICORN_CMD_ARGS='--bind 0.0.0.0' gunicorn app:app",
        "cd src && gunicorn app:app",
        "uvicorn --host 0.0.0.0 main:app",
        "uvicorn --uds /tmp/socket main:app",
        "UVICORN_HOST=0.0.0.0 uvicorn main:app",
        "daphne -b 0.0.0.0 site.asgi:application",
        "waitress-serve app:app",
        "python app.py",
        "gunicorn app:app | tee log",
        "nginx & gunicorn app:app",
        "gunicorn app:app \\",
    ],
)
def test_a_web_process_that_can_be_reached(tmp_path: Path, command: str) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/gunicorn.conf.py").write_text("bind = '0.0.0.0:8080'\n")
    assert checked(tmp_path, f"web: {command}\n", **SERVERS) == ()


def test_the_configuration_of_gunicorn(tmp_path: Path) -> None:
    (tmp_path / "gunicorn.conf.py").write_text("bind = '0.0.0.0:8080'\n")
    assert checked(tmp_path, "web: gunicorn app:app\n", **SERVERS) == ()


@pytest.mark.parametrize(
    ("gunicorn", "setuptools", "is_told"),
    [
        ("20.1.0", "82.0.0", True),
        ("20.1.0", None, True),
        ("20.1.0", "81.0.0", False),
        ("21.2.0", "84.0.0", False),
    ],
)
def test_gunicorn_without_pkg_resources(
    tmp_path: Path, gunicorn: str, setuptools: str | None, *, is_told: bool
) -> None:
    installed = {"gunicorn": gunicorn, **({"setuptools": setuptools} if setuptools else {})}
    found = checked(tmp_path, "web: gunicorn -b :80 app:app\n", **installed)
    assert found == ((GunicornNotice(gunicorn, setuptools),) if is_told else ())
    assert checked(tmp_path, "web: python app.py\n", **installed) == ()


def test_a_browser_that_is_downloaded_later(tmp_path: Path) -> None:
    found = checked(tmp_path, "web: python app.py\n", playwright="1.50")
    assert found == (BrowsersNotice("playwright"),)


@pytest.mark.parametrize(
    ("command", "installed", "missing"),
    [
        ("gunicorn --bind 0.0.0.0:$PORT app:app", {"flask": "3"}, ("gunicorn", "gunicorn")),
        ("gunicorn --bind 0.0.0.0:$PORT app:app", {"gunicorn": "23"}, None),
        ("waitress-serve app:app", {}, ("waitress-serve", "waitress")),
        ("cd src && exec python -m celery -A a worker", {}, ("celery", "celery")),
        ("pdm run start", {}, ("pdm", "pdm")),
        ("pipenv run gunicorn app:app", {"gunicorn": "23"}, ("pipenv", "pipenv")),
        ("uwsgi --http :8080", {"pyuwsgi": "2"}, None),
        ("./start.sh", {}, None),
    ],
)
def test_a_program_that_is_not_installed(
    tmp_path: Path, command: str, installed: dict[str, str], missing: tuple[str, str] | None
) -> None:
    found = checked(tmp_path, f"other: {command}", **installed)
    notices = [each for each in found if isinstance(each, MissingProgramNotice)]
    assert [(each.program, each.distribution) for each in notices] == ([missing] if missing else [])
