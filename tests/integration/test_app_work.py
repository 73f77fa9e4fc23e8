"""What a build does to the app itself, with the real Django, through the real lifecycle."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.integration.apps import SMALL_APP
from tests.integration.layer_comparison import assert_same_layers, kept_image
from tests.integration.layer_types import IN_IMAGE_ONLY, KEPT, layer_types
from tools.lifecycle_build import BuildResult, Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import PreparedBuildpack

MANAGE_PY = """\
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
from django.core.management import execute_from_command_line
sys.exit(execute_from_command_line(sys.argv))
"""
SETTINGS = """\
import os
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ["SECRET_KEY"]
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "collected"
STATICFILES_DIRS = [BASE_DIR / "assets"]
STORAGES = {"staticfiles": {
    "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
}}
"""
FILES = {
    "requirements.txt": "django==5.2.8\nasgiref==3.10.0\nsqlparse==0.5.3\n",
    "manage.py": MANAGE_PY,
    "mysite/__init__.py": "",
    "mysite/settings.py": SETTINGS,
    "assets/z.css": "body { background: url(a.svg) }\n",
    "assets/a.svg": "<svg/>\n",
    # Of an earlier run on somebody's machine, and newer than its source.
    "collected/z.css": "body { background: red }\n",
}
WITH_KEY = {"SECRET_KEY": "only-for-the-build"}

Build = Callable[..., BuildResult]


@pytest.fixture
def build(
    workspace: Workspace,
    buildpack_env: dict[str, str],
    prepared: PreparedBuildpack,
    tmp_path: Path,
) -> Build:
    def run(files: Mapping[str, str], env: Mapping[str, str]) -> BuildResult:
        app = tmp_path / "app"
        for name, text in files.items():
            path = app / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        variables = {**buildpack_env, "BP_PYTHON_VERSION": prepared.versions[0], **env}
        return workspace.build(app, variables)

    return run


def app_files(workspace: Workspace, image: Image) -> dict[str, bytes]:
    """Return the contents of the app's files, by their paths."""
    prefix = f"{workspace.app_dir}/"
    return {
        path.removeprefix(prefix): file.content
        for path, file in image.files().items()
        if path.startswith(prefix) and file.content is not None
    }


def test_static_files(workspace: Workspace, build: Build, tmp_path: Path) -> None:
    first = build(FILES, WITH_KEY)
    assert "Static files\n  Running collectstatic with manage.py\n" in first.buildpack_log
    image = kept_image(first.require_image(), tmp_path / "first")
    files = app_files(workspace, image)
    assert files["collected/z.css"] == FILES["assets/z.css"].encode()
    paths = json.loads(files["collected/staticfiles.json"])["paths"]
    assert list(paths) == ["a.svg", "z.css"]
    assert f'url("{paths["a.svg"]}")'.encode() in files[f"collected/{paths['z.css']}"]
    assert b"only-for-the-build" not in b"".join(files.values())
    assert [layer_types(image, name) for name in ("python", "venv")] == [IN_IMAGE_ONLY] * 2

    # Neither Python nor the environment is there, whatever changes that collectstatic doesn't read.
    viewed = {**FILES, "mysite/views.py": "VIEW = 1\n"}
    build(viewed, WITH_KEY)
    again = build({**viewed, "mysite/views.py": "VIEW = 2\n"}, WITH_KEY)
    taken = "Static files\n  Unchanged: taken from the previous build\n"
    assert taken in again.buildpack_log
    assert "Installing" not in again.buildpack_log
    again_image = again.require_image()
    assert_same_layers(image, again_image, ["python", "venv"])
    assert not (workspace.layers_dir / "python-buildpack_python" / "venv").exists()
    again_files = app_files(workspace, again_image)
    assert again_files.pop("mysite/views.py") == b"VIEW = 2\n"
    assert again_files == files

    edited = {**FILES, "assets/z.css": "body { color: red }\n"}
    (tmp_path / "app" / "mysite" / "views.py").unlink()
    changed = build(edited, WITH_KEY)
    assert "Discarding the previous static files: names of the app's files" in changed.buildpack_log
    changed_files = app_files(workspace, changed.require_image())
    assert changed_files["collected/z.css"] == edited["assets/z.css"].encode()
    changed = build(FILES, WITH_KEY)
    cause = "Discarding the previous static files: assets/z.css changed\n"
    assert cause in changed.buildpack_log
    assert changed.require_image().layer_diff_ids() == image.layer_diff_ids()

    left = build(FILES, {"BP_DISABLE_COLLECTSTATIC": "true"})
    assert "Static files" not in left.buildpack_log
    left_image = left.require_image()
    assert app_files(workspace, left_image)["collected/z.css"] == FILES["collected/z.css"].encode()
    assert [layer_types(left_image, name) for name in ("python", "venv")] == [IN_IMAGE_ONLY] * 2
    assert_same_layers(image, left_image, ["python", "venv"])

    wanted_again = build(FILES, WITH_KEY)
    log = wanted_again.buildpack_log
    assert "collectstatic needs it, but it isn't cached" in log
    assert wanted_again.require_image().layer_diff_ids() == image.layer_diff_ids()

    # What the settings' own mistakes lead to.
    needs_another = SETTINGS.replace("SECRET_KEY", "API_KEY")
    without_variable = build({**FILES, "mysite/settings.py": needs_another}, {})
    assert without_variable.exit_code != 0
    assert "Error: Django's settings need API_KEY" in without_variable.buildpack_log
    assert "BP_DISABLE_COLLECTSTATIC" in without_variable.buildpack_log

    nowhere = build({**FILES, "mysite/settings.py": SETTINGS + "STATIC_ROOT = None\n"}, WITH_KEY)
    assert "STATIC_ROOT isn't set: there is nowhere" in nowhere.buildpack_log
    assert nowhere.exit_code == 0


