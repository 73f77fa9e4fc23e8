"""The frameworks whose apps are recognised, and by what."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from python_buildpack.start_commands.processes import Installed


class ServerInterface(Enum):
    """How the apps of a framework are started."""

    WSGI = "WSGI"
    ASGI = "ASGI"
    SCRIPT = "script"
    WORKER = "worker"


SERVED = (ServerInterface.WSGI, ServerInterface.ASGI)


@dataclass(frozen=True)
class Framework:
    """A framework.

    Attributes:
        distribution: what has to be installed; its normalised name, "" for nothing.
        constructors: what makes an app, such as "flask.Flask"; none for scripts.
        package: that scripts import.
        starts: the functions and methods by which a script starts what it has made.
        decorators: the full names of what a script marks its functions with.
        command: its own, with the fields of ``servers``; "" where it has none.
        is_for_development: whether that isn't a server for production.
        has_own_port: whether its scripts say themselves on which port they listen.
        other_releases: how the versions begin whose apps are started in another way.
    """

    name: str
    distribution: str
    kind: ServerInterface
    constructors: tuple[str, ...] = ()
    package: str = ""
    starts: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    command: str = ""
    is_for_development: bool = False
    has_own_port: bool = False
    other_releases: tuple[str, ...] = ()

    def is_in(self, installed: Installed) -> bool:
        """Return whether it is among the distributions that are installed."""
        version = installed.get(self.distribution)
        if version is None:
            return not self.distribution
        return not version.startswith(self.other_releases)


@dataclass(frozen=True)
class App:
    """An app: what is started.

    Attributes:
        name: of the variable, such as "app" or "app.server", or of the factory; "" for scripts.
        path: of its file, relative to the app.
        module: its full name, as it is imported from ``directory``; "" for a script.
        directory: relative to the app; "" where ``module`` can be imported as it is.
        source: the file or variable that tells of it: its own file, or what names it.
        is_factory: whether it is to be called.
        is_doubtful: whether it may be a script's, which is only taken where there is no other app.
        runs_itself: whether an import of the file starts the framework's own server.
        is_script: whether an import of it starts a server, and can't be told not to.
    """

    framework: Framework
    name: str
    line: int | None
    path: str = ""
    module: str = ""
    directory: str = ""
    source: str = ""
    is_factory: bool = False
    is_doubtful: bool = False
    runs_itself: bool = False
    is_script: bool = False


_WSGI, _ASGI = ServerInterface.WSGI, ServerInterface.ASGI


def _web(name: str, kind: ServerInterface, *constructors: str, command: str = "") -> Framework:
    """Return a framework whose apps are objects; its own server is for development."""
    return Framework(
        name, name.lower(), kind, constructors, command=command, is_for_development=bool(command)
    )


def _script(
    name: str,
    command: str,
    *starts: str,
    distribution: str = "",
    package: str = "",
    decorators: tuple[str, ...] = (),
    has_own_port: bool = False,
    kind: ServerInterface = ServerInterface.SCRIPT,
) -> Framework:
    """Return a framework whose apps are scripts; ``decorators`` without its package's name."""
    package = package or name.lower()
    return Framework(
        name,
        distribution or name.lower(),
        kind,
        package=package,
        starts=starts,
        decorators=tuple(f"{package}.{each}" for each in decorators),
        command=command,
        has_own_port=has_own_port,
    )


def _worker(name: str, command: str, *constructors: str) -> Framework:
    kind = ServerInterface.WORKER
    return Framework(name, name.lower(), kind, constructors, command=command)


def _bot(name: str, distribution: str, package: str, *starts: str) -> Framework:
    """Return a framework whose scripts ask a service for messages, and listen on no port."""
    kind = ServerInterface.WORKER
    return _script(name, "{python}", *starts, distribution=distribution, package=package, kind=kind)


