from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.start_commands.detection import (
    detect_start_commands,
)
from python_buildpack.start_commands.results import (
    Detected,
    DevelopmentServerNotice,
    NotDetected,
    OwnPortNotice,
    SeveralWorkersNotice,
    UnknownQueuesNotice,
    WithoutServer,
)
from python_buildpack.start_commands.source_tree import UnreadSource, read_source_tree
from tests.unit.start_commands.detection import Files, detect, shown

GUARD = "if __name__ == '__main__':\n    "
DASH_RUN = "if __name__ == '__main__':\n    app.run()\n"
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
FACTORY = "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app\n"
MANAGE = (
    "import os\ndef main():\n"
    "    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')\n"
    "    from django.core.management import execute_from_command_line\n"
)
WSGI = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
ASGI = "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n"
DJANGO: Files = {"manage.py": MANAGE, "mysite/__init__.py": "", "mysite/settings.py": ""}
STREAMLIT = "import streamlit as st\nst.title('x')\n"
CELERY = "from celery import Celery\napp = Celery('x')\n"
RQ = "from redis import Redis\nfrom rq import Queue\nq = Queue('low', connection=Redis())\n"
GRADIO = "import gradio as gr\ndemo = gr.Blocks()\n"
SCRIPT = "print('hello')\n"

PORT = "${PORT:-8080}"
WORKERS = "--workers ${WEB_CONCURRENCY:-1}"
G = f'gunicorn --bind 0.0.0.0:{PORT} --worker-tmp-dir /dev/shm --forwarded-allow-ips="*"'
U = f'uvicorn --host 0.0.0.0 --port {PORT} --proxy-headers --forwarded-allow-ips="*"'
UF = f'uvicorn --host 0.0.0.0 --port {PORT} --factory --proxy-headers --forwarded-allow-ips="*"'
W = (
    f'waitress-serve --listen=0.0.0.0:{PORT} --trusted-proxy="*"'
    ' --trusted-proxy-headers="x-forwarded-for x-forwarded-proto"'
)
GR = f"env GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT={PORT}"
SL = f"--server.address 0.0.0.0 --server.port {PORT} --server.headless true"
MIGRATE = "migrate: python manage.py migrate --noinput (manage.py:3)"
REDIS = '--url "${REDIS_URL:-redis://localhost:6379}"'
PYPROJECT = "[project]\nname = 'My_App'\n[project.scripts]\n"

