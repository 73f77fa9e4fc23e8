"""Apps on a free-threaded Python: an interpreter of this machine, which others can do without."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.integration.layer_comparison import kept_image
from tests.integration.managed_apps import Declaration, Locker, assert_reused
from tools.lifecycle_build import Workspace
from tools.runtimes.interpreter import find_interpreters
from tools.runtimes.machine_runtime import machine_runtime
from tools.runtimes.packing import pack_runtimes

pytestmark = pytest.mark.thorough

COMMANDS = ("python3.15t", "python3.14t", "python3.13t")
# MarkupSafe has wheels for these Pythons. Flask doesn't need one to be imported without the GIL.
APP = """\
import flask, json, markupsafe._speedups, pathlib, sys, sysconfig
print(json.dumps({
    "gil": sys._is_gil_enabled(),
    "flag": sysconfig.get_config_var("ABIFLAGS"),
    "wheel": pathlib.Path(markupsafe._speedups.__file__).name.split("-")[1],
    "answer": flask.Flask("app").test_client().get("/").status_code,
}))
"""


@pytest.fixture(scope="module")
def env(shared_dir: Path) -> dict[str, str]:
    """The variables of a build on the newest free-threaded Python of this machine."""
    command = next(filter(shutil.which, COMMANDS), None)
    if command is None:
        pytest.skip(f"needs {' or '.join(COMMANDS)} on PATH")
    (interpreter,) = find_interpreters([command], every_pyenv=False)
    inventory = pack_runtimes(shared_dir / "free-threaded", [machine_runtime(interpreter)])
    return {"BP_PYTHON_INVENTORY": str(inventory), "BP_PYTHON_VERSION": interpreter.minor}


@pytest.mark.parametrize("manager", ["pip", "uv", "pylock"])
def test_build_start_and_rebuild(
    env: dict[str, str], workspace: Workspace, locker: Locker, tmp_path: Path, manager: str
) -> None:
    flag = env["BP_PYTHON_VERSION"]
    declaration = Declaration(
        ["flask", "markupsafe>=3"], files={"Procfile": "web: python app.py\n"}
    )
    app = locker.write(manager, tmp_path / "app", declaration)
    (app / "app.py").write_text(APP, encoding="utf-8")
    first = kept_image(workspace.build(app, env).require_image(), tmp_path / "first")
    process = workspace.run(first, ["web"])
    assert json.loads(process.stdout.splitlines()[-1]) == {
        "gil": False,
        "flag": "t",
        "wheel": flag.replace(".", ""),
        "answer": 404,
    }
    without_setting = {name: env[name] for name in ("BP_PYTHON_INVENTORY",)}
    again = workspace.build(app, without_setting)
    assert_reused(again)
    assert again.require_image().layer_diff_ids() == first.layer_diff_ids()