# To add a framework, add a row to FRAMEWORKS. A constructor is found in any module of its package.
# The option --app came with Flask 2.2; every release reads the variable.
FLASK = _web("Flask", _WSGI, "flask.Flask", command="env FLASK_APP={app} flask run {host}")
FASTAPI = _web("FastAPI", _ASGI, "fastapi.FastAPI", "google.adk.cli.fast_api.get_fast_api_app")
# https://dash.plotly.com/reference#app.run
DASH = _web("Dash", _WSGI, "dash.Dash", command="env HOST=0.0.0.0 PORT={port} python {path}")
_RUNSERVER = "python manage.py runserver --noreload {bind}"
# Its apps are found by manage.py.
DJANGO_WSGI = _web("Django", _WSGI, command=_RUNSERVER)
DJANGO_ASGI = _web("Django", _ASGI, command=_RUNSERVER)
STREAMLIT = _script(
    "Streamlit",
    "streamlit run {path} --server.address 0.0.0.0 --server.port {port} --server.headless true",
)
# https://github.com/GoogleCloudPlatform/functions-framework-python#configure-the-functions-framework
FUNCTIONS = _script(
    "Functions Framework",
    "functions-framework --source {path} --target {name} {host}",
    distribution="functions-framework",
    package="functions_framework",
    decorators=("http", "cloud_event", "typed"),
)
# https://google.github.io/adk-docs/deploy/cloud-run/
ADK = Framework(
    "Google ADK",
    "google-adk",
    ServerInterface.SCRIPT,
    tuple(f"google.{kind}Agent" for kind in ("", "Llm", "Loop", "Parallel", "Sequential")),
    package="google.adk",
    command="adk api_server {host} {agents}",
)
# Its frontend is made by Node.js, which a build doesn't have.
# https://reflex.dev/docs/hosting/self-hosting/
REFLEX = Framework(
    "Reflex",
    "reflex",
    ServerInterface.SCRIPT,
    ("reflex.App",),
    package="reflex",
    command="reflex run --env prod --backend-only --backend-host 0.0.0.0 --backend-port {port}",
)
# An .ini of PasteDeploy is served by its own server if that takes the port from outside; else by one
# that is told the port.
PSERVE = _script("Pyramid", "env PORT={port} pserve {path} http_port={port}")
PASTE = (
    _script("Pyramid", "gunicorn {gunicorn} --paste {path}", distribution="gunicorn"),
    _script(
        "Pyramid",
        'python -c "import os, waitress; from pyramid.paster import get_app, setup_logging;'
        " setup_logging('{path}'); waitress.serve(get_app('{path}'),"
        " port=os.environ.get('PORT', 8080), trusted_proxy='*',"
        " trusted_proxy_headers='x-forwarded-for x-forwarded-proto')\"",
        distribution="waitress",
    ),
    _script("Pyramid", ""),
)
CELERY = _worker("Celery", "", "celery.Celery")
# https://arq-docs.helpmanual.io/#simple-usage
ARQ = _worker("arq", "arq {module}.{name}")
# Its workers are given the modules with actors, not an app.
_MODULE = "dramatiq {module}"
DRAMATIQ = _script("Dramatiq", _MODULE, decorators=("actor",), kind=ServerInterface.WORKER)
# A script with a worker of its own knows its queues and its Redis.
RQ = _bot("RQ", "rq", "rq", "work")
_POLLING = ("run_polling", "start_polling", "infinity_polling")
BOTS = (
    _bot("Discord", "discord-py", "discord", "run", "start"),
    _bot("Discord", "py-cord", "discord", "run", "start"),
    _bot("Discord", "disnake", "disnake", "run", "start"),
    _bot("Discord", "nextcord", "nextcord", "run", "start"),
    _bot("Telegram", "python-telegram-bot", "telegram", *_POLLING),
    _bot("Telegram", "aiogram", "aiogram", *_POLLING),
    _bot("Telegram", "pytelegrambotapi", "telebot", *_POLLING),
)