# (name, files, installed distributions, what is expected)
CASES: list[tuple[str, Files, str, str]] = [
    # Flask, and every WSGI server.
    ("flask", {"app.py": FLASK}, "flask gunicorn", f"web: {G} app:app (app.py:2)"),
    ("flask_waitress", {"app.py": FLASK}, "flask waitress", f"web: {W} app:app (app.py:2)"),
    (
        "flask_hypercorn",
        {"app.py": FLASK},
        "flask hypercorn",
        f"web: hypercorn --bind 0.0.0.0:{PORT} {WORKERS} wsgi:app:app (app.py:2)",
    ),
    (
        "flask_granian",
        {"app.py": FLASK},
        "flask granian",
        f"web: granian --interface wsgi --host 0.0.0.0 --port {PORT} {WORKERS} app:app (app.py:2)",
    ),
    (
        "flask_without_server",
        {"app.py": FLASK},
        "flask",
        f"web: env FLASK_APP=app:app flask run --host 0.0.0.0 --port {PORT} (app.py:2)",
    ),
    (
        "quart_without_server",
        {"src/app.py": "from quart import Quart\napp = Quart('x')\n"},
        "quart",
        f"web: cd src && env QUART_APP=app:app quart run --host 0.0.0.0 --port {PORT} (src/app.py:2)",
    ),
    (
        "flask_that_is_not_installed",
        {"app.py": FLASK},
        "gunicorn",
        "nothing",
    ),
    (
        "renamed_import",
        {"main.py": "from flask import Flask as F\nx = 1\nweb = F(__name__)\n"},
        "flask gunicorn",
        f"web: {G} main:web (main.py:3)",
    ),
    (
        "renamed_module",
        {"main.py": "import fastapi as f\napp = f.FastAPI()\n"},
        "fastapi uvicorn",
        f"web: {U} main:app (main.py:2)",
    ),
    (
        "star_import",
        {"main.py": "from flask import *\napp = Flask(__name__)\n"},
        "flask gunicorn",
        f"web: {G} main:app (main.py:2)",
    ),
    (
        "annotated_assignment",
        {"main.py": "import flask\napp: flask.Flask = flask.Flask(__name__)\n"},
        "flask gunicorn",
        f"web: {G} main:app (main.py:2)",
    ),
    (
        "subclass",
        {"main.py": "from flask import Flask\nclass A(Flask): ...\napp = A(__name__)\n"},
        "flask gunicorn",
        f"web: {G} main:app (main.py:3)",
    ),
    (
        "two_targets",
        {"main.py": "from flask import Flask\napplication = app = Flask(__name__)\n"},
        "flask gunicorn",
        f"web: {G} main:app (main.py:2)",
    ),
    (
        "another_class_of_the_same_name",
        {"main.py": "from mine import Flask\napp = Flask(__name__)\n"},
        "flask gunicorn",
        "nothing",
    ),
    # Where the app object is.
    (
        "under_main",
        {"app.py": "from flask import Flask\nif __name__ == '__main__':\n    app = Flask('x')\n"},
        "flask gunicorn",
        "nothing",
    ),
    (
        "under_main_reversed",
        {
            "app.py": "from flask import Flask\nD = 1\n"
            "if '__main__' == __name__ and D:\n    app = Flask('x')\n"
        },
        "flask gunicorn",
        "nothing",
    ),
    (
        "else_of_main",
        {
            "app.py": "from flask import Flask\nif __name__ == '__main__':\n    pass\n"
            "else:\n    app = Flask('x')\n"
        },
        "flask gunicorn",
        f"web: {G} app:app (app.py:5)",
    ),
    (
        "in_a_function",
        {"app.py": "from flask import Flask\ndef f():\n    app = Flask('x')\n"},
        "flask gunicorn",
        "nothing",
    ),
    (
        "in_a_class",
        {"app.py": "from flask import Flask\nclass C:\n    app = Flask('x')\n"},
        "flask gunicorn",
        "nothing",
    ),
    (
        "conditional",
        {"app.py": "import os\nfrom flask import Flask\nif os.sep:\n    app = Flask('x')\n"},
        "flask gunicorn",
        f"web: {G} app:app (app.py:4)",
    ),
    (
        "conditional_both_ways",
        {
            "app.py": "import os\nfrom flask import Flask\nif os.sep:\n    app = Flask('x')\n"
            "elif os.name:\n    app = Flask('y')\nelse:\n    app = None\n"
        },
        "flask gunicorn",
        f"web: {G} app:app (app.py:4)",
    ),
    (
        "in_try",
        {
            "app.py": "try:\n    from flask import Flask\n    app = Flask('x')\n"
            "except ImportError:\n    app = None\n"
        },
        "flask gunicorn",
        f"web: {G} app:app (app.py:3)",
    ),
    (
        "for_type_checkers_only",
        {
            "app.py": "from typing import TYPE_CHECKING\nfrom flask import Flask\n"
            "if TYPE_CHECKING:\n    app = Flask('x')\n"
        },
        "flask gunicorn",
        "nothing",
    ),
    (
        "in_a_comment_and_in_text",
        {"app.py": "# app = Flask(__name__)\nT = '''\napp = Flask(__name__)\n'''\n"},
        "flask gunicorn",
        "nothing",
    ),
    # Factories.
    (
        "factory",
        {"app.py": FACTORY},
        "flask gunicorn",
        f'web: {G} "app:create_app()" (app.py:2)',
    ),
    (
        "factory_waitress",
        {"app.py": FACTORY},
        "flask waitress",
        f"web: {W} --call app:create_app (app.py:2)",
    ),
    (
        "factory_hypercorn",
        {"app.py": FACTORY},
        "flask hypercorn",
        f'web: hypercorn --bind 0.0.0.0:{PORT} {WORKERS} "wsgi:app:create_app()" (app.py:2)',
    ),
    (
        "factory_in_package",
        {"shop/__init__.py": FACTORY},
        "flask gunicorn",
        f'web: {G} "shop:create_app()" (shop/__init__.py:2)',
    ),
    (
        "factory_asgi",
        {"main.py": "from fastapi import FastAPI\ndef make_app(x=1):\n    return FastAPI()\n"},
        "fastapi uvicorn",
        f"web: {UF} main:make_app (main.py:2)",
    ),
    (
        "factory_by_annotation",
        {"main.py": "import fastapi\ndef create_app() -> fastapi.FastAPI:\n    return f()\n"},
        "fastapi uvicorn",
        f"web: {UF} main:create_app (main.py:2)",
    ),
    (
        "factory_with_import_inside",
        {"main.py": "def create_app():\n    from flask import Flask\n    return Flask('x')\n"},
        "flask gunicorn",
        f'web: {G} "main:create_app()" (main.py:1)',
    ),
    (
        "factory_that_needs_an_argument",
        {"app.py": "from flask import Flask\ndef create_app(config):\n    return Flask('x')\n"},
        "flask gunicorn",
        "nothing",
    ),
    (
        "factory_of_another_name",
        {"app.py": "from flask import Flask\ndef build():\n    return Flask('x')\n"},
        "flask gunicorn",
        "nothing",
    ),
    (
        "factory_called_in_its_module",
        {"app.py": FACTORY + "app = create_app()\n"},
        "flask gunicorn",
        f"web: {G} app:app (app.py:5)",
    ),
    (
        "factory_called_by_wsgi",
        {"shop/__init__.py": FACTORY, "wsgi.py": "from shop import create_app\na = create_app()\n"},
        "flask gunicorn",
        f"web: {G} wsgi:a (wsgi.py:2)",
    ),
    (
        "factory_imported_by_the_package",
        {
            "shop/__init__.py": "from .factory import create_app\n",
            "shop/factory.py": FACTORY,
            "run.py": "import shop\napp = shop.create_app()\napp.run()\n",
        },
        "flask gunicorn",
        f"web: env FLASK_RUN_FROM_CLI=true {G} run:app (run.py:2)",
    ),
    (
        "app_that_runs_itself_in_src",
        {"src/app.py": FLASK + "app.run(debug=True)\n"},
        "flask waitress",
        f"web: cd src && env FLASK_RUN_FROM_CLI=true {W} app:app (src/app.py:2)",
    ),
    (
        "app_that_runs_itself_in_an_event_loop",
        {"main.py": "import uvicorn\n" + FASTAPI + "uvicorn.run(app, port=8000)\n"},
        "fastapi uvicorn",
        "web: python main.py (main.py:3)",
    ),
    (
        "app_that_runs_itself_as_a_script",
        {"app.py": FLASK + "if __name__ == '__main__':\n    app.run()\n"},
        "flask gunicorn",
        f"web: {G} app:app (app.py:2)",
    ),
    (
        "imports_in_a_circle",
        {
            "wsgi.py": "from a import app\n",
            "a.py": "from b import app\nT = 'Flask'\n",
            "b.py": "from a import app\nT = 'Flask'\n",
        },
        "flask gunicorn",
        "nothing",
    ),
    (
        "wsgi_that_imports",
        {"wsgi.py": "from shop import app as application\n", "shop/__init__.py": FLASK},
        "flask gunicorn",
        f"web: {G} wsgi:application (wsgi.py:1)",
    ),
    # Places.
    (
        "root_beats_package",
        {"app.py": FLASK, "shop/app.py": FLASK, "shop/__init__.py": ""},
        "flask gunicorn",
        f"web: {G} app:app (app.py:2)",
    ),
    (
        "usual_name_beats_others",
        {"main.py": FLASK, "admin.py": FLASK},
        "flask gunicorn",
        f"web: {G} main:app (main.py:2)",
    ),
    (
        "two_apps_in_files",
        {"main.py": FASTAPI, "app.py": FLASK},
        "flask fastapi uvicorn gunicorn",
        f"ambiguous: app.py:2 web: {G} app:app | main.py:2 web: {U} main:app",
    ),
    (
        "two_apps_of_which_one_is_not_installed",
        {"main.py": FASTAPI, "app.py": FLASK},
        "fastapi uvicorn",
        f"web: {U} main:app (main.py:2)",
    ),
    (
        "two_apps_in_a_module",
        {"main.py": "from flask import Flask\na = Flask('a')\nb = Flask('b')\n"},
        "flask gunicorn",
        f"ambiguous: main.py:2 web: {G} main:a | main.py:3 web: {G} main:b",
    ),
    (
        "two_apps_in_a_module_of_which_one_has_the_usual_name",
        {"main.py": "from fastapi import FastAPI\nv1 = FastAPI()\napp = FastAPI()\n"},
        "fastapi uvicorn",
        f"web: {U} main:app (main.py:3)",
    ),
    (
        "two_services",
        {"a/main.py": FASTAPI, "b/main.py": FASTAPI},
        "fastapi uvicorn",
        f"ambiguous: a/main.py:2 web: {U} a.main:app | b/main.py:2 web: {U} b.main:app",
    ),
    (
        "ambiguous_without_server",
        {"a/main.py": FASTAPI, "b/main.py": FASTAPI},
        "fastapi",
        f"ambiguous: a/main.py:2 web: {U} a.main:app | b/main.py:2 web: {U} b.main:app",
    ),
    (
        "package",
        {"shop/__init__.py": "", "shop/main.py": FASTAPI},
        "fastapi uvicorn",
        f"web: {U} shop.main:app (shop/main.py:2)",
    ),
    (
        "namespace_package",
        {"app/main.py": "from app.db import x\n" + FASTAPI, "app/db.py": ""},
        "fastapi uvicorn",
        f"web: {U} app.main:app (app/main.py:3)",
    ),
    (
        "directory_that_is_no_package",
        {"backend/main.py": "from db import x\n" + FASTAPI, "backend/db.py": ""},
        "fastapi uvicorn",
        f"web: {U} --app-dir backend main:app (backend/main.py:3)",
    ),
    (
        "src",
        {"src/main.py": FLASK},
        "flask gunicorn",
        f"web: {G} --chdir src main:app (src/main.py:2)",
    ),
    (
        "src_package",
        {"src/shop/__init__.py": "", "src/shop/main.py": FASTAPI},
        "fastapi uvicorn",
        f"web: {U} --app-dir src shop.main:app (src/shop/main.py:2)",
    ),
    (
        "src_waitress",
        {"src/main.py": FLASK},
        "flask waitress",
        f"web: cd src && {W} main:app (src/main.py:2)",
    ),
    (
        "src_package_that_is_installed",
        {
            "pyproject.toml": "[project]\nname = 'My.Shop'\n",
            "src/shop/__init__.py": "",
            "src/shop/main.py": FASTAPI,
        },
        "fastapi uvicorn my-shop",
        f"web: {U} shop.main:app (src/shop/main.py:2)",
    ),
    (
        "src_as_a_package",
        {"src/__init__.py": "", "src/main.py": "from src.db import x\n" + FASTAPI},
        "fastapi uvicorn",
        f"web: {U} src.main:app (src/main.py:3)",
    ),
    (
        "src_as_a_namespace_package",
        {"src/main.py": "from src.db import x\n" + FASTAPI, "src/db.py": ""},
        "fastapi uvicorn",
        f"web: {U} src.main:app (src/main.py:3)",
    ),
    (
        "namespace_package_in_src",
        {
            "src/server/main.py": "from server.apis.orders import r\n" + FASTAPI,
            "src/server/apis/orders.py": "",
        },
        "fastapi uvicorn",
        f"web: {U} --app-dir src server.main:app (src/server/main.py:3)",
    ),
    (
        "package_whose_modules_are_imported_without_it",
        {
            "app/__init__.py": "",
            "app/main.py": "import config\nfrom routers import r\n" + FASTAPI,
            "app/config.py": "",
            "app/routers.py": "",
        },
        "fastapi uvicorn",
        f"web: {U} --app-dir app main:app (app/main.py:4)",
    ),
    (
        "package_with_modules_of_the_standard_library's_names",
        {
            "app/__init__.py": "",
            "app/main.py": "import celery, email, logging\nfrom . import x\n" + FASTAPI,
            **dict.fromkeys(("app/celery.py", "app/email.py", "app/logging.py"), ""),
        },
        "fastapi uvicorn",
        f"web: {U} app.main:app (app/main.py:4)",
    ),
    (
        "backend_that_imports_what_is_beside_its_package",
        {
            "backend/app/main.py": "from app.core.config import x\n" + FASTAPI,
            "backend/app/core/config.py": "",
        },
        "fastapi uvicorn",
        f"web: {U} --app-dir backend app.main:app (backend/app/main.py:3)",
    ),
    (
        "backend_that_is_a_package",
        {
            "backend/app/__init__.py": "",
            "backend/app/main.py": "from backend.app.core.config import x\n" + FASTAPI,
            "backend/app/core/config.py": "",
        },
        "fastapi uvicorn",
        f"web: {U} backend.app.main:app (backend/app/main.py:3)",
    ),
    (
        "src_with_relative_imports",
        {"src/main.py": "from .db import x\n" + FASTAPI, "src/db.py": ""},
        "fastapi uvicorn",
        f"web: {U} src.main:app (src/main.py:3)",
    ),
    (
        "module_behind_a_package_of_its_name",
        {"app.py": FLASK, "app/__init__.py": ""},
        "flask gunicorn",
        "nothing",
    ),
    (
        "module_of_the_framework's_name",
        {"flask.py": FLASK},
        "flask gunicorn",
        "nothing",
    ),
    (
        "no_source_of_the_app",
        {
            "tests/app.py": FLASK,
            "docs/app.py": FLASK,
            "examples/app.py": FLASK,
            "node_modules/x/app.py": FLASK,
            ".git/app.py": FLASK,
            ".hidden/app.py": FLASK,
            "__pycache__/app.py": FLASK,
            "myenv/pyvenv.cfg": "",
            "myenv/app.py": FLASK,
            "test_app.py": FLASK,
            "conftest.py": FLASK,
        },
        "flask gunicorn",
        "nothing",
    ),
    (
        "four_directories_deep",
        {"a/b/c/d/app.py": FLASK},
        "flask gunicorn",
        f"web: {G} a.b.c.d.app:app (a/b/c/d/app.py:2)",
    ),
    ("too_deep", {"a/b/c/d/e/f/app.py": FLASK}, "flask gunicorn", "nothing"),
    (
        "configuration_of_a_server",
        {"gunicorn.conf.py": SCRIPT, "gunicorn_config.py": SCRIPT, "gunicorn-cfg.py": SCRIPT},
        "gunicorn",
        "nothing",
    ),
    (
        "factory_in_a_nested_setup",
        {"shop/core/setup.py": FACTORY, "setup.py": FACTORY},
        "flask gunicorn",
        f'web: {G} "shop.core.setup:create_app()" (shop/core/setup.py:2)',
    ),
    (
        "subclass_of_another_module",
        {
            "wsgi.py": "from shop import MyFlask\napplication = MyFlask('app')\n",
            "shop/__init__.py": "from .web import MyFlask\n",
            "shop/web.py": "from flask import Flask\nclass MyFlask(Flask): ...\n",
        },
        "flask gunicorn",
        f"web: {G} wsgi:application (wsgi.py:2)",
    ),
    (
        "subclass_of_another_module_in_a_file_of_another_name",
        {
            "shopping.py": "from shop.web import ShopFlask\nsite = ShopFlask('app')\n",
            "shop/web.py": "from flask import Flask\nclass ShopFlask(Flask): ...\n",
        },
        "flask gunicorn",
        f"web: {G} shopping:site (shopping.py:2)",
    ),
    # Files that Python has trouble with.
    (
        "syntax_error",
        {"app.py": FLASK + "def (:\n"},
        "flask gunicorn",
        "nothing, unread: app.py",
    ),
    (
        "syntax_error_beside",
        {"app.py": FLASK, "wsgi.py": "def (:\n"},
        "flask gunicorn",
        f"web: {G} app:app (app.py:2)",
    ),
    (
        "latin_1",
        {"app.py": "# coding: latin-1\nN = 'caf\xe9'\n".encode("latin-1") + FLASK.encode()},
        "flask gunicorn",
        f"web: {G} app:app (app.py:4)",
    ),
    (
        "byte_order_mark",
        {"app.py": FLASK.encode("utf-8-sig")},
        "flask gunicorn",
        f"web: {G} app:app (app.py:2)",
    ),
    (
        "wrong_encoding",
        {"app.py": FLASK.encode() + b"N = 'caf\xe9'\n"},
        "flask gunicorn",
        "nothing, unread: app.py",
    ),
    (
        "unknown_encoding",
        {"app.py": "# coding: klingon\n" + FLASK},
        "flask gunicorn",
        "nothing, unread: app.py",
    ),
    ("nul", {"app.py": FLASK + "\0"}, "flask gunicorn", "nothing, unread: app.py"),
    (
        "invalid_escape",
        {"app.py": FLASK + "P = '\\d'\n"},
        "flask gunicorn",
        f"web: {G} app:app (app.py:2)",
    ),
    (
        "huge",
        {"app.py": FLASK + "#" * 1024 * 1024},
        "flask gunicorn",
        "nothing",
    ),
    (
        "nested_too_deeply",
        {"app.py": FLASK + "x = " + "(" * 5000 + ")" * 5000 + "\n"},
        "flask gunicorn",
        "nothing, unread: app.py",
    ),
    ("empty", {}, "flask gunicorn", "nothing"),
    # ASGI, and every server.
    ("fastapi", {"main.py": FASTAPI}, "fastapi uvicorn", f"web: {U} main:app (main.py:2)"),
    (
        "fastapi_hypercorn",
        {"main.py": FASTAPI},
        "fastapi hypercorn",
        f"web: hypercorn --bind 0.0.0.0:{PORT} {WORKERS} main:app (main.py:2)",
    ),
    (
        "fastapi_granian",
        {"src/main.py": FASTAPI},
        "fastapi granian",
        (
            f"web: granian --interface asgi --working-dir src --host 0.0.0.0 --port {PORT} {WORKERS}"
            " main:app (src/main.py:2)"
        ),
    ),
    (
        "fastapi_daphne",
        {"main.py": FASTAPI},
        "fastapi daphne",
        f"web: daphne -b 0.0.0.0 -p {PORT} --proxy-headers main:app (main.py:2)",
    ),
    (
        "fastapi_without_server",
        {"main.py": FASTAPI},
        "fastapi gunicorn",
        "nothing, without server: FastAPI main.py:2 uvicorn",
    ),
    (
        "starlette",
        {"main.py": "from starlette.applications import Starlette\napp = Starlette()\n"},
        "starlette uvicorn",
        f"web: {U} main:app (main.py:2)",
    ),
    (
        "litestar",
        {"main.py": "from litestar import Litestar\napp = Litestar([])\n"},
        "litestar uvicorn",
        f"web: {U} main:app (main.py:2)",
    ),
    (
        "quart",
        {"main.py": "from quart import Quart\napp = Quart('x')\n"},
        "quart hypercorn",
        f"web: hypercorn --bind 0.0.0.0:{PORT} {WORKERS} main:app (main.py:2)",
    ),
    (
        "sanic",
        {"main.py": "from sanic import Sanic\napp = Sanic('x')\n"},
        "sanic uvicorn",
        f"web: sanic --host 0.0.0.0 --port {PORT} {WORKERS} main:app (main.py:2)",
    ),
    (
        "routers",
        {"main.py": FASTAPI, "users.py": "from fastapi import APIRouter\nrouter = APIRouter()\n"},
        "fastapi uvicorn",
        f"web: {U} main:app (main.py:2)",
    ),
    # Dash, Streamlit, Gradio.
    (
        "dash_server",
        {"app.py": "from dash import Dash\napp = Dash()\nserver = app.server\n"},
        "dash flask gunicorn",
        f"web: {G} app:server (app.py:3)",
    ),
    (
        "dash_without_server_variable",
        {"app.py": f"import dash\napp = dash.Dash()\n{DASH_RUN}"},
        "dash flask gunicorn",
        f"web: env HOST=0.0.0.0 PORT={PORT} python app.py (app.py:2)",
    ),
    (
        "dash_without_server_variable_in_debug_mode",
        {"app.py": "import dash\napp = dash.Dash()\n" + DASH_RUN.replace("()\n", "(debug=True)\n")},
        "dash flask gunicorn",
        "nothing, without server: Dash app.py:2 waitress",
    ),
    (
        "dash_server_by_flask_in_debug_mode",
        {
            "app.py": "import dash\napp = dash.Dash()\nserver = app.server\n"
            + DASH_RUN.replace("()\n", "(debug=True)\n")
        },
        "dash flask",
        f"web: env FLASK_APP=app:server flask run --host 0.0.0.0 --port {PORT} (app.py:3)",
    ),
    (
        "dash_that_is_not_run",
        {"app.py": "import dash\napp = dash.Dash()\n"},
        "dash flask gunicorn",
        "nothing, without server: Dash app.py:2 waitress",
    ),
    (
        "dash_without_server_variable_waitress",
        {"app.py": "import dash\napp = dash.Dash()\n"},
        "dash flask waitress",
        f"web: {W} app:app.server (app.py:2)",
    ),
    (
        "dash_in_flask",
        {
            "app.py": "from dash import Dash\nfrom flask import Flask\n"
            "server = Flask('x')\napp = Dash(server=server)\n"
        },
        "dash flask gunicorn",
        f"web: {G} app:server (app.py:3)",
    ),
    (
        "dash_in_two_files",
        {
            "app.py": "import dash\napp = dash.Dash()\nserver = app.server\n",
            "index.py": f"from app import app, server\napp.layout = x\n{DASH_RUN}",
        },
        "dash flask gunicorn",
        f"web: {G} index:server (index.py:1)",
    ),
    (
        "dash_in_two_files_of_which_the_second_imports_no_server",
        {
            "app.py": "import dash\napp = dash.Dash()\nserver = app.server\n",
            "index.py": f"from app import app\napp.layout = x\n{DASH_RUN}",
        },
        "dash flask gunicorn",
        f"web: env HOST=0.0.0.0 PORT={PORT} python index.py (index.py:1)",
    ),
    (
        "streamlit_that_is_launched",
        {
            "run.py": "import sys\nfrom streamlit.web import cli as stcli\n"
            "sys.argv = ['streamlit', 'run', 'app/home.py']\nsys.exit(stcli.main())\n",
            "app/home.py": STREAMLIT,
        },
        "streamlit",
        f"web: streamlit run app/home.py {SL} (app/home.py:2)",
    ),
    (
        "streamlit_that_launches_itself",
        {
            "app.py": "import streamlit as st\nfrom streamlit.web import cli\nst.title('x')\n"
            "if __name__ == '__main__':\n    cli.main()\n"
        },
        "streamlit",
        f"web: streamlit run app.py {SL} (app.py:3)",
    ),
    (
        "streamlit",
        {"streamlit_app.py": STREAMLIT, "pages/one.py": STREAMLIT},
        "streamlit",
        f"web: streamlit run streamlit_app.py {SL} (streamlit_app.py:2)",
    ),
    (
        "streamlit_with_a_name_that_is_no_module",
        {"1 Home.py": STREAMLIT},
        "streamlit",
        f"web: streamlit run '1 Home.py' {SL} (1 Home.py:2)",
    ),
    (
        "streamlit_in_main",
        {
            "app.py": "import streamlit as st\ndef main():\n    st.title('x')\n"
            "if __name__ == '__main__':\n    main()\n",
            "charts.py": "import streamlit as st\ndef chart():\n    st.title('x')\n",
        },
        "streamlit",
        f"web: streamlit run app.py {SL} (app.py:3)",
    ),
    (
        "streamlit_functions_only",
        {"charts.py": "import streamlit as st\ndef chart():\n    st.title('x')\n"},
        "streamlit",
        "nothing",
    ),
    (
        "streamlit_and_fastapi",
        {"streamlit_app.py": STREAMLIT, "main.py": FASTAPI},
        "streamlit fastapi uvicorn",
        (
            f"ambiguous: main.py:2 web: {U} main:app"
            f" | streamlit_app.py:2 web: streamlit run streamlit_app.py {SL}"
        ),
    ),
    (
        "gradio",
        {"app.py": "import gradio as gr\nwith gr.Blocks() as demo:\n    pass\ndemo.launch()\n"},
        "gradio",
        f"web: env GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT={PORT} python app.py (app.py:4)",
    ),
    (
        "gradio_launched_from_another_module",
        {"ui.py": GRADIO, "main.py": f"from ui import demo\n{GUARD}demo.launch()\n"},
        "gradio",
        f"web: {GR} python main.py (main.py:3)",
    ),
    (
        "gradio_launched_by_a_function_of_another_module",
        {
            "ui.py": GRADIO + "def start():\n    demo.queue().launch()\n",
            "main.py": f"from ui import start\n{GUARD}start()\n",
        },
        "gradio",
        f"web: {GR} python main.py (main.py:3)",
    ),
    (
        "gradio_that_another_module_makes",
        {
            "ui.py": "import gradio as gr\ndef build():\n    return gr.Blocks()\n",
            "main.py": "import ui\ndef main():\n    demo = ui.build()\n    demo.launch()\nmain()\n",
        },
        "gradio",
        f"web: {GR} python main.py (main.py:4)",
    ),
    (
        "launch_of_something_else",
        {"ui.py": GRADIO, "main.py": "import ui, rockets\nx = rockets.new()\nx.launch()\n"},
        "gradio",
        "app: python main.py (main.py:3)",
    ),
    (
        "gradio_in_fastapi",
        {"app.py": "import gradio as gr\n" + FASTAPI + "app = gr.mount_gradio_app(app, d, '/')\n"},
        "gradio fastapi uvicorn",
        f"web: {U} app:app (app.py:3)",
    ),
    # Django.
    (
        "django",
        {**DJANGO, "mysite/wsgi.py": WSGI, "mysite/asgi.py": ASGI},
        "django gunicorn uvicorn",
        f"web: {G} mysite.wsgi:application (mysite/wsgi.py:2) | {MIGRATE}",
    ),
    (
        "django_with_an_asgi_server_only",
        {**DJANGO, "mysite/wsgi.py": WSGI, "mysite/asgi.py": ASGI},
        "django uvicorn",
        f"web: {U} mysite.asgi:application (mysite/asgi.py:2) | {MIGRATE}",
    ),
    (
        "django_asgi_only",
        {**DJANGO, "mysite/asgi.py": ASGI},
        "django daphne",
        (
            f"web: daphne -b 0.0.0.0 -p {PORT} --proxy-headers mysite.asgi:application"
            f" (mysite/asgi.py:2) | {MIGRATE}"
        ),
    ),
    (
        "django_without_server",
        {**DJANGO, "mysite/wsgi.py": WSGI},
        "django",
        f"web: python manage.py runserver --noreload 0.0.0.0:{PORT} (mysite/wsgi.py:2) | {MIGRATE}",
    ),
    (
        "django_without_wsgi",
        DJANGO,
        "django gunicorn",
        f"web: python manage.py runserver --noreload 0.0.0.0:{PORT} (manage.py:3) | {MIGRATE}",
    ),
    (
        "django_beats_others",
        {**DJANGO, "mysite/wsgi.py": WSGI, "app.py": FLASK, "main.py": FASTAPI},
        "django flask fastapi gunicorn uvicorn",
        f"web: {G} mysite.wsgi:application (mysite/wsgi.py:2) | {MIGRATE}",
    ),
    (
        "django_application_of_the_settings",
        {
            **DJANGO,
            "mysite/settings.py": "WSGI_APPLICATION = 'deploy.web.app'\n",
            "deploy/web.py": WSGI.replace("application =", "app ="),
            "mysite/wsgi.py": WSGI,
        },
        "django gunicorn",
        f"web: {G} deploy.web:app (deploy/web.py:2) | {MIGRATE}",
    ),
    (
        "django_settings_package",
        {
            "manage.py": MANAGE.replace("mysite.settings", "mysite.settings.production"),
            "mysite/settings/production.py": "",
            "mysite/wsgi.py": WSGI,
        },
        "django gunicorn",
        f"web: {G} mysite.wsgi:application (mysite/wsgi.py:2) | {MIGRATE}",
    ),
    (
        "django_settings_unknown",
        {
            "manage.py": MANAGE.replace("'mysite.settings'", "settings()"),
            "mysite/wsgi.py": "from whitenoise import WhiteNoise\n"
            + WSGI.replace("= get_wsgi_application()", "= WhiteNoise(get_wsgi_application())"),
        },
        "django gunicorn",
        f"web: {G} mysite.wsgi:application (mysite/wsgi.py:3) | {MIGRATE}",
    ),
    (
        "django_below",
        {f"backend/{path}": text for path, text in {**DJANGO, "mysite/wsgi.py": WSGI}.items()},
        "django gunicorn",
        (
            f"web: {G} --chdir backend mysite.wsgi:application (backend/mysite/wsgi.py:2)"
            " | migrate: cd backend && python manage.py migrate --noinput (backend/manage.py:3)"
        ),
    ),
    (
        "django_with_manage_py_beside_the_project",
        {"tools/manage.py": MANAGE, "mysite/settings.py": "", "mysite/wsgi.py": WSGI},
        "django gunicorn",
        (
            f"web: {G} --chdir tools mysite.wsgi:application (mysite/wsgi.py:2)"
            " | migrate: cd tools && python manage.py migrate --noinput (tools/manage.py:3)"
        ),
    ),
    (
        "django_in_a_directory_with_a_space",
        {f"my site/{path}": text for path, text in {**DJANGO, "mysite/wsgi.py": WSGI}.items()},
        "django gunicorn",
        (
            f"web: {G} --chdir 'my site' mysite.wsgi:application (my site/mysite/wsgi.py:2)"
            " | migrate: cd 'my site' && python manage.py migrate --noinput (my site/manage.py:3)"
        ),
    ),
    (
        "two_django_projects",
        {
            f"{name}/{path}": text
            for name in "ab"
            for path, text in {**DJANGO, "mysite/wsgi.py": WSGI}.items()
        },
        "django gunicorn",
        (
            f"ambiguous: a/mysite/wsgi.py:2 web: {G} --chdir a mysite.wsgi:application"
            f" | b/mysite/wsgi.py:2 web: {G} --chdir b mysite.wsgi:application"
        ),
    ),
    (
        "manage_py_of_flask",
        {"manage.py": "from shop import create_app\napp = create_app()\n", "shop.py": FACTORY},
        "flask gunicorn",
        f"web: {G} manage:app (manage.py:2)",
    ),
    # Celery.
    (
        "celery",
        {"tasks.py": CELERY},
        "celery",
        "worker: celery -A tasks worker --loglevel INFO (tasks.py:2)",
    ),
    (
        "celery_of_another_name_in_src",
        {"src/shop/__init__.py": "", "src/shop/w.py": CELERY.replace("app", "jobs")},
        "celery",
        "worker: cd src && celery -A shop.w:jobs worker --loglevel INFO (src/shop/w.py:2)",
    ),
    (
        "celery_beside_flask_with_a_schedule",
        {"app.py": FLASK, "tasks.py": CELERY + "app.conf.beat_schedule = {}\n"},
        "celery flask gunicorn",
        (
            f"web: {G} app:app (app.py:2)"
            " | worker: celery -A tasks worker --loglevel INFO (tasks.py:2)"
            " | beat: celery -A tasks beat --loglevel INFO --schedule /tmp/celerybeat-schedule"
            " (tasks.py:2)"
        ),
    ),
    (
        "celery_beside_a_factory",
        {"shop.py": FACTORY + CELERY.replace("app", "celery")},
        "celery flask gunicorn",
        (
            f'web: {G} "shop:create_app()" (shop.py:2)'
            " | worker: celery -A shop worker --loglevel INFO (shop.py:6)"
        ),
    ),
    (
        "celery_in_django",
        {**DJANGO, "mysite/wsgi.py": WSGI, "mysite/celery.py": CELERY},
        "django gunicorn celery django-celery-beat",
        (
            f"web: {G} mysite.wsgi:application (mysite/wsgi.py:2) | {MIGRATE}"
            " | worker: celery -A mysite.celery worker --loglevel INFO (mysite/celery.py:2)"
            " | beat: celery -A mysite.celery beat --loglevel INFO"
            " --scheduler django_celery_beat.schedulers:DatabaseScheduler (mysite/celery.py:2)"
        ),
    ),
    (
        "celery_in_django_in_a_directory_that_is_a_package",
        {
            **{f"src/{path}": text for path, text in DJANGO.items()},
            "src/__init__.py": "",
            "src/mysite/wsgi.py": WSGI,
            "src/mysite/celery.py": CELERY,
        },
        "django gunicorn celery",
        (
            f"web: {G} --chdir src mysite.wsgi:application (src/mysite/wsgi.py:2)"
            " | migrate: cd src && python manage.py migrate --noinput (src/manage.py:3)"
            " | worker: cd src && celery -A mysite.celery worker --loglevel INFO"
            " (src/mysite/celery.py:2)"
        ),
    ),
    (
        "two_celery_apps",
        {"a.py": CELERY, "b.py": CELERY},
        "celery",
        (
            "ambiguous: a.py:2 worker: celery -A a worker --loglevel INFO"
            " | b.py:2 worker: celery -A b worker --loglevel INFO"
        ),
    ),
    (
        "huey",
        {"src/tasks.py": "from huey import SqliteHuey\nh = SqliteHuey('x')\n"},
        "huey",
        "worker: cd src && huey_consumer tasks.h (src/tasks.py:2)",
    ),
    (
        "dramatiq",
        {
            "tasks.py": "import dramatiq\n@dramatiq.actor(max_retries=3)\ndef f(): ...\n",
            "send.py": "import dramatiq\nfrom tasks import f\nf.send()\n",
        },
        "dramatiq",
        "worker: dramatiq tasks (tasks.py:2)",
    ),
    (
        "dramatiq_in_several_modules",
        {
            "app.py": f"{FLASK}from shop.jobs import mail\n",
            **dict.fromkeys(
                ("shop/jobs/mail.py", "shop/images.py", "tasks.py"),
                "import dramatiq\n@dramatiq.actor\ndef f(): ...\n",
            ),
        },
        "dramatiq flask gunicorn",
        (
            f"web: {G} app:app (app.py:2)"
            " | worker: dramatiq tasks shop.images shop.jobs.mail (tasks.py:2)"
        ),
    ),
    # RQ.
    (
        "rq",
        {"tasks.py": "import rq\ndef f():\n    return rq.get_current_job().id\n"},
        "rq",
        f"worker: rq worker {REDIS} default (tasks.py:1)",
    ),
    (
        "rq_that_is_not_installed",
        {"tasks.py": RQ},
        "redis",
        "nothing",
    ),
    (
        "rq_that_is_installed_only",
        {"app.py": FLASK + "T = 'from rq import Queue'\n"},
        "flask gunicorn rq",
        f"web: {G} app:app (app.py:2)",
    ),
    (
        "rq_queues_of_several_files_in_order",
        {
            "app.py": FLASK
            + "from rq import Queue as Q\nq, r = Q('high'), Q(name='mail to all')\n",
            "jobs/a.py": "import rq.decorators\n@rq.decorators.job('slow', timeout=5)\ndef f(): ...\n",
            "jobs/b.py": RQ + "Queue(connection=c)\nQueue('high')\nQueue(NAME)\nother.Queue('x')\n",
        },
        "flask gunicorn rq",
        (
            f"web: {G} app:app (app.py:2)"
            f" | worker: rq worker {REDIS} high 'mail to all' slow low default (app.py:3)"
        ),
    ),
    (
        "rq_with_a_schedule_in_src",
        {
            "src/shop/__init__.py": "",
            "src/shop/queues.py": RQ,
            "src/shop/sales.py": "from .queues import q\nq.enqueue_in(delta, f)\n",
        },
        "rq",
        f"worker: rq worker {REDIS} --path src --with-scheduler low (src/shop/queues.py:2)",
    ),
    (
        "rq_with_rq_scheduler",
        {"tasks.py": RQ},
        "rq rq-scheduler",
        (
            f"worker: rq worker {REDIS} low (tasks.py:2)"
            f" | scheduler: rqscheduler {REDIS} (tasks.py:2)"
        ),
    ),
    (
        "django_rq",
        {
            **{f"backend/{path}": text for path, text in DJANGO.items()},
            "backend/mysite/wsgi.py": WSGI,
            "backend/mysite/settings.py": "RQ_QUEUES = {'default': {}, 'mail': {}}\n",
            "backend/shop/tasks.py": "from django_rq import job\n@job\ndef f(): ...\n",
        },
        "django gunicorn rq django-rq rq-scheduler",
        (
            f"web: {G} --chdir backend mysite.wsgi:application (backend/mysite/wsgi.py:2)"
            " | migrate: cd backend && python manage.py migrate --noinput (backend/manage.py:3)"
            " | worker: cd backend && python manage.py rqworker default mail"
            " (backend/shop/tasks.py:1)"
            " | scheduler: cd backend && python manage.py rqscheduler (backend/shop/tasks.py:1)"
        ),
    ),
    (
        "rq_queues_by_constants",
        {
            "queues.py": "import names\nfrom rq import Queue\nfrom names import LOW\nHIGH = 'high'\n"
            "Queue(HIGH)\nQueue(name=names.MAIL)\nQueue(LOW)\nQueue(UNKNOWN)\nQueue(other)\n",
            "names.py": "MAIL: str = 'mail'\nLOW = \"low\"\nHIGH = 'another'\n",
        },
        "rq",
        f"worker: rq worker {REDIS} high mail low (queues.py:2)",
    ),
    (
        "django_rq_queues_by_constants",
        {
            **DJANGO,
            "mysite/wsgi.py": WSGI,
            "mysite/constants.py": "RQ_HIGH = 'high'\nRQ_LOW = 'low'\n",
            "mysite/settings.py": "from mysite.constants import RQ_HIGH, RQ_LOW\n"
            "RQ_QUEUES = {RQ_HIGH: {}, 'default': {}, RQ_LOW: {}}\n",
            "shop/tasks.py": "from django_rq import job\n@job\ndef f(): ...\n",
        },
        "django gunicorn rq django-rq",
        (
            f"web: {G} mysite.wsgi:application (mysite/wsgi.py:2) | {MIGRATE}"
            " | worker: python manage.py rqworker high default low (shop/tasks.py:1)"
        ),
    ),
    (
        "rq_beside_celery",
        {"tasks.py": CELERY, "jobs.py": RQ},
        "celery rq",
        (
            "ambiguous: tasks.py:2 worker: celery -A tasks worker --loglevel INFO"
            f" | jobs.py:2 worker: rq worker {REDIS} low"
        ),
    ),
    # The last resorts.
    (
        "console_script",
        {"pyproject.toml": PYPROJECT + "serve = 'x:main'\n", "x.py": SCRIPT},
        "my-app",
        "app: serve (pyproject.toml:4)",
    ),
    (
        "console_script_of_the_project's_name",
        {"pyproject.toml": PYPROJECT + "other = 'x:y'\nmy-app = 'x:main'\n"},
        "my-app",
        "app: my-app (pyproject.toml:5)",
    ),
    (
        "two_console_scripts",
        {"pyproject.toml": PYPROJECT + "one = 'x:y'\ntwo = 'x:main'\n"},
        "my-app",
        "ambiguous: pyproject.toml:4 app: one | pyproject.toml:5 app: two",
    ),
    (
        "console_script_that_is_not_installed",
        {"pyproject.toml": PYPROJECT + "serve = 'x:main'\n", "x.py": SCRIPT},
        "",
        "app: python x.py (x.py:1)",
    ),
    (
        "web_beats_console_script",
        {"pyproject.toml": PYPROJECT + "serve = 'x:main'\n", "main.py": FASTAPI},
        "my-app fastapi uvicorn",
        f"web: {U} main:app (main.py:2)",
    ),
    (
        "package_with_main",
        {"tool/__init__.py": "", "tool/__main__.py": SCRIPT, "setup.py": SCRIPT},
        "",
        "app: python -m tool (tool/__main__.py:1)",
    ),
    (
        "package_with_main_in_src",
        {"src/tool/__init__.py": "", "src/tool/__main__.py": SCRIPT},
        "",
        "app: cd src && python -m tool (src/tool/__main__.py:1)",
    ),
    ("script", {"job.py": SCRIPT, "lib.py": "X = 1\n"}, "", "app: python job.py (job.py:1)"),
    (
        "script_with_main",
        {"job.py": "def f(): ...\nif __name__ == '__main__':\n    f()\n", "lib.py": SCRIPT},
        "",
        "app: python job.py (job.py:2)",
    ),
    ("usual_script", {"main.py": SCRIPT, "seed.py": SCRIPT}, "", "app: python main.py (main.py:1)"),
    (
        "two_scripts",
        {"a.py": SCRIPT, "b.py": SCRIPT},
        "",
        "ambiguous: a.py:1 app: python a.py | b.py:1 app: python b.py",
    ),
    ("library", {"lib.py": "def f(): ...\n", "setup.py": SCRIPT}, "", "nothing"),
]


