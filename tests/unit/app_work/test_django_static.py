from __future__ import annotations

import io
from pathlib import Path

import pytest

from python_buildpack.app_work.django_static import (
    CollectStaticFailedError,
    DatabaseAtBuildError,
    MissingModuleError,
    MissingVariableError,
    collect_static_files,
)
from python_buildpack.error_messages.wording import message_for
from python_buildpack.errors import UserError
from python_buildpack.output import Output
from tests.unit.fake_program import FakeProgram, write_fake_program

TRACEBACK = 'Traceback (most recent call last):\n  File "manage.py", line 3, in <module>\n'


def collect(tmp_path: Path, printed: str, exit_status: int) -> tuple[FakeProgram, list[str]]:
    """Let a program that prints stand for Python; return it and the log."""
    body = f"print({printed!r})\nsys.exit({exit_status})"
    program = write_fake_program(tmp_path / "python", tmp_path / "runs", body)
    log = io.StringIO()
    environment = {"PATH": "/usr/bin", "SITE": "x"}
    collect_static_files(tmp_path, "src/manage.py", program.path, environment, Output(log))
    return program, log.getvalue().splitlines()


def test_collect_static_files(tmp_path: Path) -> None:
    program, log = collect(tmp_path, "3 static files copied.", 0)
    (call,) = program.calls
    assert call.arguments[1:] == ("src/manage.py",)
    assert call.directory == tmp_path
    assert call.environment["SITE"] == "x"
    assert log[:4] == [
        "",
        "Static files",
        "  Collecting them with src/manage.py",
        "    3 static files copied.",
    ]


@pytest.mark.parametrize(
    ("last_line", "expected"),
    [
        ("KeyError: 'SECRET_KEY'", MissingVariableError("SECRET_KEY")),
        (
            "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
            MissingVariableError("SECRET_KEY"),
        ),
        (
            "django.core.exceptions.ImproperlyConfigured: Set the DATABASE_URL environment variable",
            MissingVariableError("DATABASE_URL"),
        ),
        (
            "decouple.UndefinedValueError: API_KEY not found. Declare it as envvar or …",
            MissingVariableError("API_KEY"),
        ),
        (
            'environs.exceptions.EnvError: Environment variable "API_KEY" not set',
            MissingVariableError("API_KEY"),
        ),
        (
            "ModuleNotFoundError: No module named 'rest_framework'",
            MissingModuleError("rest_framework"),
        ),
        (
            'django.db.utils.OperationalError: connection to server at "localhost" failed',
            DatabaseAtBuildError(),
        ),
        ("psycopg2.OperationalError: could not connect", DatabaseAtBuildError()),
        ("django.db.utils.ProgrammingError: relation does not exist", DatabaseAtBuildError()),
        ("KeyError: 'default'", CollectStaticFailedError(1)),
        ("CommandError: An error occurred", CollectStaticFailedError(1)),
    ],
)
def test_collect_static_files_fails(tmp_path: Path, last_line: str, expected: UserError) -> None:
    with pytest.raises(type(expected)) as raised:
        collect(tmp_path, f"{TRACEBACK}{last_line}", 1)
    assert vars(raised.value) == vars(expected)
    message = message_for(raised.value)
    assert "BP_DISABLE_COLLECTSTATIC=true" in message.body
    assert all(str(value) in message.heading + message.body for value in vars(expected).values())