def test_static_files_without_a_secret_key(workspace: Workspace, build: Build) -> None:
    result = build(FILES, {})
    image = result.require_image()
    assert "  SECRET_KEY isn't set: running it again with a placeholder" in result.buildpack_log
    assert "Traceback" not in result.buildpack_log
    files = app_files(workspace, image)
    assert files["collected/z.css"] == FILES["assets/z.css"].encode()
    assert b"no-secret" not in b"".join(files.values())
    assert "SECRET_KEY" not in str(image.config)


# The layout of cookiecutter-django, below a directory, with code beside it.
COOKIECUTTER = {
    "requirements.txt": FILES["requirements.txt"],
    "shared/__init__.py": "NAME = 'shared'\n",
    "backend/manage.py": MANAGE_PY.replace("mysite.settings", "config.settings.local"),
    "backend/config/__init__.py": "",
    "backend/config/wsgi.py": """\
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
application = get_wsgi_application()
""",
    "backend/config/settings/__init__.py": "",
    "backend/config/settings/base.py": SETTINGS.replace("assets", "").replace(
        '["SECRET_KEY"]', '.get("SECRET_KEY", "x")'
    ),
    "backend/config/settings/local.py": """\
from .base import *
INSTALLED_APPS += ["debug_toolbar"]
""",
    "backend/config/settings/production.py": "from .base import *\nfrom shared import NAME\n",
}
DIFFSETTINGS = ["bash", "-c", "cd backend && python manage.py diffsettings"]


def test_settings_of_production(workspace: Workspace, build: Build) -> None:
    result = build(COOKIECUTTER, {})
    settings = "Settings: config.settings.production (backend/config/wsgi.py:3)"
    assert f"Django\n  {settings}, not config.settings.local" in result.buildpack_log
    assert "PYTHONPATH: the app's directory" in result.buildpack_log
    image = result.require_image()
    assert "backend/config/collected/staticfiles.json" in app_files(workspace, image)
    assert layer_types(image, "django") == IN_IMAGE_ONLY
    # What wsgi.py names counts for manage.py too, and what the user says for all.
    shown = workspace.run(image, ["--", *DIFFSETTINGS]).stdout
    assert "SETTINGS_MODULE = 'config.settings.production'" in shown
    assert "NAME = 'shared'" in shown
    chosen = {"DJANGO_SETTINGS_MODULE": "config.settings.base"}
    shown = workspace.run(image, ["--", *DIFFSETTINGS], chosen).stdout
    assert "SETTINGS_MODULE = 'config.settings.base'" in shown

    again = build(COOKIECUTTER, {})
    assert again.require_image().layer_diff_ids() == image.layer_diff_ids()