@pytest.mark.parametrize(
    ("files", "installed", "expected"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES],
)
def test_detect(tmp_path: Path, files: Files, installed: str, expected: str) -> None:
    assert shown(detect(tmp_path, files, installed)) == expected


def test_what_is_started(tmp_path: Path) -> None:
    detected = detect(tmp_path, {"app.py": FACTORY}, "flask gunicorn")
    assert isinstance(detected, Detected)
    assert detected.framework == "Flask"
    assert detected.processes[0].command == ("sh", "-c", f'exec {G} "app:create_app()"')


@pytest.mark.parametrize(
    ("files", "installed", "notice"),
    [
        ({"app.py": FLASK}, "flask", DevelopmentServerNotice("Flask", "gunicorn")),
        (
            {**DJANGO, "mysite/wsgi.py": WSGI},
            "django",
            DevelopmentServerNotice("Django", "gunicorn"),
        ),
        (
            {**DJANGO, "mysite/asgi.py": ASGI},
            "django",
            DevelopmentServerNotice("Django", "uvicorn"),
        ),
    ],
)
def test_notice_of_a_server_for_development(
    tmp_path: Path, files: Files, installed: str, notice: DevelopmentServerNotice
) -> None:
    detected = detect(tmp_path, files, installed)
    assert isinstance(detected, Detected)
    assert detected.notices == (notice,)