FRAMEWORKS = (
    *(FLASK, FASTAPI, DASH, DJANGO_WSGI, DJANGO_ASGI, STREAMLIT, FUNCTIONS, ADK, REFLEX),
    *(CELERY, ARQ, RQ, *BOTS),
    _web("Starlette", _ASGI, "starlette.Starlette"),
    _web("Litestar", _ASGI, "litestar.Litestar"),
    _web("Shiny", _ASGI, "shiny.App"),
    _web("BlackSheep", _ASGI, "blacksheep.Application"),
    _web("Falcon", _WSGI, "falcon.App", "falcon.API"),
    _web("Falcon", _ASGI, "falcon.asgi.App"),
    # A method, whatever its variable is called.
    _web("Pyramid", _WSGI, ".make_wsgi_app"),
    _web("CherryPy", _WSGI, "cherrypy.Application", "cherrypy.tree.mount"),
    # The apps of earlier releases are of WSGI.
    replace(
        _web("Connexion", _ASGI, "connexion.App", "connexion.AsyncApp", "connexion.FlaskApp"),
        other_releases=("1.", "2."),
    ),
    _web("Quart", _ASGI, "quart.Quart", command="env QUART_APP={app} quart run {host}"),
    # https://bottlepy.org/docs/dev/deployment.html
    _web(
        "Bottle",
        _WSGI,
        *("bottle.Bottle", "bottle.default_app"),
        command="python -m bottle --bind {bind} {app}",
    ),
    # Its own server is the one for production.
    # https://sanic.dev/en/guide/deployment/running.html
    replace(
        _web("Sanic", _ASGI, "sanic.Sanic", command="sanic {host}{factory} {workers} {app}"),
        is_for_development=False,
    ),
    Framework("FastHTML", "python-fasthtml", _ASGI, ("fasthtml.FastHTML", "fasthtml.fast_app")),
    # https://www.gradio.app/guides/environment-variables
    _script(
        "Gradio",
        "env GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT={port} python {path}",
        "launch",
    ),
    # Any name of the image's host may be in a browser's address.
    _script(
        "Panel",
        "panel serve {path} --address 0.0.0.0 --port {port} --allow-websocket-origin={any}",
        "servable",
    ),
    _script("NiceGUI", "{python}", "run", has_own_port=True),
    _script("aiohttp", "{python}", "run_app", has_own_port=True),
    _script("Tornado", "{python}", "listen", "bind", has_own_port=True),
    _script("CherryPy", "{python}", "quickstart", "block", has_own_port=True),
    _script("Pyramid", "{python}", "serve_forever", has_own_port=True),
    # https://docs.chainlit.io/deploy/overview
    _script(
        "Chainlit",
        "chainlit run {path} --headless {host}",
        decorators=("on_message", "on_chat_start", "set_starters", "set_chat_profiles"),
    ),
    _worker(
        "Huey",
        "huey_consumer {module}.{name}",
        *("huey.Huey", "huey.RedisHuey", "huey.PriorityRedisHuey", "huey.RedisExpireHuey"),
        *("huey.SqliteHuey", "huey.FileHuey"),
    ),
    # It finds the tasks in files called tasks.py, besides those that the broker's module imports.
    # https://taskiq-python.github.io/guide/cli.html
    _worker(
        "taskiq",
        "taskiq worker {app} --fs-discover",
        *("taskiq_redis.ListQueueBroker", "taskiq_redis.PubSubBroker", "taskiq.ZeroMQBroker"),
        *("taskiq_redis.RedisStreamBroker", "taskiq_aio_pika.AioPikaBroker"),
        *("taskiq_nats.NatsBroker", "taskiq_nats.PullBasedJetStreamBroker"),
    ),
    DRAMATIQ,
)
BY_CONSTRUCTOR = {name: each for each in FRAMEWORKS for name in each.constructors}
# Functions that a server calls for each request, and the method __call__ of classes, by the names
# of their last arguments.
BY_ARGUMENTS = {
    ("start_response",): Framework("WSGI", "", _WSGI),
    ("receive", "send"): Framework("ASGI", "", _ASGI),
}
# Classes that a program is given by their names.
BY_CLASS = {"WorkerSettings": ARQ}
FACTORY_NAMES = (
    *("create_app", "make_app", "build_app", "get_app", "create_application", "get_application"),
)
# Classes that many packages have: files are found by the package.
_COMMON = ("API", "App", "Application", "mount")
# A file with none of these can't hold an app: routers and blueprints don't mention the class.
_MARKS = {
    *(*FACTORY_NAMES, *BY_CLASS, "start_response", "receive,", "receive:", ".layout"),
    *(each.package for each in FRAMEWORKS if each.package),
    *(name.rpartition(".")[2] for name, each in BY_CONSTRUCTOR.items() if not each.package),
    *(name.partition(".")[0] for name in BY_CONSTRUCTOR if name.rpartition(".")[2] in _COMMON),
} - {*_COMMON}
MARKS = re.compile(b"|".join(sorted(re.escape(mark).encode() for mark in _MARKS)))


def made_by_constructor(full_name: str) -> Framework | None:
    """Return what a class or a function makes an app of, by its full name."""
    package, name = full_name.partition(".")[0], full_name.rpartition(".")[2]
    names = (full_name, f"{package}.{name}", f".{name}")
    return next((BY_CONSTRUCTOR[each] for each in names if each in BY_CONSTRUCTOR), None)
