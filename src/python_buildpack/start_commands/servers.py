"""The command that serves an app, with the server that is installed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from python_buildpack.start_commands.frameworks import (
    ADK,
    BOTTLE,
    CHAINLIT,
    DASH,
    DJANGO_ASGI,
    DJANGO_WSGI,
    FLASK,
    FUNCTIONS,
    GRADIO,
    QUART,
    SANIC,
    STREAMLIT,
    Framework,
    ServerInterface,
)

_PORT = "${PORT:-8080}"
_BIND = f"0.0.0.0:{_PORT}"
# gunicorn and uvicorn read the variable themselves. Set by the sizing at start, or by the user.
_WORKERS = "--workers ${WEB_CONCURRENCY:-1}"
# What the platform's router says of the client is believed: nothing else reaches the container.
# The quotes keep the shell from replacing it by the names of files.
_ANY = '"*"'
# Each worker of gunicorn says that it is alive by a file. This is writable where the root file
# system is read-only and has no writable /tmp, as in Kubernetes, and never waits for a disk.
# https://docs.gunicorn.org/en/stable/faq.html#how-do-i-avoid-gunicorn-excessively-blocking-in-os-fchmod
_SHARED_MEMORY = "/dev/shm"  # noqa: S108
_WSGI_SERVERS = ("gunicorn", "uwsgi", "pyuwsgi", "waitress", "hypercorn", "granian")
_ASGI_SERVERS = ("uvicorn", "hypercorn", "granian", "daphne")
# The servers that can't call a factory, and those that take nothing but a variable or a call.
_NO_FACTORIES = frozenset({"daphne"})
_NO_ATTRIBUTES = frozenset({"gunicorn", "uwsgi", "pyuwsgi"})
# The servers that can call a factory with arguments.
_ARGUMENTS = frozenset({"gunicorn"})


@dataclass(frozen=True)
class Target:
    """What is served.

    Attributes:
        framework: that it is an app of.
        module: its full name, as it is imported from ``directory``; "" for a script.
        name: of the variable, such as "app" or "app.server", or of the factory.
        is_factory: whether it is to be called.
        directory: relative to the app; "" where ``module`` can be imported as it is.
        path: of the file, relative to the app.
        runs_itself: whether an import of the file starts the framework's own server.
    """

    framework: Framework
    module: str
    name: str
    is_factory: bool
    directory: str
    path: str
    runs_itself: bool = False


@dataclass(frozen=True)
class Serving:
    """A command.

    Attributes:
        text: the command.
        better_server: the distribution to add, where this one is for development only.
    """

    text: str
    better_server: str | None = None


def determine_serving(target: Target, installed: Mapping[str, str]) -> Serving | None:
    """Return the command for an app; None where nothing that is installed can serve it."""
    if target.framework.kind is ServerInterface.SCRIPT:
        return _script(target)
    if target.framework is SANIC:
        # Its own server is the one for production.
        # https://sanic.dev/en/guide/deployment/running.html
        return Serving(
            from_directory(
                target.directory, f"sanic {_bind_options(target)} {_WORKERS} {_spec(target)}"
            )
        )
    if not target.module:
        return _own_server(target)
    if target.runs_itself and target.framework.kind is ServerInterface.ASGI:
        # A server that imported it would wait for the app's own one, or fail: there would be two
        # event loops.
        return Serving(python_command(target))
    names = _WSGI_SERVERS if target.framework.kind is ServerInterface.WSGI else _ASGI_SERVERS
    for server in names:
        if server in installed and _can_serve(server, target):
            text = _with(server, target)
            waits = target.runs_itself and target.framework in (FLASK, DASH)
            return Serving(_without_own_run(text) if waits else text)
    return _own_server(target)


def server_to_add(framework: Framework) -> str:
    """Return the distribution to add for an app that nothing can serve."""
    return "uvicorn" if framework.kind is ServerInterface.ASGI else "gunicorn"


def _can_serve(server: str, target: Target) -> bool:
    called, parenthesis, _ = target.name.partition("(")
    if parenthesis and server not in _ARGUMENTS:
        return False
    if server in _NO_ATTRIBUTES and "." in called:
        return False
    return not (target.is_factory and server in _NO_FACTORIES)


def _with(server: str, target: Target) -> str:
    spec = _spec(target)
    directory = shlex.quote(target.directory) if target.directory else ""
    if server == "gunicorn":
        chdir = f" --chdir {directory}" if directory else ""
        called = f'"{spec}()"' if target.is_factory else spec
        options = f"--worker-tmp-dir {_SHARED_MEMORY} --forwarded-allow-ips={_ANY}{chdir}"
        return f"gunicorn --bind {_BIND} {options} {called}"
    if server == "uvicorn":
        app_dir = f" --app-dir {directory}" if directory else ""
        options = f"--proxy-headers --forwarded-allow-ips={_ANY}{app_dir}"
        return f"uvicorn {_bind_options(target)} {options} {spec}"
    if server == "granian":
        interface = "wsgi" if target.framework.kind is ServerInterface.WSGI else "asgi"
        working_dir = f" --working-dir {directory}" if directory else ""
        options = f"--interface {interface}{working_dir} {_bind_options(target)} {_WORKERS}"
        return f"granian {options} {spec}"
    if server in ("uwsgi", "pyuwsgi"):
        # https://uwsgi-docs.readthedocs.io/en/latest/ThingsToKnow.html
        options = "--master --need-app --die-on-term --enable-threads"
        chdir = f" --chdir {directory}" if directory else ""
        called = f'"{spec}()"' if target.is_factory else spec
        workers = "--processes ${WEB_CONCURRENCY:-1}"
        return f"{server} --http-socket {_BIND} {options} {workers}{chdir} --module {called}"
    if server == "waitress":
        options = (
            f'--trusted-proxy={_ANY} --trusted-proxy-headers="x-forwarded-for x-forwarded-proto"'
        )
        call = " --call" if target.is_factory else ""
        return from_directory(
            target.directory, f"waitress-serve --listen={_BIND} {options}{call} {spec}"
        )
    if server == "daphne":
        return from_directory(
            target.directory, f"daphne -b 0.0.0.0 -p {_PORT} --proxy-headers {spec}"
        )
    wsgi = "wsgi:" if target.framework.kind is ServerInterface.WSGI else ""
    called = f'"{wsgi}{spec}()"' if target.is_factory else f"{wsgi}{spec}"
    return from_directory(target.directory, f"hypercorn --bind {_BIND} {_WORKERS} {called}")


def _without_own_run(text: str) -> str:
    """Return a command that passes over ``app.run()``, on which the import would wait for ever.

    https://flask.palletsprojects.com/en/stable/api/#flask.Flask.run
    """
    before, then, command = text.rpartition(" && ")
    return f"{before}{then}env FLASK_RUN_FROM_CLI=true {command}"


def _own_server(target: Target) -> Serving | None:
    """Return the framework's own server, which is there for development only."""
    framework = target.framework
    better = server_to_add(framework)
    if framework in (DJANGO_WSGI, DJANGO_ASGI):
        command = f"python manage.py runserver --noreload {_BIND}"
        return Serving(from_directory(target.directory, command), better)
    if framework is DASH and "." in target.name:
        # https://dash.plotly.com/reference#app.run
        return Serving(f"env HOST=0.0.0.0 PORT={_PORT} python {shlex.quote(target.path)}", better)
    if framework is BOTTLE:
        # https://bottlepy.org/docs/dev/deployment.html
        command = f"python -m bottle --bind {_BIND} {_spec(target)}"
        return Serving(from_directory(target.directory, command), better)
    if framework in (FLASK, DASH, QUART):
        # The option --app came with Flask 2.2; every release reads the variable.
        program = "quart" if framework is QUART else "flask"
        app = f"{program.upper()}_APP={_spec(target)}"
        command = f"env {app} {program} run --host 0.0.0.0 --port {_PORT}"
        return Serving(from_directory(target.directory, command), better)
    return None