def test_notice_of_an_app_that_runs_itself_on_its_own_port(tmp_path: Path) -> None:
    text = "import uvicorn\n" + FASTAPI + "uvicorn.run(app, port=8000)\n"
    detected = detect(tmp_path, {"main.py": text}, "fastapi uvicorn")
    assert isinstance(detected, Detected)
    assert detected.notices == (OwnPortNotice("FastAPI", "main.py"),)


def test_notice_of_several_workers(tmp_path: Path) -> None:
    files: Files = {"app.py": FLASK, "a.py": CELERY, "b.py": CELERY}
    detected = detect(tmp_path, files, "flask gunicorn celery")
    assert isinstance(detected, Detected)
    assert [each.name for each in detected.processes] == ["web"]
    (notice,) = detected.notices
    assert isinstance(notice, SeveralWorkersNotice)
    assert [each.source for each in notice.candidates] == ["a.py", "b.py"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Queue(os.environ['QUEUE'])\n", 4),
        ("x = 1\nQueue(f'{x}-mail')\n", 5),
        ("Queue(NAME)\n", 4),
        ("NAME = 'mail'\nQueue(NAME)\n", None),
        ("RQ_QUEUES = {'low': {}, 'high': {}}\nQueue(NAME)\n", None),
        ("", None),
    ],
)
def test_notice_of_queues_that_are_named_at_run_time(
    tmp_path: Path, text: str, line: int | None
) -> None:
    detected = detect(tmp_path, {"jobs.py": RQ + text}, "rq")
    assert isinstance(detected, Detected)
    (worker,) = detected.processes
    expected = (UnknownQueuesNotice(worker, "jobs.py", line),) if line is not None else ()
    assert detected.notices == expected
    assert worker.text.startswith(f"rq worker {REDIS} low")


