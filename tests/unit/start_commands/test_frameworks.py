"""The start commands of frameworks that need no server beside them, and of uWSGI."""

from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.start_commands.detection import (
    detect_start_commands,
)
from python_buildpack.start_commands.frameworks import MARKS
from python_buildpack.start_commands.results import (
    Ambiguous,
    BackendOnlyNotice,
    Detected,
    NotDetected,
    OwnPortNotice,
)
from python_buildpack.start_commands.source_tree import read_source_tree
from tests.unit.start_commands.detection import Files, detect, shown

PORT = "${PORT:-8080}"
UWSGI = (
    f"--http-socket 0.0.0.0:{PORT} --master --need-app --die-on-term --enable-threads"
    " --processes ${WEB_CONCURRENCY:-1}"
)
GUNICORN = f'gunicorn --bind 0.0.0.0:{PORT} --worker-tmp-dir /dev/shm --forwarded-allow-ips="*"'
UVICORN = f'uvicorn --host 0.0.0.0 --port {PORT} --proxy-headers --forwarded-allow-ips="*"'
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FACTORY = "from flask import Flask\ndef create_app():\n    return Flask(__name__)\n"
FASTHTML = "from fasthtml.common import *\n"
BOTTLE = "import bottle\napp = bottle.Bottle()\n"
CHAINLIT = "import chainlit as cl\n@cl.on_message\nasync def main(message): ...\n"
FUNCTION = "import functions_framework\n@functions_framework.http\ndef hello(request): ...\n"
EVENT = "from functions_framework import cloud_event\n@cloud_event\ndef hello(event): ...\n"
AGENT = (
    "from google.adk.agents import Agent, LlmAgent\nhelper = LlmAgent(name='h')\n"
    "root_agent = Agent(name='x', sub_agents=[helper])\n"
)
NICEGUI = (
    "from nicegui import ui\nui.label('x')\n"
    "if __name__ in {'__main__', '__mp_main__'}:\n    ui.run(port=PORT)\n"
)
AIOHTTP = (
    "import os\nfrom aiohttp import web\napp = web.Application()\n"
    "if __name__ == '__main__':\n    web.run_app(app, port=int(os.environ['PORT']))\n"
)
TORNADO = (
    "import asyncio, tornado.web\nasync def main():\n    app = tornado.web.Application([])\n"
    "    app.listen(PORT)\n    await asyncio.Event().wait()\n"
    "if __name__ == '__main__':\n    asyncio.run(main())\n"
)
DISCORD = "import discord\nclient = discord.Client(intents=i)\nclient.run(TOKEN)\n"
TELEGRAM = (
    "from telegram.ext import Application\ndef main():\n"
    "    application = Application.builder().token(TOKEN).build()\n    application.run_polling()\n"
    "if __name__ == '__main__':\n    main()\n"
)
AIOGRAM = (
    "import asyncio\nfrom aiogram import Bot, Dispatcher\ndp = Dispatcher()\nasync def main():\n"
    "    await dp.start_polling(Bot(TOKEN))\nasyncio.run(main())\n"
)
PLAIN_WSGI = "def application(environ, start_response):\n    return [b'x']\n"
PLAIN_ASGI = "async def app(scope, receive, send): ...\n"
ASGI_CLASS = "class App:\n    async def __call__(self, scope, receive, send): ...\n"
LEGACY_ASGI_CLASS = "class App:\n    def __init__(self, scope): ...\n    async def __call__(self, receive, send): ...\n"
WSGI_CLASS = "class Shop:\n    def __init__(self, environ, start_response): ...\n    def __iter__(self): ...\n"
TYPED_ASGI_CLASS = ASGI_CLASS.replace("send)", "send: Send)").replace(
    "receive,", "receive: Receive,"
)
FALCON = "import falcon, falcon.asgi\n"
BLACKSHEEP = "from blacksheep import Application\napp = Application()\n"
CHERRYPY = "import cherrypy\nclass Root: ...\n"
QUICKSTART = "if __name__ == '__main__':\n    cherrypy.quickstart(Root(), config=PORT)\n"
PYRAMID = "from pyramid.config import Configurator\nwith Configurator() as c:\n"
PASTE = "[app:main]\nuse = egg:shop\n[server:main]\nuse = egg:waitress#main\nlisten = *:6543\n"
MAKE_SERVER = "make_server('0.0.0.0', PORT, app).serve_forever()\n"
CONNEXION = "import connexion\napp = connexion.FlaskApp(__name__)\n"
RUNS_CONNEXION = "if __name__ == '__main__':\n    app.run(port=8080)\n"
SHOP: Files = {
    "shop.py": "from flask import Flask\ndef create_app():\n    return Flask('shop')\n",
    "make_celery.py": "from shop import create_app\nflask_app = create_app()\n"
    "celery_app = flask_app.extensions['celery']\n",
}
TASKIQ = "from taskiq_redis import ListQueueBroker\nbroker = ListQueueBroker('redis://redis')"
RQ_WORKER = "import rq\nqueues = ['high', 'low']\n"
RQ_WORKS = "if __name__ == '__main__':\n    rq.Worker(queues, connection=c).work()\n"