def _script(target: Target) -> Serving:
    path = shlex.quote(target.path)
    if target.framework is STREAMLIT:
        options = f"--server.address 0.0.0.0 --server.port {_PORT} --server.headless true"
        return Serving(f"streamlit run {path} {options}")
    if target.framework is CHAINLIT:
        # https://docs.chainlit.io/deploy/overview
        return Serving(f"chainlit run {path} --headless --host 0.0.0.0 --port {_PORT}")
    if target.framework is FUNCTIONS:
        # https://github.com/GoogleCloudPlatform/functions-framework-python#configure-the-functions-framework
        options = f"--source {path} --target {target.name}"
        return Serving(f"functions-framework {options} --host 0.0.0.0 --port {_PORT}")
    if target.framework is ADK:
        # https://google.github.io/adk-docs/deploy/cloud-run/
        agents = shlex.quote(str(PurePosixPath(target.path).parent.parent))
        return Serving(f"adk api_server --host 0.0.0.0 --port {_PORT} {agents}")
    if target.framework is GRADIO:
        # https://www.gradio.app/guides/environment-variables
        variables = f"GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT={_PORT}"
        return Serving(f"env {variables} python {path}")
    return Serving(python_command(target))


def python_command(target: Target) -> str:
    """Return the command that runs a script; as a module, where it is in a package."""
    if "." not in target.module:
        return f"python {shlex.quote(target.path)}"
    module = target.module.removesuffix(".__main__")
    return from_directory(target.directory, f"python -m {module}")


def _bind_options(target: Target) -> str:
    factory = " --factory" if target.is_factory else ""
    return f"--host 0.0.0.0 --port {_PORT}{factory}"


def _spec(target: Target) -> str:
    spec = f"{target.module}:{target.name}"
    return shlex.quote(spec) if "(" in spec else spec


def from_directory(directory: str, command: str) -> str:
    """Return a command for a program that has no option for the directory to import from."""
    return f"cd {shlex.quote(directory)} && {command}" if directory else command