def test_what_is_there_beside_a_web_process_of_the_user(tmp_path: Path) -> None:
    files: Files = {**DJANGO, "a.py": CELERY, "app.py": FLASK, "main.py": FLASK}
    detect(tmp_path, files, "")
    installed = dict.fromkeys(("django", "flask", "celery"), "1.0")
    detected = detect_start_commands(
        read_source_tree(tmp_path), AppFiles(tmp_path), installed, has_web=True
    )
    assert shown(detected) == f"{MIGRATE} | worker: celery -A a worker --loglevel INFO (a.py:2)"


def test_nothing_is_beside_a_web_process_of_the_user(tmp_path: Path) -> None:
    detect(tmp_path, {"app.py": FLASK, "main.py": SCRIPT}, "")
    tree = read_source_tree(tmp_path)
    assert (
        detect_start_commands(tree, AppFiles(tree.app_dir), {"flask": "1.0"}, has_web=True)
        == Detected()
    )


def test_links_are_not_followed(tmp_path: Path) -> None:
    app_dir, elsewhere = tmp_path / "app", tmp_path / "elsewhere"
    detect(elsewhere, {"app.py": FLASK}, "")
    (app_dir / "a").mkdir(parents=True)
    (app_dir / "a" / "circle").symlink_to(app_dir)
    (app_dir / "app.py").symlink_to(elsewhere / "app.py")
    (app_dir / "main.py").symlink_to("main.py")
    (app_dir / "linked").symlink_to(elsewhere)
    for name in ("wsgi.py", ".env", "production.ini"):
        os.mkfifo(app_dir / name)
    assert detect(app_dir, {}, "flask gunicorn pyramid") == NotDetected()
    found = detect(app_dir, {"a/app.py": FLASK}, "flask gunicorn")
    assert shown(found) == f"web: {G} a.app:app (a/app.py:2)"