@pytest.mark.parametrize(
    ("files", "installed", "expected"),
    [
        ({"app.py": PLAIN_WSGI}, "gunicorn", f"web: {GUNICORN} app:application (app.py:1)"),
        (
            {"wsgi.py": "def application(env, start_response): ...\n"},
            "gunicorn",
            f"web: {GUNICORN} wsgi:application (wsgi.py:1)",
        ),
        ({"main.py": PLAIN_ASGI}, "uvicorn", f"web: {UVICORN} main:app (main.py:1)"),
        ({"main.py": PLAIN_ASGI}, "", "nothing, without server: ASGI main.py:1 uvicorn"),
        (
            {"shop/web.py": TYPED_ASGI_CLASS + "app = App()\n"},
            "uvicorn",
            f"web: {UVICORN} shop.web:app (shop/web.py:3)",
        ),
        (
            {"main.py": "from shop import App\napp = App('x')\n", "shop.py": ASGI_CLASS},
            "uvicorn",
            f"web: {UVICORN} main:app (main.py:2)",
        ),
        (
            {"main.py": ASGI_CLASS},
            "uvicorn",
            f"web: {UVICORN.replace(' --proxy', ' --factory --proxy')} main:App (main.py:1)",
        ),
        (
            {"main.py": ASGI_CLASS + "    def __init__(self, app): ...\n"},
            "uvicorn",
            "nothing",
        ),
        (
            {"main.py": ASGI_CLASS.replace("App", "Shop") + "app = Shop\n"},
            "uvicorn",
            f"web: {UVICORN.replace(' --proxy', ' --factory --proxy')} main:app (main.py:1)",
        ),
        (
            {"main.py": LEGACY_ASGI_CLASS.replace("App", "Shop") + "app = Shop\n"},
            "uvicorn",
            f"web: {UVICORN} main:app (main.py:1)",
        ),
        ({"main.py": LEGACY_ASGI_CLASS}, "uvicorn", f"web: {UVICORN} main:App (main.py:1)"),
        (
            {"wsgi.py": WSGI_CLASS + "application = Shop\n"},
            "gunicorn",
            f"web: {GUNICORN} wsgi:application (wsgi.py:1)",
        ),
        ({"wsgi.py": "class Shop: ...\napp = Shop\n"}, "gunicorn uvicorn", "nothing"),
        (
            {
                "main.py": "class Prefix:\n    def __call__(self, environ, start_response): ...\n"
                + FLASK
                + "app.wsgi_app = Prefix(app.wsgi_app)\napplication = Prefix()\n"
            },
            "flask gunicorn",
            f"web: {GUNICORN} main:app (main.py:4)",
        ),
        (
            {"app.py": PLAIN_WSGI, "shop/main.py": FLASK},
            "flask gunicorn",
            f"web: {GUNICORN} shop.main:app (shop/main.py:2)",
        ),
        (
            {"app.py": FALCON + "app = falcon.App()\n"},
            "falcon gunicorn",
            f"web: {GUNICORN} app:app (app.py:2)",
        ),
        (
            {"app.py": FALCON + "app = falcon.asgi.App()\n"},
            "falcon gunicorn uvicorn",
            f"web: {UVICORN} app:app (app.py:2)",
        ),
        (
            {"app.py": FALCON + "app = falcon.App()\n"},
            "falcon",
            "nothing, without server: Falcon app.py:2 gunicorn",
        ),
        ({"app.py": BLACKSHEEP}, "blacksheep uvicorn", f"web: {UVICORN} app:app (app.py:2)"),
        (
            {"app.py": "from shiny import App\napp = App(ui, server)\n"},
            "shiny uvicorn",
            f"web: {UVICORN} app:app (app.py:2)",
        ),
        (
            {"app.py": "import panel as pn\npn.extension()\npn.panel('x').servable()\n"},
            "panel",
            (
                f"web: panel serve app.py --address 0.0.0.0 --port {PORT}"
                ' --allow-websocket-origin="*" (app.py:3)'
            ),
        ),
        ({"app.py": CHERRYPY + QUICKSTART}, "cherrypy", "web: python app.py (app.py:4)"),
        (
            {"app.py": CHERRYPY + "app = cherrypy.tree.mount(Root(), '/')\n"},
            "cherrypy waitress gunicorn",
            f"web: {GUNICORN} app:app (app.py:3)",
        ),
        (
            {"app.py": f"{PYRAMID}    app = c.make_wsgi_app()\n"},
            "pyramid gunicorn",
            f"web: {GUNICORN} app:app (app.py:3)",
        ),
        (
            {"app.py": f"{PYRAMID}    app = c.make_wsgi_app()\n    {MAKE_SERVER}"},
            "pyramid gunicorn",
            "web: python app.py (app.py:3)",
        ),
        (
            {
                "app.py": "from pyramid.config import Configurator\nif __name__ == '__main__':\n"
                f"    app = Configurator().make_wsgi_app()\n    {MAKE_SERVER}"
            },
            "pyramid",
            "web: python app.py (app.py:4)",
        ),
        (
            {"production.ini": PASTE, "development.ini": PASTE, "shop/__init__.py": PYRAMID},
            "pyramid waitress gunicorn",
            f"web: {GUNICORN} --paste production.ini (production.ini:None)",
        ),
        (
            {
                "development.ini": PASTE,
                "shop/wsgi.py": "from shop import configure\n"
                "application = configure().make_wsgi_app()\n",
            },
            "pyramid gunicorn",
            f"web: {GUNICORN} shop.wsgi:application (shop/wsgi.py:2)",
        ),
        (
            {"production.ini": PASTE.replace("6543", "%(http_port)s")},
            "pyramid waitress gunicorn",
            (f"web: env PORT={PORT} pserve production.ini http_port={PORT} (production.ini:None)"),
        ),
        (
            {"development.ini": PASTE},
            "pyramid waitress",
            (
                'web: python -c "import os, waitress; from pyramid.paster import get_app, setup_logging;'
                " setup_logging('development.ini'); waitress.serve(get_app('development.ini'),"
                " port=os.environ.get('PORT', 8080), trusted_proxy='*',"
                " trusted_proxy_headers='x-forwarded-for x-forwarded-proto')\""
                " (development.ini:None)"
            ),
        ),
        (
            {"production.ini": PASTE},
            "pyramid",
            "nothing, without server: Pyramid production.ini:None gunicorn",
        ),
        ({"production.ini": PASTE}, "waitress", "nothing"),
        ({"production.ini": "[database]\n"}, "pyramid waitress", "nothing"),
        (
            {"app.py": CONNEXION + RUNS_CONNEXION},
            "connexion uvicorn flask",
            f"web: {UVICORN} app:app (app.py:2)",
        ),
        (
            {"app.py": CONNEXION},
            "connexion flask",
            "nothing, without server: Connexion app.py:2 uvicorn",
        ),
        # Its apps are of WSGI, and start Flask's server.
        (
            {"app.py": CONNEXION + RUNS_CONNEXION},
            "connexion==2.14.2 flask",
            "ambiguous: app.py:3 web: python app.py",
        ),
        (
            SHOP,
            "flask gunicorn celery",
            (
                f'web: {GUNICORN} "shop:create_app()" (shop.py:2)'
                " | worker: celery -A make_celery:celery_app worker --loglevel INFO"
                " (make_celery.py:3)"
            ),
        ),
        (
            {"src/jobs/__init__.py": "", "src/jobs/w.py": "class WorkerSettings:\n    pass\n"},
            "arq",
            "worker: cd src && arq jobs.w.WorkerSettings (src/jobs/w.py:1)",
        ),
        ({"w.py": "class WorkerSettings:\n    pass\n"}, "flask", "nothing"),
        (
            {"tkq.py": f"{TASKIQ}.with_result_backend(b)\n"},
            "taskiq",
            "worker: taskiq worker tkq:broker --fs-discover (tkq.py:2)",
        ),
        ({"tkq.py": "import taskiq\nbroker = taskiq.InMemoryBroker()\n"}, "taskiq", "nothing"),
        (
            {"app.py": f"{FLASK}q = rq.Queue('mail')\n", "worker.py": RQ_WORKER + RQ_WORKS},
            "rq flask gunicorn",
            f"web: {GUNICORN} app:app (app.py:2) | worker: python worker.py (worker.py:4)",
        ),
        (
            {"worker.py": RQ_WORKER + "with rq.Connection(c):\n    rq.Worker(queues).work()\n"},
            "rq",
            "worker: python worker.py (worker.py:4)",
        ),
        ({"app.py": FLASK}, "flask uwsgi", f"web: uwsgi {UWSGI} --module app:app (app.py:2)"),
        (
            {"src/app.py": FACTORY},
            "flask pyuwsgi",
            f'web: pyuwsgi {UWSGI} --chdir src --module "app:create_app()" (src/app.py:2)',
        ),
        (
            {"main.py": FASTHTML + "app, rt = fast_app()\nserve()\n"},
            "python-fasthtml uvicorn",
            f"web: {UVICORN} main:app (main.py:2)",
        ),
        (
            {"main.py": FASTHTML + "site = FastHTML()\n"},
            "python-fasthtml uvicorn",
            f"web: {UVICORN} main:site (main.py:2)",
        ),
        ({"app.py": BOTTLE}, "bottle gunicorn", f"web: {GUNICORN} app:app (app.py:2)"),
        (
            {"app.py": BOTTLE},
            "bottle",
            f"web: python -m bottle --bind 0.0.0.0:{PORT} app:app (app.py:2)",
        ),
        (
            {"app.py": CHAINLIT},
            "chainlit",
            f"web: chainlit run app.py --headless --host 0.0.0.0 --port {PORT} (app.py:2)",
        ),
        (
            {"main.py": FUNCTION},
            "functions-framework flask gunicorn",
            (
                "web: functions-framework --source main.py --target hello"
                f" --host 0.0.0.0 --port {PORT} (main.py:2)"
            ),
        ),
        (
            {"main.py": EVENT},
            "functions-framework",
            (
                "web: functions-framework --source main.py --target hello"
                f" --host 0.0.0.0 --port {PORT} (main.py:2)"
            ),
        ),
        (
            {
                "agents/weather/__init__.py": "from . import agent\n",
                "agents/weather/agent.py": AGENT,
                "agents/news/agent.py": AGENT,
            },
            "google-adk fastapi uvicorn",
            f"web: adk api_server --host 0.0.0.0 --port {PORT} agents (agents/news/agent.py:3)",
        ),
        (
            {"weather/__init__.py": "from . import agent\n", "weather/agent.py": AGENT},
            "google-adk fastapi uvicorn",
            f"web: adk api_server --host 0.0.0.0 --port {PORT} . (weather/agent.py:3)",
        ),
        (
            {
                "main.py": "from google.adk.cli.fast_api import get_fast_api_app\n"
                "app = get_fast_api_app(agents_dir='agents')\n",
                "agents/weather/agent.py": AGENT,
            },
            "google-adk fastapi uvicorn",
            f"web: {UVICORN} main:app (main.py:2)",
        ),
        ({"main.py": NICEGUI}, "nicegui fastapi uvicorn", "web: python main.py (main.py:4)"),
        ({"main.py": AIOHTTP}, "aiohttp", "web: python main.py (main.py:5)"),
        (
            {"shop/__init__.py": "", "shop/__main__.py": AIOHTTP},
            "aiohttp",
            "web: python -m shop (shop/__main__.py:5)",
        ),
        ({"main.py": TORNADO}, "tornado", "web: python main.py (main.py:4)"),
        ({"bot.py": DISCORD}, "discord-py aiohttp", "worker: python bot.py (bot.py:3)"),
        (
            {"src/bot/__init__.py": "", "src/bot/main.py": DISCORD},
            "py-cord aiohttp",
            "worker: cd src && python -m bot.main (src/bot/main.py:3)",
        ),
        ({"bot.py": TELEGRAM}, "python-telegram-bot", "worker: python bot.py (bot.py:4)"),
        ({"bot.py": AIOGRAM}, "aiogram aiohttp", "worker: python bot.py (bot.py:5)"),
        (
            {"bot.py": DISCORD, "app.py": FLASK},
            "discord-py flask gunicorn",
            f"web: {GUNICORN} app:app (app.py:2) | worker: python bot.py (bot.py:3)",
        ),
    ],
)
def test_detect(tmp_path: Path, files: Files, installed: str, expected: str) -> None:
    assert shown(detect(tmp_path, files, installed)) == expected


