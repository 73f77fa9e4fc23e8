from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.post_install.django_app import (
    ChosenSettings,
    DjangoApp,
    NamedSettings,
    django_env,
    django_env_lines,
)
from python_buildpack.post_install.django_settings import read_django_app
from tests.unit.post_install.django_files import manage_py, write

MANAGE_PY = manage_py("site.settings")
SETTINGS = 'STATIC_ROOT = "collected"\n'
PRODUCTION = NamedSettings("site.production", "b/site/wsgi.py", 3)
LOCAL = NamedSettings("site.local", "b/manage.py", 2)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"manage.py": MANAGE_PY, "site/settings.py": SETTINGS}, "manage.py", id="settings"
        ),
        pytest.param(
            {"manage.py": MANAGE_PY, "site/settings/base.py": SETTINGS}, "manage.py", id="package"
        ),
        pytest.param(
            {"src/manage.py": MANAGE_PY, "src/site/settings.py": SETTINGS},
            "src/manage.py",
            id="src",
        ),
        pytest.param(
            {"manage.py": MANAGE_PY, "site/settings.py": "import django_heroku\n"},
            "manage.py",
            id="package that sets it",
        ),
        pytest.param({"manage.py": MANAGE_PY, "site/settings.py": "A = 1\n"}, None, id="no root"),
        pytest.param({"manage.py": "print(1)\n", "s.py": SETTINGS}, None, id="another manage.py"),
        pytest.param({"manage.py": "print(", "s.py": SETTINGS}, None, id="broken manage.py"),
        pytest.param({"settings.py": SETTINGS}, None, id="no manage.py"),
        pytest.param(
            {"a/manage.py": MANAGE_PY, "b/manage.py": MANAGE_PY, "a/settings.py": SETTINGS},
            None,
            id="two projects",
        ),
        pytest.param({}, None, id="empty"),
    ],
)
def test_read_django_app(tmp_path: Path, files: dict[str, str], expected: str | None) -> None:
    write(tmp_path, files)
    django = read_django_app(tmp_path, {})
    found = django.manage_py if django is not None and django.has_static_root else None
    assert found == expected


@pytest.mark.parametrize(
    ("django", "expected"),
    [
        pytest.param(DjangoApp("manage.py"), {}, id="nothing"),
        pytest.param(DjangoApp("manage.py", ChosenSettings(PRODUCTION)), {}, id="all files agree"),
        pytest.param(
            DjangoApp("manage.py", ChosenSettings(PRODUCTION, (LOCAL,))),
            {"env.launch/DJANGO_SETTINGS_MODULE.default": "site.production"},
            id="settings",
        ),
        pytest.param(
            DjangoApp("b/manage.py", root_imports=("redis", "shared")),
            {"env.launch/PYTHONPATH.delim": ":", "env.launch/PYTHONPATH.prepend": "/workspace"},
            id="root",
        ),
        pytest.param(
            DjangoApp("b/manage.py", root_imports=("redis",)), {}, id="name of a distribution"
        ),
    ],
)
def test_django_env(django: DjangoApp, expected: dict[str, str]) -> None:
    env = django_env(django, Path("/workspace"), {"django": "5.2", "redis": "6.0"})
    assert env.files() == expected


def test_django_env_lines() -> None:
    django = DjangoApp(
        "b/manage.py", ChosenSettings(PRODUCTION, (LOCAL,)), root_imports=("shared", "tools")
    )
    assert tuple(django_env_lines(django, django.imported_from_root({}))) == (
        "Settings: site.production (b/site/wsgi.py:3), not site.local (b/manage.py:2)",
        "DJANGO_SETTINGS_MODULE chooses others, in the build and in the image",
        "PYTHONPATH: the app's directory, where b/manage.py's project imports shared, tools from",
    )
