from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from python_buildpack.messages.wording import message_for
from python_buildpack.post_install.django_app import (
    ChosenSettings,
    MissingSettings,
    MissingSettingsError,
    NamedSettings,
    django_env_lines,
)
from python_buildpack.post_install.django_settings import (
    read_django_app,
    require_installed_settings,
)
from tests.unit.post_install.django_files import COOKIECUTTER, asgi_py, manage_py, write, wsgi_py

LOCAL, PRODUCTION = "config.settings.local", "config.settings.production"
MANAGE_PY_LOCAL = NamedSettings(LOCAL, "manage.py", 2)
WSGI_PRODUCTION = NamedSettings(PRODUCTION, "config/wsgi.py", 3)
CELERY = f"""\
import os
from celery import Celery
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{LOCAL}")
app = Celery("config")
"""
ASSIGNED = manage_py(LOCAL).replace(".setdefault(", "[").replace(", ", "] = ", 1).replace('")', '"')
AZURE = """\
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", PRODUCTION if "SITE" in os.environ else LOCAL)
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""
READ_FIRST = """\
import os
os.environ["DJANGO_SETTINGS_MODULE"] = os.environ.get("DJANGO_SETTINGS_MODULE", "site.settings")
from django.core.management import execute_from_command_line
"""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            COOKIECUTTER, ChosenSettings(WSGI_PRODUCTION, (MANAGE_PY_LOCAL,)), id="cookiecutter"
        ),
        pytest.param(
            {**COOKIECUTTER, "manage.py": ASSIGNED},
            ChosenSettings(WSGI_PRODUCTION, (replace(MANAGE_PY_LOCAL, is_assigned=True),)),
            id="assigned in manage.py",
        ),
        pytest.param(
            {**COOKIECUTTER, "config/asgi.py": asgi_py(LOCAL)},
            ChosenSettings(
                WSGI_PRODUCTION, (MANAGE_PY_LOCAL, NamedSettings(LOCAL, "config/asgi.py", 3))
            ),
            id="asgi.py with a developer's",
        ),
        pytest.param(
            {
                **COOKIECUTTER,
                "manage.py": manage_py(PRODUCTION),
                "config/celery_app.py": CELERY,
            },
            ChosenSettings(WSGI_PRODUCTION, (NamedSettings(LOCAL, "config/celery_app.py", 3),)),
            id="Celery",
        ),
        pytest.param(
            {**COOKIECUTTER, "manage.py": manage_py(PRODUCTION)},
            ChosenSettings(WSGI_PRODUCTION),
            id="all agree",
        ),
        pytest.param(
            {**COOKIECUTTER, "config/wsgi.py": wsgi_py(LOCAL)},
            ChosenSettings(NamedSettings(LOCAL, "config/wsgi.py", 3)),
            id="a developer's alone",
        ),
        pytest.param(
            {"manage.py": manage_py("site.settings"), "site/settings.py": ""},
            ChosenSettings(NamedSettings("site.settings", "manage.py", 2)),
            id="manage.py alone",
        ),
        pytest.param(
            {"manage.py": READ_FIRST, "site/settings.py": ""},
            ChosenSettings(NamedSettings("site.settings", "manage.py", 2)),
            id="default of a variable that is read",
        ),
        pytest.param({**COOKIECUTTER, "config/wsgi.py": AZURE}, None, id="decided at run time"),
        pytest.param(
            {**COOKIECUTTER, "config/asgi.py": asgi_py("config.settings.live")},
            None,
            id="two servers with settings of their own",
        ),
    ],
)
def test_determine_settings(
    tmp_path: Path, files: dict[str, str], expected: ChosenSettings | None
) -> None:
    write(tmp_path, files)
    django = read_django_app(tmp_path, {})
    assert django is not None
    assert django.settings == expected


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        pytest.param({**COOKIECUTTER, "config/settings/production.py": None}, True, id="missing"),
        pytest.param(COOKIECUTTER, False, id="there"),
        pytest.param({**COOKIECUTTER, "config/settings/local.py": None}, False, id="not used"),
        pytest.param(
            {
                **COOKIECUTTER,
                "config/settings/production.py": None,
                "config/settings/production.pyc": "",
            },
            False,
            id="without its source",
        ),
        pytest.param(
            {f"src/{name}": text for name, text in COOKIECUTTER.items()}, False, id="below"
        ),
        pytest.param(
            {"app/manage.py": manage_py("app.settings"), "app/settings.py": ""},
            False,
            id="from the app's directory",
        ),
        pytest.param(
            {
                "manage.py": manage_py("config.settings"),
                "config/urls.py": "",
                "apps/config/settings.py": "",
            },
            False,
            id="from a directory that manage.py may add",
        ),
        pytest.param(
            {"manage.py": manage_py("config.settings"), "apps/config/settings/__init__.py": ""},
            False,
            id="package from a directory that manage.py may add",
        ),
        pytest.param(
            {"manage.py": "import sys\nsys.path.append(x)\n" + manage_py("deep.settings")},
            False,
            id="from a directory that manage.py adds",
        ),
    ],
)
def test_find_missing_settings(
    tmp_path: Path, files: dict[str, str | None], *, missing: bool
) -> None:
    write(tmp_path, {name: text for name, text in files.items() if text is not None})
    django = read_django_app(tmp_path, {})
    assert django is not None
    beside = ("config.settings.base", LOCAL)
    expected = MissingSettings(WSGI_PRODUCTION, beside) if missing else None
    assert django.missing_settings == expected


@pytest.mark.parametrize("module", ["saleor.settings", "settings"])
def test_find_missing_settings_that_may_be_installed(tmp_path: Path, module: str) -> None:
    write(tmp_path, {"manage.py": manage_py(module)})
    django = read_django_app(tmp_path, {})
    assert django is not None
    named = NamedSettings(module, "manage.py", 2)
    assert django.missing_settings == MissingSettings(named, may_be_installed=True)


@pytest.mark.parametrize(
    ("files", "raises"),
    [
        pytest.param({"django/__init__.py": ""}, True, id="not installed"),
        pytest.param({"distutils-precedence.pth": ""}, True, id="setuptools"),
        pytest.param({"config/settings/production.py": ""}, False, id="installed"),
        pytest.param({"app.pth": "/workspace/src"}, False, id="elsewhere"),
    ],
)
def test_require_installed_settings(tmp_path: Path, files: dict[str, str], *, raises: bool) -> None:
    write(tmp_path / "lib" / "python3.13" / "site-packages", files)
    missing = MissingSettings(WSGI_PRODUCTION, may_be_installed=True)
    with pytest.raises(MissingSettingsError) if raises else nullcontext():
        require_installed_settings(missing, tmp_path)


@pytest.mark.parametrize(
    ("given", "missing"), [(LOCAL, False), ("config.settings.staging", True), ("", False)]
)
def test_find_missing_settings_of_the_user(tmp_path: Path, given: str, *, missing: bool) -> None:
    write(tmp_path, COOKIECUTTER)
    django = read_django_app(tmp_path, {"DJANGO_SETTINGS_MODULE": given})
    assert django is not None
    assert (django.missing_settings is not None) == missing
    if django.missing_settings is not None:
        named = NamedSettings("config.settings.staging", "DJANGO_SETTINGS_MODULE", None)
        assert django.missing_settings.named == named


def test_missing_settings_message() -> None:
    missing = MissingSettings(WSGI_PRODUCTION, ("config.settings.base", LOCAL))
    message = message_for(MissingSettingsError(missing))
    assert message.heading == f"Django's settings module {PRODUCTION} doesn't exist"
    assert message.body.startswith("config/wsgi.py:3 names it, but it is not in the app.")
    assert f"The app has:\n  config.settings.base\n  {LOCAL}\n" in message.body


def test_settings_that_manage_py_insists_on(tmp_path: Path) -> None:
    assigned = manage_py("x.local").replace('.setdefault("D', '["D').replace('E", "', 'E"] = "')
    write(tmp_path, {**COOKIECUTTER, "manage.py": assigned.replace('")', '"')})
    django = read_django_app(tmp_path, {})
    assert django is not None
    lines = tuple(django_env_lines(django, ()))
    assert lines[-1] == "manage.py sets its own whatever the variable says: x.local"


def test_a_project_in_a_member_of_a_workspace(tmp_path: Path) -> None:
    member = "services/shop"
    write(tmp_path, {f"{member}/{path}": text for path, text in COOKIECUTTER.items()})
    write(tmp_path, {f"services/blog/{path}": text for path, text in COOKIECUTTER.items()})
    assert read_django_app(tmp_path, {}) is None
    django = read_django_app(tmp_path, {}, member)
    assert django is not None
    assert django.manage_py == f"{member}/manage.py"
    assert django.settings is not None
    assert django.settings.named.path == f"{member}/config/wsgi.py"