@pytest.mark.parametrize(
    ("path", "text", "installed"),
    [
        # A module of a bot, and one that runs something else.
        (
            "cogs/fun.py",
            "from discord.ext import commands\nclass Fun(commands.Cog): ...\n",
            "discord-py",
        ),
        ("tools.py", "import discord, subprocess\nX = subprocess.run(['ls'])\n", "discord-py"),
        ("client.py", "import aiohttp\ndef f(): return aiohttp.ClientSession()\n", "aiohttp"),
        ("weather/agent.py", AGENT.replace("root_agent", "helper"), "google-adk"),
    ],
)
def test_no_app(tmp_path: Path, path: str, text: str, installed: str) -> None:
    assert shown(detect(tmp_path, {path: text}, installed)) == "nothing"


def test_files_that_are_not_parsed_for_apps() -> None:
    text = b"from fastapi import APIRouter\nclass ShopApp(Application): ...\napi.mount('/')\n"
    assert MARKS.search(text) is None
    assert MARKS.search(b"from falcon import App\n") is not None


def test_several_functions(tmp_path: Path) -> None:
    text = FUNCTION + "@functions_framework.http\ndef other(request): ...\n"
    detected = detect(tmp_path, {"main.py": text}, "functions-framework")
    assert isinstance(detected, Ambiguous)
    targets = [each.procfile_line.split()[5] for each in detected.candidates]
    assert targets == ["hello", "other"]


