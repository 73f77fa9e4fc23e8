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
    """

    name: str
    distribution: str
    kind: ServerInterface
    constructors: tuple[str, ...] = ()
    package: str = ""
    starts: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()


FLASK = Framework("Flask", "flask", ServerInterface.WSGI, ("flask.Flask", "flask.app.Flask"))
FASTAPI = Framework(
    "FastAPI",
    "fastapi",
    ServerInterface.ASGI,
    (
        *("fastapi.FastAPI", "fastapi.applications.FastAPI"),
        "google.adk.cli.fast_api.get_fast_api_app",
    ),
)
FASTHTML = Framework(
    "FastHTML",
    "python-fasthtml",
    ServerInterface.ASGI,
    tuple(
        f"fasthtml.{module}.{name}"
        for module in ("common", "core", "fastapp")
        for name in ("FastHTML", "fast_app")
    ),
)
BOTTLE = Framework(
    "Bottle", "bottle", ServerInterface.WSGI, ("bottle.Bottle", "bottle.default_app")
)
STARLETTE = Framework(
    "Starlette",
    "starlette",
    ServerInterface.ASGI,
    ("starlette.applications.Starlette",),
)
LITESTAR = Framework("Litestar", "litestar", ServerInterface.ASGI, ("litestar.Litestar",))
QUART = Framework("Quart", "quart", ServerInterface.ASGI, ("quart.Quart", "quart.app.Quart"))
SANIC = Framework("Sanic", "sanic", ServerInterface.ASGI, ("sanic.Sanic", "sanic.app.Sanic"))
DASH = Framework("Dash", "dash", ServerInterface.WSGI, ("dash.Dash", "dash.dash.Dash"))
DJANGO_WSGI = Framework(
    "Django", "django", ServerInterface.WSGI, ("django.core.wsgi.get_wsgi_application",)
)
DJANGO_ASGI = Framework(
    "Django",
    "django",
    ServerInterface.ASGI,
    ("django.core.asgi.get_asgi_application", "channels.routing.ProtocolTypeRouter"),
)
STREAMLIT = Framework("Streamlit", "streamlit", ServerInterface.SCRIPT, package="streamlit")
GRADIO = Framework("Gradio", "gradio", ServerInterface.SCRIPT, package="gradio", starts=("launch",))
NICEGUI = Framework(
    "NiceGUI", "nicegui", ServerInterface.SCRIPT, package="nicegui", starts=("run",)
)
AIOHTTP = Framework(
    "aiohttp", "aiohttp", ServerInterface.SCRIPT, package="aiohttp", starts=("run_app",)
)
TORNADO = Framework(
    "Tornado", "tornado", ServerInterface.SCRIPT, package="tornado", starts=("listen", "bind")
)
CHAINLIT = Framework(
    "Chainlit",
    "chainlit",
    ServerInterface.SCRIPT,
    package="chainlit",
    decorators=tuple(
        f"chainlit.{name}"
        for name in ("on_message", "on_chat_start", "set_starters", "set_chat_profiles")
    ),
)
FUNCTIONS = Framework(
    "Functions Framework",
    "functions-framework",
    ServerInterface.SCRIPT,
    package="functions_framework",
    decorators=tuple(f"functions_framework.{name}" for name in ("http", "cloud_event", "typed")),
)
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
)
# Its workers are given a module with actors, not an app.
DRAMATIQ = Framework(
    "Dramatiq",
    "dramatiq",
    ServerInterface.WORKER,
    package="dramatiq",
    decorators=("dramatiq.actor",),
)
# They ask a service for messages, and listen on no port.
BOTS = (
    *(
        Framework(
            "Discord",
            distribution,
            ServerInterface.WORKER,
            package=package,
            starts=("run", "start"),
        )
        for distribution, package in (
            ("discord-py", "discord"),
            ("py-cord", "discord"),
            ("disnake", "disnake"),
            ("nextcord", "nextcord"),
        )
    ),
    *(
        Framework(
            "Telegram",
            distribution,
            ServerInterface.WORKER,
            package=package,
            starts=("run_polling", "start_polling", "infinity_polling"),
        )
        for distribution, package in (
            ("python-telegram-bot", "telegram"),
            ("aiogram", "aiogram"),
            ("pytelegrambotapi", "telebot"),
        )
    ),
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
