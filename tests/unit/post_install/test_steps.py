from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.cnb.layer_env import LayerEnv
from python_buildpack.post_install.django_app import (
    ChosenSettings,
    DjangoApp,
    MissingSettingsError,
    NamedSettings,
)
from python_buildpack.post_install.steps import (
    PostInstallSteps,
    read_post_install_steps,
    run_post_install,
)
from python_buildpack.start_commands.processes import StartCommand
from python_buildpack.system.output import Output
from tests.unit.post_install.django_files import COOKIECUTTER, manage_py, write

DJANGO = {"manage.py": manage_py("site.settings"), "site/settings.py": 'STATIC_ROOT = "c"\n'}
PROJECT = DjangoApp(
    "manage.py",
    ChosenSettings(NamedSettings("site.settings", "manage.py", 2)),
    has_static_root=True,
)
INCOMPLETE = {k: v for k, v in COOKIECUTTER.items() if k != "config/settings/production.py"}
NO_STATIC = Settings(disable_collectstatic=True)


@pytest.mark.parametrize(
    ("files", "settings", "expected", "name"),
    [
        pytest.param({}, Settings(), PostInstallSteps(), None, id="nothing"),
        pytest.param(
            DJANGO,
            Settings(),
            PostInstallSteps(PROJECT, collects_static=True),
            "collectstatic",
            id="Django",
        ),
        pytest.param(DJANGO, NO_STATIC, PostInstallSteps(PROJECT), None, id="not wanted"),
        pytest.param(
            {},
            Settings(compile_app=True),
            PostInstallSteps(compiles_app=True),
            "BP_COMPILE_APP",
            id="bytecode",
        ),
        pytest.param(
            DJANGO,
            Settings(compile_app=True),
            PostInstallSteps(PROJECT, collects_static=True, compiles_app=True),
            "collectstatic",
            id="both",
        ),
        pytest.param(
            DJANGO,
            Settings(build_command="make"),
            PostInstallSteps(PROJECT, collects_static=True, build_command="make"),
            "BP_BUILD_COMMAND",
            id="command",
        ),
    ],
)
def test_read_app_work(
    tmp_path: Path,
    files: dict[str, str],
    settings: Settings,
    expected: PostInstallSteps,
    name: str | None,
) -> None:
    write(tmp_path, files)
    work = read_post_install_steps(tmp_path, settings, {}, ())
    assert (work, work.name) == (expected, name)


def test_do_app_work_without_django(tmp_path: Path) -> None:
    write(tmp_path, DJANGO)
    log = io.StringIO()
    work = PostInstallSteps(PROJECT, collects_static=True, compiles_app=True)
    run_post_install(
        work, AppFiles(tmp_path), tmp_path, Path(sys.executable), {}, {"flask": "3.1"}, Output(log)
    )
    assert "Static files" not in log.getvalue()
    assert "Compiling the app's own code" in log.getvalue()


@pytest.mark.parametrize(
    ("settings", "web", "raises"),
    [
        pytest.param(Settings(), None, True, id="collectstatic and web"),
        pytest.param(NO_STATIC, None, True, id="web"),
        pytest.param(NO_STATIC, "gunicorn config.wsgi", True, id="written web"),
        pytest.param(
            NO_STATIC, "DJANGO_SETTINGS_MODULE=s gunicorn w", False, id="written web with settings"
        ),
        pytest.param(
            Settings(), "gunicorn --env DJANGO_SETTINGS_MODULE=s w", True, id="collectstatic"
        ),
    ],
)
def test_read_app_work_missing_settings(
    tmp_path: Path, settings: Settings, web: str | None, *, raises: bool
) -> None:
    write(tmp_path, INCOMPLETE)
    written = (StartCommand("web", web, (web,), "Procfile", 1),) if web is not None else ()
    if raises:
        with pytest.raises(MissingSettingsError):
            read_post_install_steps(tmp_path, settings, {}, written)
    else:
        assert read_post_install_steps(tmp_path, settings, {}, written).django is not None


def test_launch_env_without_django(tmp_path: Path) -> None:
    write(tmp_path, COOKIECUTTER)
    work = read_post_install_steps(tmp_path, Settings(), {}, ())
    assert work.launch_env(tmp_path, {"flask": "3.1"}) == LayerEnv()
    assert work.launch_env(tmp_path, {"django": "5.2"}) != LayerEnv()


def test_a_project_in_a_member_of_a_workspace(tmp_path: Path) -> None:
    write(tmp_path, {f"a/b/{path}": text for path, text in DJANGO.items()})
    assert read_post_install_steps(tmp_path, Settings(), {}, ()).name is None
    assert read_post_install_steps(tmp_path, Settings(), {}, (), "a/b").name == "collectstatic"
