from __future__ import annotations

import io
from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.messages.wording import message_for
from python_buildpack.post_install.django_app import (
    ChosenSettings,
    DjangoApp,
    NamedSettings,
)
from python_buildpack.post_install.django_static import (
    Collection,
    CollectStaticFailedError,
    DatabaseAtBuildError,
    MissingModuleError,
    StaticRootOutsideError,
    UnsetSettingError,
    collect_static_files,
    exception_chain,
)
from python_buildpack.system.errors import UserError
from python_buildpack.system.output import Output
from tests.unit.fake_program import FakeProgram, write_fake_program
from tests.unit.post_install.django_files import write

TRACEBACK = 'Traceback (most recent call last):\n  File "manage.py", line 3, in <module>\n'


DJANGO = DjangoApp(
    "src/manage.py", ChosenSettings(NamedSettings("shop.settings", "src/manage.py", 2))
)


def collect(
    tmp_path: Path, printed: str, exit_status: int, **variables: str
) -> tuple[FakeProgram, list[str]]:
    """Let a program that prints stand for Python; return it and the log."""
    body = f"print({printed!r})\nsys.exit({exit_status})"
    program = write_fake_program(tmp_path / "python", tmp_path / "runs", body)
    log = io.StringIO()
    environment = {"PATH": "/usr/bin", "SITE": "x", **variables}
    collect_static_files(AppFiles(tmp_path), DJANGO, program.path, environment, Output(log))
    return program, log.getvalue().splitlines()


def test_collect_static_files(tmp_path: Path) -> None:
    program, log = collect(tmp_path, "3 static files copied.", 0)
    (call,) = program.calls
    assert (call.arguments[0], call.arguments[2]) == ("-u", "src/manage.py")
    assert call.directory == tmp_path
    assert call.environment["SITE"] == "x"
    assert log[:2] == [
        "  Running collectstatic with src/manage.py",
        "    3 static files copied.",
    ]


@pytest.mark.parametrize(
    ("last_line", "expected"),
    [
        ("KeyError: 'SECRET_KEY'", UnsetSettingError("SECRET_KEY")),
        (
            "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
            UnsetSettingError("SECRET_KEY"),
        ),
        (
            "django.core.exceptions.ImproperlyConfigured: Set the DATABASE_URL environment variable",
            UnsetSettingError("DATABASE_URL"),
        ),
        (
            "decouple.UndefinedValueError: API_KEY not found. Declare it as envvar or …",
            UnsetSettingError("API_KEY"),
        ),
        (
            'environs.exceptions.EnvError: Environment variable "API_KEY" not set',
            UnsetSettingError("API_KEY"),
        ),
        (
            "ModuleNotFoundError: No module named 'rest_framework'",
            MissingModuleError("rest_framework", settings="shop.settings"),
        ),
        (
            'django.db.utils.OperationalError: connection to server at "localhost" failed',
            DatabaseAtBuildError(),
        ),
        ("psycopg2.OperationalError: could not connect", DatabaseAtBuildError()),
        ("django.db.utils.ProgrammingError: relation does not exist", DatabaseAtBuildError()),
        (
            "django.core.exceptions.ImproperlyConfigured: Error loading psycopg2 or psycopg module",
            MissingModuleError("psycopg2", settings="shop.settings"),
        ),
        (
            "KeyError: 'default'",
            CollectStaticFailedError(1, "KeyError: 'default'", Collection("src/manage.py")),
        ),
    ],
)
def test_collect_static_files_fails(tmp_path: Path, last_line: str, expected: UserError) -> None:
    with pytest.raises(type(expected)) as raised:
        collect(tmp_path, f"{TRACEBACK}{last_line}", 1)
    assert vars(raised.value) == vars(expected)
    message = message_for(raised.value)
    assert "BP_DISABLE_COLLECTSTATIC=true" in message.body
    shown = [value for value in vars(expected).values() if isinstance(value, str)]
    assert all(value in message.heading + message.body for value in shown)


