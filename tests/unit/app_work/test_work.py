from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from python_buildpack.app_work.django_app import DjangoApp
from python_buildpack.app_work.django_settings import (
    ChosenSettings,
    MissingSettingsError,
    NamedSettings,
)
from python_buildpack.app_work.work import AppWork, do_app_work, read_app_work
from python_buildpack.cnb.layer_env import LayerEnv
from python_buildpack.configuration import Configuration
from python_buildpack.output import Output
from python_buildpack.start_commands.procfile import StartCommand
from tests.unit.app_work.django_files import COOKIECUTTER, manage_py, write

DJANGO = {"manage.py": manage_py("site.settings"), "site/settings.py": 'STATIC_ROOT = "c"\n'}
PROJECT = DjangoApp(
    "manage.py",
    ChosenSettings(NamedSettings("site.settings", "manage.py", 2)),
    has_static_root=True,
)
INCOMPLETE = {k: v for k, v in COOKIECUTTER.items() if k != "config/settings/production.py"}
NO_STATIC = Configuration(disable_collectstatic=True)


@pytest.mark.parametrize(
    ("files", "configuration", "expected", "name"),
    [
        pytest.param({}, Configuration(), AppWork(), None, id="nothing"),
        pytest.param(
            DJANGO,
            Configuration(),
            AppWork(PROJECT, collects_static=True),
            "collectstatic",
            id="Django",
        ),
        pytest.param(DJANGO, NO_STATIC, AppWork(PROJECT), None, id="not wanted"),
        pytest.param(
            {},
            Configuration(compile_app=True),
            AppWork(compiles_app=True),
            "BP_COMPILE_APP",
            id="bytecode",
        ),
        pytest.param(
            DJANGO,
            Configuration(compile_app=True),
            AppWork(PROJECT, collects_static=True, compiles_app=True),
            "collectstatic",
            id="both",
        ),
    ],
)
def test_read_app_work(
    tmp_path: Path,
    files: dict[str, str],
    configuration: Configuration,
    expected: AppWork,
    name: str | None,
) -> None:
    write(tmp_path, files)
    work = read_app_work(tmp_path, configuration, {}, ())
    assert (work, work.name) == (expected, name)


def test_do_app_work_without_django(tmp_path: Path) -> None:
    write(tmp_path, DJANGO)
    log = io.StringIO()
    work = AppWork(PROJECT, collects_static=True, compiles_app=True)
    do_app_work(work, tmp_path, Path(sys.executable), {}, {"flask": "3.1"}, Output(log))
    assert "Static files" not in log.getvalue()
    assert "Compiling the app's own code" in log.getvalue()


@pytest.mark.parametrize(
    ("configuration", "web", "raises"),
    [
        pytest.param(Configuration(), None, True, id="collectstatic and web"),
        pytest.param(NO_STATIC, None, True, id="web"),
        pytest.param(NO_STATIC, "gunicorn config.wsgi", True, id="written web"),
        pytest.param(
            NO_STATIC, "DJANGO_SETTINGS_MODULE=s gunicorn w", False, id="written web with settings"
        ),
        pytest.param(
            Configuration(), "gunicorn --env DJANGO_SETTINGS_MODULE=s w", True, id="collectstatic"
        ),
    ],
)
def test_read_app_work_missing_settings(
    tmp_path: Path, configuration: Configuration, web: str | None, *, raises: bool
) -> None:
    write(tmp_path, INCOMPLETE)
    written = (StartCommand("web", web, (web,), "Procfile", 1),) if web is not None else ()
    if raises:
        with pytest.raises(MissingSettingsError):
            read_app_work(tmp_path, configuration, {}, written)
    else:
        assert read_app_work(tmp_path, configuration, {}, written).django is not None


def test_launch_env_without_django(tmp_path: Path) -> None:
    write(tmp_path, COOKIECUTTER)
    work = read_app_work(tmp_path, Configuration(), {}, ())
    assert work.launch_env(tmp_path, {"flask": "3.1"}) == LayerEnv()
    assert work.launch_env(tmp_path, {"django": "5.2"}) != LayerEnv()
