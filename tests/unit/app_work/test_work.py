from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from python_buildpack.app_work.work import AppWork, do_app_work, read_app_work
from python_buildpack.configuration import Configuration
from python_buildpack.output import Output
from tests.unit.app_work.test_static_project import MANAGE_PY, SETTINGS, write

DJANGO = {"manage.py": MANAGE_PY, "site/settings.py": SETTINGS}


@pytest.mark.parametrize(
    ("files", "configuration", "expected", "name"),
    [
        pytest.param({}, Configuration(), AppWork(), None, id="nothing"),
        pytest.param(DJANGO, Configuration(), AppWork("manage.py"), "collectstatic", id="Django"),
        pytest.param(
            DJANGO, Configuration(disable_collectstatic=True), AppWork(), None, id="not wanted"
        ),
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
            AppWork("manage.py", compiles_app=True),
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
    work = read_app_work(tmp_path, configuration)
    assert (work, work.name) == (expected, name)


def test_do_app_work_without_django(tmp_path: Path) -> None:
    write(tmp_path, DJANGO)
    log = io.StringIO()
    work = AppWork("manage.py", compiles_app=True)
    do_app_work(work, tmp_path, Path(sys.executable), {}, {"flask": "3.1"}, Output(log))
    assert "Static files" not in log.getvalue()
    assert "Compiling the app's own code" in log.getvalue()
