"""What wraps an app is the app that servers take: middleware isn't passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.start_commands.detection import Files, detect, shown

FASTAPI = "from fastapi import FastAPI\n"
FLASK = "from flask import Flask\napp = Flask(__name__)\n"


def served(app_dir: Path, files: Files, installed: str) -> str:
    """Return the app that ``web`` loads."""
    return shown(detect(app_dir, files, installed)).partition(" (")[0].rpartition(" ")[2]


@pytest.mark.parametrize(
    "text",
    [
        "api = FastAPI()\napp = TrustedHostMiddleware(api, allowed_hosts=['a'])\n",
        "fastapi_app = FastAPI()\napp = socketio.ASGIApp(sio, fastapi_app)\n",
        "fastapi_app = FastAPI()\napp = socketio.ASGIApp(sio, other_asgi_app=fastapi_app)\n",
        "_app = FastAPI()\napp = Outer(Inner(_app))\n",
    ],
)
def test_middleware_of_an_app_of_the_same_module(tmp_path: Path, text: str) -> None:
    assert served(tmp_path, {"main.py": FASTAPI + text}, "fastapi uvicorn") == "main:app"


@pytest.mark.parametrize("imported", ["app", "app as flask_app"])
def test_middleware_of_an_imported_app(tmp_path: Path, imported: str) -> None:
    name = imported.rpartition(" ")[2]
    wsgi = f"from app import {imported}\napplication = auth(Dispatcher({name}, {{}}))\n"
    files: Files = {"app.py": FLASK, "wsgi.py": wsgi}
    assert served(tmp_path, files, "flask gunicorn") == "wsgi:application"


def test_middleware_that_is_named_beside_the_app(tmp_path: Path) -> None:
    files: Files = {"main.py": f"{FLASK}application = Prefix(app)\n"}
    assert served(tmp_path, files, "flask gunicorn") == "main:application"


@pytest.mark.parametrize(
    "line", ["api = Api(app)\n", "db = SQLAlchemy(app)\n", "application = WsgiToAsgi(app)\n"]
)
def test_what_is_no_middleware(tmp_path: Path, line: str) -> None:
    assert served(tmp_path, {"main.py": FLASK + line}, "flask gunicorn") == "main:app"


def test_modules_that_wrap_each_other(tmp_path: Path) -> None:
    files: Files = {
        "a.py": "from b import app as other\napp = Outer(other)\n",
        "wsgi.py": "from a import app as other\napp = Outer(other)\n",
        "b.py": "from a import app as other\napp = Outer(other)\n",
    }
    assert shown(detect(tmp_path, files, "flask gunicorn")) == "nothing"