FROM = "\nThe above exception was the direct cause of the following exception:\n\n"
HANDLING = "During handling of the above exception, another exception occurred:\n"
CHAIN = f"""\
{TRACEBACK}ModuleNotFoundError: No module named 'netbox.configuration'

{HANDLING}
{TRACEBACK}django.core.exceptions.ImproperlyConfigured: Configuration file is missing.
"""


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param("No traceback\n", (), id="none"),
        pytest.param(f"a\n{TRACEBACK}KeyError: 'A'\n", ("KeyError: 'A'",), id="one"),
        pytest.param(
            CHAIN,
            ("django.core.exceptions.ImproperlyConfigured: Configuration file is missing.",),
            id="replaced",
        ),
        pytest.param(
            f"{TRACEBACK}KeyError: 'A'\n{FROM}{TRACEBACK}E: b\n{FROM}{TRACEBACK}E: c\n\n  d\n",
            ("E: c\n\n  d", "E: b", "KeyError: 'A'"),
            id="raised from",
        ),
        pytest.param(f"{TRACEBACK}E: a\n\n{TRACEBACK}E: b\n", ("E: b",), id="two"),
        pytest.param(f"{TRACEBACK}E: a\n  b\nc\n", ("E: a\n  b\nc",), id="several lines"),
        pytest.param("Traceback (most recent call last):\n", (), id="cut off"),
    ],
)
def test_exception_chain(output: str, expected: tuple[str, ...]) -> None:
    assert exception_chain(output) == expected


def test_an_exception_is_shown_with_what_it_was_raised_from(tmp_path: Path) -> None:
    cause = "FileNotFoundError: [Errno 2] No such file or directory: '/var/log/shop/app.log'"
    error = "ValueError: Unable to configure handler 'file'"
    with pytest.raises(CollectStaticFailedError) as raised:
        collect(tmp_path, f"{TRACEBACK}{cause}\n{FROM}{TRACEBACK}{error}", 1)
    body = message_for(raised.value).body
    assert f"Its error:\n  {error}\n\nCaused by:\n  {cause}\n" in body


def test_what_manage_py_says_of_any_import_is_passed_over(tmp_path: Path) -> None:
    cause = "ModuleNotFoundError: No module named 'configurations'"
    error = "ImportError: Couldn't import Django. Are you sure it's installed?"
    with pytest.raises(MissingModuleError) as raised:
        collect(tmp_path, f"{TRACEBACK}{cause}\n{FROM}{TRACEBACK}{error}", 1)
    assert raised.value.name == "configurations"


def test_a_driver_that_lacks_a_library_is_installed(tmp_path: Path) -> None:
    cause = "ImportError: libpq.so.5: cannot open shared object file: No such file or directory"
    error = "django.core.exceptions.ImproperlyConfigured: Error loading psycopg2 or psycopg module"
    with pytest.raises(CollectStaticFailedError) as raised:
        collect(tmp_path, f"{TRACEBACK}{cause}\n\n{HANDLING}\n{TRACEBACK}{error}", 1)
    assert (raised.value.exception, raised.value.causes) == (error, (cause,))


def test_chained_exceptions_show_the_last_one(tmp_path: Path) -> None:
    with pytest.raises(CollectStaticFailedError) as raised:
        collect(tmp_path, CHAIN, 1)
    body = message_for(raised.value).body
    assert "ImproperlyConfigured: Configuration file is missing." in body
    assert "netbox.configuration" not in body


@pytest.mark.parametrize(
    ("files", "name", "heading"),
    [
        pytest.param(
            {"src/config/urls.py": ""},
            "config.views",
            "The Django project imports config.views, which the app doesn't have",
            id="the app's",
        ),
        pytest.param(
            {},
            "debug_toolbar",
            "The Django project imports debug_toolbar, which isn't installed",
            id="another's",
        ),
        pytest.param(
            {}, "shop", "Django's settings module shop.settings doesn't exist", id="the settings"
        ),
    ],
)
def test_missing_module(tmp_path: Path, files: dict[str, str], name: str, heading: str) -> None:
    write(tmp_path, files)
    with pytest.raises(UserError) as raised:
        collect(tmp_path, f"{TRACEBACK}ModuleNotFoundError: No module named '{name}'", 1)
    assert message_for(raised.value).heading == heading