def test_what_can_not_be_parsed_or_served_is_told(tmp_path: Path) -> None:
    unread = detect(tmp_path / "a", {"app.py": FLASK + "(\n"}, "flask")
    assert unread == NotDetected(unread=(UnreadSource("app.py", 3),))
    alone = detect(tmp_path / "b", {"app.py": FASTAPI}, "fastapi")
    assert alone == NotDetected(WithoutServer("FastAPI", "app.py", 2, "uvicorn"))


@pytest.mark.parametrize("count", [50, 100])
def test_each_file_of_many_is_parsed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    blueprint = "from flask import Flask, Blueprint\n" + "def view(x):\n    return [x, 1]\n" * 6
    own: Files = {f"p{n % 5}/m{n}.py": blueprint for n in range(count)}
    own |= {"shop/__init__.py": "", "shop/main.py": FLASK}
    parsed: list[str] = []
    parse = ast.parse

    def recorded(contents: bytes, path: str) -> ast.Module:
        parsed.append(path)
        return parse(contents, path)

    monkeypatch.setattr(ast, "parse", recorded)
    files = {**own, **{f"node_modules/m{n}/x.py": FLASK for n in range(count)}}
    detected = detect(tmp_path, files, "flask gunicorn")
    assert shown(detected) == f"web: {G} shop.main:app (shop/main.py:2)"
    assert len(parsed) == len({*parsed}) <= len(own)


WRAPPER = '"""For gunicorn."""\nfrom hello.webapp import app\n'
HELLO: Files = {
    "hello/__init__.py": FLASK,
    "hello/webapp.py": "from . import app\nfrom . import views\n",
    "hello/views.py": "from . import app\n",
}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({**HELLO, "startup.py": WRAPPER}, "startup:app", id="imports only"),
        pytest.param(
            {**HELLO, "run.py": WRAPPER + "if __name__ == '__main__':\n    app.run()\n"},
            "run:app",
            id="with a main guard",
        ),
        pytest.param({**HELLO, "tools.py": WRAPPER}, "hello:app", id="of another name"),
        pytest.param({**HELLO, "main.py": WRAPPER + "x = 1\n"}, "hello:app", id="does more"),
        pytest.param(
            {"app.py": FLASK, "run.py": "from app import app\n"}, "app:app", id="as good a place"
        ),
    ],
)
def test_files_that_import_an_app_for_servers(tmp_path: Path, files: Files, expected: str) -> None:
    detected = detect(tmp_path, files, "flask gunicorn")
    assert isinstance(detected, Detected)
    assert detected.processes[0].text.endswith(f" {expected}")
