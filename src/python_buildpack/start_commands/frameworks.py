"""The frameworks whose apps are recognised, and by what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


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
        name: as people write it.
        distribution: what has to be installed; its normalised name.
        kind: how its apps are started.
        constructors: the full names of what makes an app; none for scripts.
        package: that scripts import.
        starts: the functions and methods by which a script starts what it has made.
        decorators: the full names of what a script marks its functions with.
        command: its own, with the fields of ``servers``; "" where it has none.
        is_for_development: whether that isn't a server for production.
        has_own_port: whether its scripts say themselves on which port they listen.
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


def _bot(name: str, distribution: str, package: str, *starts: str) -> Framework:
    """Return a framework whose scripts ask a service for messages, and listen on no port."""
    kind = ServerInterface.WORKER
    return _script(name, "{python}", *starts, distribution=distribution, package=package, kind=kind)


# To add a framework, add a row here, and to FRAMEWORKS below.
# The option --app came with Flask 2.2; every release reads the variable.
FLASK = _web(
    "Flask",
    _WSGI,
    *("flask.Flask", "flask.app.Flask"),
    command="env FLASK_APP={app} flask run {host}",
)
FASTAPI = _web(
    "FastAPI",
    _ASGI,
    *("fastapi.FastAPI", "fastapi.applications.FastAPI"),
    "google.adk.cli.fast_api.get_fast_api_app",
)
FASTHTML = Framework(
    "FastHTML",
    "python-fasthtml",
    _ASGI,
    tuple(
        f"fasthtml.{module}.{name}"
        for module in ("common", "core", "fastapp")
        for name in ("FastHTML", "fast_app")
    ),
)
# https://bottlepy.org/docs/dev/deployment.html
BOTTLE = _web(
    "Bottle",
    _WSGI,
    *("bottle.Bottle", "bottle.default_app"),
    command="python -m bottle --bind {bind} {app}",
)
STARLETTE = _web("Starlette", _ASGI, "starlette.applications.Starlette")
LITESTAR = _web("Litestar", _ASGI, "litestar.Litestar")
QUART = _web(
    "Quart",
    _ASGI,
    *("quart.Quart", "quart.app.Quart"),
    command="env QUART_APP={app} quart run {host}",
)
# Its own server is the one for production.
# https://sanic.dev/en/guide/deployment/running.html
SANIC = Framework(
    "Sanic",
    "sanic",
    _ASGI,
    ("sanic.Sanic", "sanic.app.Sanic"),
    command="sanic {host}{factory} {workers} {app}",
)
# https://dash.plotly.com/reference#app.run
DASH = _web(
    "Dash",
    _WSGI,
    *("dash.Dash", "dash.dash.Dash"),
    command="env HOST=0.0.0.0 PORT={port} python {path}",
)
_RUNSERVER = "python manage.py runserver --noreload {bind}"
DJANGO_WSGI = _web("Django", _WSGI, "django.core.wsgi.get_wsgi_application", command=_RUNSERVER)
DJANGO_ASGI = _web(
    "Django",
    _ASGI,
    *("django.core.asgi.get_asgi_application", "channels.routing.ProtocolTypeRouter"),
    command=_RUNSERVER,
)
STREAMLIT = _script(
    "Streamlit",
    "streamlit run {path} --server.address 0.0.0.0 --server.port {port} --server.headless true",
)
# https://www.gradio.app/guides/environment-variables
GRADIO = _script(
    "Gradio",
    "env GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT={port} python {path}",
    "launch",
)
NICEGUI = _script("NiceGUI", "{python}", "run", has_own_port=True)
AIOHTTP = _script("aiohttp", "{python}", "run_app", has_own_port=True)
TORNADO = _script("Tornado", "{python}", "listen", "bind", has_own_port=True)
# https://docs.chainlit.io/deploy/overview
CHAINLIT = _script(
    "Chainlit",
    "chainlit run {path} --headless {host}",
    decorators=("on_message", "on_chat_start", "set_starters", "set_chat_profiles"),
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
    tuple(
        f"google.adk{module}.{name}"
        for module in ("", ".agents", ".agents.llm_agent")
        for name in ("Agent", "LlmAgent", "LoopAgent", "ParallelAgent", "SequentialAgent")
    ),
    package="google.adk",
    command="adk api_server {host} {agents}",
)
# Its frontend is made by Node.js, which a build doesn't have.
# https://reflex.dev/docs/hosting/self-hosting/
REFLEX = Framework(
    "Reflex",
    "reflex",
    ServerInterface.SCRIPT,
    ("reflex.App", "reflex.app.App"),
    package="reflex",
    command="reflex run --env prod --backend-only --backend-host 0.0.0.0 --backend-port {port}",
)
CELERY = Framework(
    "Celery", "celery", ServerInterface.WORKER, ("celery.Celery", "celery.app.base.Celery")
)
HUEY = Framework(
    "Huey",
    "huey",
    ServerInterface.WORKER,
    tuple(
        f"huey.{name}"
        for name in ("Huey", "RedisHuey", "PriorityRedisHuey", "RedisExpireHuey", "SqliteHuey")
    ),
    command="huey_consumer {module}.{name}",
)
# Its workers are given a module with actors, not an app.
DRAMATIQ = _script(
    "Dramatiq", "dramatiq {module}", decorators=("actor",), kind=ServerInterface.WORKER
)
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
    FLASK,
    FASTAPI,
    STARLETTE,
    LITESTAR,
    QUART,
    SANIC,
    DASH,
    DJANGO_WSGI,
    DJANGO_ASGI,
    FASTHTML,
    BOTTLE,
    STREAMLIT,
    GRADIO,
    NICEGUI,
    AIOHTTP,
    TORNADO,
    CHAINLIT,
    FUNCTIONS,
    ADK,
    REFLEX,
    CELERY,
    HUEY,
    DRAMATIQ,
    *BOTS,
)
BY_CONSTRUCTOR = {name: each for each in FRAMEWORKS for name in each.constructors}
FACTORY_NAMES = ("create_app", "make_app")
# A file with none of these can't hold an app: routers and blueprints don't mention the class.
MARKS = re.compile(
    b"|".join(
        sorted(
            re.escape(mark).encode()
            for mark in {
                *FACTORY_NAMES,
                *(each.package for each in FRAMEWORKS if each.package),
                *(
                    name.rpartition(".")[2]
                    for each in FRAMEWORKS
                    for name in each.constructors
                    if not each.package
                ),
            }
        )
    )
)
