from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app_work.static_project import find_static_project

MANAGE_PY = """\
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")
from django.core.management import execute_from_command_line
"""
SETTINGS = 'STATIC_ROOT = "collected"\n'


def write(app_dir: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (app_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (app_dir / name).write_text(text)


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
def test_find_static_project(tmp_path: Path, files: dict[str, str], expected: str | None) -> None:
    write(tmp_path, files)
    assert find_static_project(tmp_path) == expected
