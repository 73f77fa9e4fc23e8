"""Files of Django projects, for tests."""

from __future__ import annotations

from pathlib import Path


def manage_py(settings: str) -> str:
    """Return a manage.py, with its settings in line 2."""
    return f"""\
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")
from django.core.management import execute_from_command_line
"""


def wsgi_py(settings: str) -> str:
    """Return a wsgi.py, with its settings in line 3."""
    return f"""\
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")
application = get_wsgi_application()
"""


def asgi_py(settings: str) -> str:
    """Return an asgi.py, with its settings in line 3."""
    return wsgi_py(settings).replace("wsgi", "asgi")


# The layout of cookiecutter-django.
COOKIECUTTER = {
    "manage.py": manage_py("config.settings.local"),
    "config/__init__.py": "",
    "config/wsgi.py": wsgi_py("config.settings.production"),
    "config/settings/__init__.py": "",
    "config/settings/base.py": 'STATIC_ROOT = "collected"\n',
    "config/settings/local.py": 'from .base import *\nINSTALLED_APPS = ["debug_toolbar"]\n',
    "config/settings/production.py": "from .base import *\n",
}


def write(app_dir: Path, files: dict[str, str]) -> None:
    """Write files, by their paths."""
    for name, text in files.items():
        (app_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (app_dir / name).write_text(text)