def test_missing_module_names_the_settings(tmp_path: Path) -> None:
    with pytest.raises(MissingModuleError) as raised:
        collect(tmp_path, f"{TRACEBACK}ModuleNotFoundError: No module named 'debug_toolbar'", 1)
    assert "Settings: shop.settings. To use others" in message_for(raised.value).body


def test_static_root_outside(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "src/shop/settings.py": 'A = 1\nSTATIC_ROOT = "/public_collected"\n',
            "src/shop/urls.py": "if settings.STATIC_ROOT == 1: pass\n",
        },
    )
    with pytest.raises(StaticRootOutsideError) as raised:
        collect(tmp_path, "STATIC_ROOT is outside of the app: /public_collected", 1)
    body = message_for(raised.value).body
    assert body.startswith(f"STATIC_ROOT is /public_collected, but only {tmp_path}")
    assert '  src/shop/settings.py:2: STATIC_ROOT = "/public_collected"\n\n' in body
    assert 'STATIC_ROOT = BASE_DIR / "staticfiles"' in body


def test_failure_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(CollectStaticFailedError) as raised:
        collect(tmp_path, "CommandError: no", 1, DJANGO_SETTINGS_MODULE="shop.production")
    body = message_for(raised.value).body
    command = "python src/manage.py collectstatic --noinput"
    assert f"\n  DJANGO_SETTINGS_MODULE=shop.production {command}\n" in body


NEEDS_KEY = """\
import os, sys
print("Loading")
if "{name}" not in os.environ:
    print("Traceback (most recent call last):\\n  File x\\nKeyError: '{name}'")
    sys.exit(1)
print("Key:", os.environ["{name}"])
"""


def test_placeholders_for_a_database(tmp_path: Path) -> None:
    names = ("PGDATABASE", "PGPORT", "METRICITY_DB_URL", "DATABASE_URL", "DB_PASSWORD")
    body = "".join(NEEDS_KEY.format(name=name) for name in names)
    program = write_fake_program(tmp_path / "python", tmp_path / "runs", body)
    collect_static_files(
        AppFiles(tmp_path), DJANGO, program.path, {"PATH": "/x"}, Output(io.StringIO())
    )
    given = program.calls[-1].environment
    assert [given[each] for each in names] == ["1", "1", *["sqlite://:memory:"] * 2, "1"]


@pytest.mark.parametrize("name", ["SECRET_KEY", "DJANGO_SECRET_KEY"])
def test_a_secret_key_for_collectstatic_alone(tmp_path: Path, name: str) -> None:
    body = NEEDS_KEY.format(name=name)
    program = write_fake_program(tmp_path / "python", tmp_path / "runs", body)
    log = io.StringIO()
    environment = {"PATH": "/usr/bin"}
    collect_static_files(AppFiles(tmp_path), DJANGO, program.path, environment, Output(log))
    assert len(program.calls) == 2
    assert name not in program.calls[0].environment
    assert environment == {"PATH": "/usr/bin"}
    assert "Traceback" not in log.getvalue()
    assert f"  {name} isn't set: running it again with a placeholder" in log.getvalue()


def test_other_secrets_are_not_made_up(tmp_path: Path) -> None:
    with pytest.raises(UnsetSettingError):
        collect(tmp_path, TRACEBACK + "KeyError: 'AWS_SECRET_ACCESS_KEY'", 1)


def test_a_missing_variable_that_is_a_url_gets_one_that_can_be_parsed() -> None:
    body = message_for(UnsetSettingError("DATABASE_URL")).body
    assert "  pack build --env DATABASE_URL=sqlite://:memory: …\n" in body
    assert 'os.environ.get("DATABASE_URL", "sqlite://:memory:")' in body
    body = message_for(UnsetSettingError("API_KEY")).body
    assert "--env API_KEY=only-for-the-build" in body
    assert "default" not in body
    assert (
        'EMAIL_PORT = os.environ.get("EMAIL_PORT", "1")'
        in message_for(UnsetSettingError("EMAIL_PORT")).body
    )