def test_settings_that_manage_py_insists_on(build: Build) -> None:
    manage_py = COOKIECUTTER["backend/manage.py"]
    assigned = manage_py.replace(
        '.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")',
        '["DJANGO_SETTINGS_MODULE"] = "config.settings.local"',
    )
    assert assigned != manage_py
    result = build({**COOKIECUTTER, "backend/manage.py": assigned}, {})
    assert "Running collectstatic with backend/manage.py\n" in result.buildpack_log
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        pytest.param(
            {
                "backend/config/wsgi.py": COOKIECUTTER["backend/config/wsgi.py"].replace(
                    "pro", "Pro"
                )
            },
            "Django's settings module config.settings.Production doesn't exist",
            id="settings that aren't there",
        ),
        pytest.param(
            {
                "backend/config/settings/production.py": (
                    "from .base import *\nSTATIC_ROOT = '/srv/static'\n"
                )
            },
            "STATIC_ROOT is outside of the app",
            id="STATIC_ROOT",
        ),
    ],
)
def test_refused_settings(build: Build, changed: dict[str, str], error: str) -> None:
    result = build({**COOKIECUTTER, **changed}, {})
    assert result.exit_code != 0
    assert f"\nError: {error}" in result.buildpack_log


def test_bytecode_of_the_app(workspace: Workspace, build: Build) -> None:
    files = {
        "requirements.txt": "",
        "main.py": "import shop\n",
        "shop/__init__.py": "print('in')\n",
    }
    image = build(files, {"BP_COMPILE_APP": "true"}).require_image()
    compiled = {path for path in app_files(workspace, image) if path.endswith(".pyc")}
    assert {path.partition(".")[0] for path in compiled} == {
        "__pycache__/main",
        "shop/__pycache__/__init__",
    }
    result = workspace.run(image, ["--", "python", "-v", "-c", "import shop"])
    assert "matches" in result.stdout
    assert result.stdout.splitlines().count("in") == 1
    assert layer_types(image, "python") == KEPT
    again = build(files, {"BP_COMPILE_APP": "true"})
    assert again.require_image().layer_diff_ids() == image.layer_diff_ids()


def test_build_command(workspace: Workspace, build: Build, tmp_path: Path) -> None:
    command = "python -c 'import iniconfig; print(iniconfig.__name__)' > made.txt\necho done"
    first = build(SMALL_APP, {"BP_BUILD_COMMAND": command})
    image = kept_image(first.require_image(), tmp_path / "first")
    assert "\nBuild command\n  Running BP_BUILD_COMMAND\n    done\n" in first.buildpack_log
    assert app_files(workspace, image)["made.txt"] == b"iniconfig\n"
    assert [layer_types(image, name) for name in ("python", "venv")] == [KEPT, KEPT]

    again = build(SMALL_APP, {"BP_BUILD_COMMAND": command})
    assert "Unchanged, and all pinned: reusing" in again.buildpack_log
    assert again.require_image().layer_diff_ids() == image.layer_diff_ids()

    # What a download of a model does.
    changing = 'python -c \'import sysconfig; open(sysconfig.get_path("purelib") + "/model", "w")\''
    refused = build(SMALL_APP, {"BP_BUILD_COMMAND": changing})
    assert refused.exit_code != 0
    assert "Error: BP_BUILD_COMMAND changed what isn't part of the app" in refused.buildpack_log
    assert "/site-packages/model\n" in refused.buildpack_log

    failed = build(SMALL_APP, {"BP_BUILD_COMMAND": "echo $TOKEN; exit 3", "TOKEN": "canary-token"})
    assert "  Exit status: 3.\n  Its last lines:\n      ****\n" in failed.buildpack_log
