"""The apps that FLASK_APP and FastAPI's entrypoint name."""

from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.start_commands.detection import (
    detect_start_commands,
)
from python_buildpack.start_commands.results import (
    Detected,
)
from python_buildpack.start_commands.source_tree import read_source_tree
from tests.unit.start_commands.detection import Files, detect, shown

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FACTORY = "from flask import Flask\ndef create_app(x=1):\n    return Flask(__name__)\n"
FASTAPI = "from fastapi import FastAPI\napi = FastAPI()\n"
CALLER = "from shop import create_app, db\napp = create_app()\n"


def started(app_dir: Path, files: Files, installed: str) -> tuple[str, str, int | None]:
    """Return what the server loads, and where that is said."""
    detected = detect(app_dir, files, installed)
    assert isinstance(detected, Detected), shown(detected)
    (web,) = detected.processes
    return web.text.rpartition('="*" ')[2], web.source, web.line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FLASK_APP=hello.py\n", "hello:app"),
        ("# x\nexport FLASK_APP = 'hello'\n", "hello:app"),
        ('FLASK_DEBUG=1\nFLASK_APP="hello:app"  # the app\n', "hello:app"),
        ("FLASK_APP=./web/site.py\n", "--chdir web site:site"),
        ("FLASK_APP=web/site\n", "--chdir web site:site"),
        ("FLASK_APP=shop\n", '"shop:create_app()"'),
        ("FLASK_APP=shop:create_app\n", '"shop:create_app()"'),
        ("FLASK_APP=shop:create_app()\n", "'shop:create_app()'"),
        ("FLASK_APP=\"shop:create_app('a.b')\"\n", """'shop:create_app('"'"'a.b'"'"')'"""),
    ],
)
def test_flask_app(tmp_path: Path, text: str, expected: str) -> None:
    files: Files = {
        ".flaskenv": text,
        "app.py": FLASK,
        "hello.py": FLASK,
        "web/site.py": "import db\n" + FLASK.replace("app", "site"),
        "web/db.py": "",
        "shop/__init__.py": FACTORY,
    }
    line = text[: text.index("FLASK_APP")].count("\n") + 1
    assert started(tmp_path, files, "flask gunicorn") == (expected, ".flaskenv", line)


def test_flask_app_of_the_build(tmp_path: Path) -> None:
    detect(tmp_path, {".flaskenv": "FLASK_APP=app\n", "app.py": FLASK, "hello.py": FLASK}, "")
    installed = {"flask": "3", "gunicorn": "23"}
    tree = read_source_tree(tmp_path)
    found = detect_start_commands(
        tree, AppFiles(tree.app_dir), installed, environment={"FLASK_APP": "hello"}
    )
    assert shown(found).endswith(" hello:app (FLASK_APP:None)")


@pytest.mark.parametrize(
    "named",
    ["FLASK_APP=hello:app; rm x", "FLASK_APP=gone.py", "FLASK_APP=", "FLASK_APP=seed.py", "X=1"],
)
def test_flask_app_that_can_not_be_started(tmp_path: Path, named: str) -> None:
    files: Files = {".flaskenv": named, "app.py": FLASK, "shop.py": FACTORY}
    files["seed.py"] = CALLER + "with app.app_context():\n    db.drop_all()\n"
    assert started(tmp_path, files, "flask gunicorn") == ("app:app", "app.py", 2)


def test_flask_app_with_arguments_and_a_server_that_takes_none(tmp_path: Path) -> None:
    files: Files = {".env": "FLASK_APP=shop:create_app('x')\n", "shop.py": FACTORY}
    assert "flask run" in shown(detect(tmp_path, files, "flask waitress"))


def test_the_entrypoint_of_fastapi(tmp_path: Path) -> None:
    files: Files = {
        "pyproject.toml": "[tool.fastapi]\nentrypoint = 'backend.web:api'\n",
        "main.py": FASTAPI,
        "backend/web.py": FASTAPI,
    }
    expected = ("backend.web:api", "pyproject.toml", 2)
    assert started(tmp_path, files, "fastapi uvicorn") == expected
    files["pyproject.toml"] = "[tool.fastapi]\nentrypoint = 'gone:api'\n"
    assert started(tmp_path, files, "fastapi uvicorn") == ("main:api", "main.py", 2)