@pytest.mark.parametrize(
    ("text", "variables", "name"),
    [
        ("def hello(request):\n    return 'x'\n", {}, "hello"),
        ("def f(x): ...\ndef g(request): ...\n", {}, "g"),
        ("def f(request): ...\ndef g(request): ...\n", {"FUNCTION_TARGET": "g"}, "g"),
        ("def f(event): ...\n", {"GOOGLE_FUNCTION_TARGET": "f"}, "f"),
        ("def f(request): ...\ndef g(request): ...\n", {}, None),
        ("def f(request): ...\n", {"FUNCTION_TARGET": "g"}, None),
        ("def f(event, context): ...\n", {}, None),
    ],
)
def test_a_function_without_a_decorator(
    tmp_path: Path, text: str, variables: dict[str, str], name: str | None
) -> None:
    (tmp_path / "main.py").write_text(text)
    installed = {"functions-framework": "3.8"}
    found = detect_start_commands(
        read_source_tree(tmp_path), AppFiles(tmp_path), installed, environment=variables
    )
    if name is None:
        assert found == NotDetected()
    else:
        assert f"--source main.py --target {name} --host" in shown(found)


def test_reflex_is_served_without_its_frontend(tmp_path: Path) -> None:
    files: Files = {
        "rxconfig.py": "import reflex as rx\nconfig = rx.Config(app_name='shop')\n",
        "shop/__init__.py": "",
        "shop/shop.py": "import reflex as rx\napp = rx.App()\n",
    }
    detected = detect(tmp_path, files, "reflex starlette")
    assert shown(detected) == (
        "web: reflex run --env prod --backend-only --backend-host 0.0.0.0"
        f" --backend-port {PORT} (shop/shop.py:2)"
    )
    assert isinstance(detected, Detected)
    assert detected.notices == (BackendOnlyNotice("Reflex"),)


@pytest.mark.parametrize(
    ("text", "is_told"), [(AIOHTTP, False), (AIOHTTP.replace("'PORT'", "X"), True)]
)
def test_a_port_that_the_script_chooses(tmp_path: Path, text: str, *, is_told: bool) -> None:
    detected = detect(tmp_path, {"main.py": text}, "aiohttp")
    assert isinstance(detected, Detected)
    assert detected.notices == ((OwnPortNotice("aiohttp", "main.py"),) if is_told else ())


def test_scrapy(tmp_path: Path) -> None:
    files: Files = {"scrapy.cfg": "[settings]\n", "shop/spiders/a.py": "import scrapy\n"}
    detected = detect(tmp_path, files, "scrapy")
    assert isinstance(detected, NotDetected)
    assert [each.text for each in detected.command_lines] == ["scrapy crawl"]
