"""The frameworks whose apps are recognised, and by what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
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
    """

    name: str
    distribution: str
    kind: Kind
    constructors: tuple[str, ...] = ()


FLASK = Framework("Flask", "flask", Kind.WSGI, ("flask.Flask", "flask.app.Flask"))
FASTAPI = Framework(
    "FastAPI", "fastapi", Kind.ASGI, ("fastapi.FastAPI", "fastapi.applications.FastAPI")
)
STARLETTE = Framework(
    "Starlette",
    "starlette",
    Kind.ASGI,
    ("starlette.applications.Starlette",),
)
LITESTAR = Framework("Litestar", "litestar", Kind.ASGI, ("litestar.Litestar",))
QUART = Framework("Quart", "quart", Kind.ASGI, ("quart.Quart", "quart.app.Quart"))
SANIC = Framework("Sanic", "sanic", Kind.ASGI, ("sanic.Sanic", "sanic.app.Sanic"))
DASH = Framework("Dash", "dash", Kind.WSGI, ("dash.Dash", "dash.dash.Dash"))
DJANGO_WSGI = Framework("Django", "django", Kind.WSGI, ("django.core.wsgi.get_wsgi_application",))
DJANGO_ASGI = Framework(
    "Django",
    "django",
    Kind.ASGI,
    ("django.core.asgi.get_asgi_application", "channels.routing.ProtocolTypeRouter"),
)
STREAMLIT = Framework("Streamlit", "streamlit", Kind.SCRIPT)
GRADIO = Framework("Gradio", "gradio", Kind.SCRIPT)
CELERY = Framework("Celery", "celery", Kind.WORKER, ("celery.Celery", "celery.app.base.Celery"))
HUEY = Framework(
    "Huey",
    "huey",
    Kind.WORKER,
    tuple(
        f"huey.{name}"
        for name in ("Huey", "RedisHuey", "PriorityRedisHuey", "RedisExpireHuey", "SqliteHuey")
    ),
)
# Its workers are given a module with actors, not an app.
DRAMATIQ = Framework("Dramatiq", "dramatiq", Kind.WORKER)

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
    STREAMLIT,
    GRADIO,
    CELERY,
    HUEY,
    DRAMATIQ,
)
BY_CONSTRUCTOR = {name: each for each in FRAMEWORKS for name in each.constructors}
FACTORY_NAMES = ("create_app", "make_app")
# A file with none of these can't hold an app: routers and blueprints don't mention the class.
MARKS = re.compile(
    b"|".join(
        sorted(
            {name.rpartition(".")[2].encode() for name in BY_CONSTRUCTOR}
            | {name.encode() for name in (*FACTORY_NAMES, "streamlit", "gradio", "dramatiq")}
        )
    )
)
