"""The command that serves an app, with the server that is installed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from python_buildpack.start_commands.command_line import from_directory
from python_buildpack.start_commands.frameworks import DASH, FLASK, App, ServerInterface
from python_buildpack.start_commands.processes import Installed

_PORT = "${PORT:-8080}"
# What a command can say in its place; the others depend on what is served.
_FIELDS: Mapping[str, str] = {
    "port": _PORT,
    "bind": f"0.0.0.0:{_PORT}",
    "host": f"--host 0.0.0.0 --port {_PORT}",
    # gunicorn and uvicorn read the variable themselves. Set by the sizing at start, or by the user.
    "workers": "--workers ${WEB_CONCURRENCY:-1}",
    "processes": "--processes ${WEB_CONCURRENCY:-1}",
    # What the platform's router says of the client is believed: nothing else reaches the
    # container. The quotes keep the shell from replacing it by the names of files.
    "any": '"*"',
    # Each worker of gunicorn says that it is alive by a file. /dev/shm is writable where the root file
    # system is read-only and has no writable /tmp, as in Kubernetes, and never waits for a disk.
    # https://docs.gunicorn.org/en/stable/faq.html#how-do-i-avoid-gunicorn-excessively-blocking-in-os-fchmod
    "gunicorn": f'--bind 0.0.0.0:{_PORT} --worker-tmp-dir /dev/shm --forwarded-allow-ips="*"',
}


@dataclass(frozen=True)
class _Server:
    """A server, by what it is started with.

    Attributes:
        command: with the fields of ``_fields``.
        directory: its option for the directory to import from; "" where it has none.
        factory: its option for an app that is to be called; "" where it takes a call as the app,
            None if it can't do that.
        takes_attributes: whether the app may be an attribute of a variable.
        takes_arguments: whether a call may have arguments.
    """

    distribution: str
    command: str
    directory: str = ""
    factory: str | None = ""
    takes_attributes: bool = True
    takes_arguments: bool = False

    def can_serve(self, app: App) -> bool:
        called, parenthesis, _ = app.name.partition("(")
        return (
            (self.takes_arguments or not parenthesis)
            and (self.takes_attributes or "." not in called)
            and not (app.is_factory and self.factory is None)
        )

    def serve(self, app: App) -> str:
        fields = _fields(app, self.factory or "")
        if not self.directory:
            return from_directory(app.directory, self.command.format_map(fields))
        option = f" {self.directory} {shlex.quote(app.directory)}" if app.directory else ""
        return self.command.format_map({**fields, "directory": option})


# https://uwsgi-docs.readthedocs.io/en/latest/ThingsToKnow.html
_UWSGI = (
    "--http-socket {bind} --master --need-app --die-on-term --enable-threads {processes}{directory}"
    " --module {call}"
)
_HYPERCORN = _Server("hypercorn", "hypercorn --bind {bind} {workers} {typed_call}")
_GRANIAN = _Server(
    "granian",
    "granian --interface {interface}{directory} {host}{factory} {workers} {app}",
    directory="--working-dir",
    factory="--factory",
)
# The first that is installed is used.
_WSGI_SERVERS = (
    _Server(
        "gunicorn",
        "gunicorn {gunicorn}{directory} {call}",
        directory="--chdir",
        takes_attributes=False,
        takes_arguments=True,
    ),
    _Server("uwsgi", f"uwsgi {_UWSGI}", directory="--chdir", takes_attributes=False),
    _Server("pyuwsgi", f"pyuwsgi {_UWSGI}", directory="--chdir", takes_attributes=False),
    _Server(
        "waitress",
        "waitress-serve --listen={bind} --trusted-proxy={any}"
        ' --trusted-proxy-headers="x-forwarded-for x-forwarded-proto"{factory} {app}',
        factory="--call",
    ),
    _HYPERCORN,
    _GRANIAN,
)
_ASGI_SERVERS = (
    _Server(
        "uvicorn",
        "uvicorn {host}{factory} --proxy-headers --forwarded-allow-ips={any}{directory} {app}",
        directory="--app-dir",
        factory="--factory",
    ),
    _HYPERCORN,
    _GRANIAN,
    _Server("daphne", "daphne -b 0.0.0.0 -p {port} --proxy-headers {app}", factory=None),
)


def serving_command(app: App, installed: Installed) -> str | None:
    """Return the command for an app; None if nothing that is installed is made to serve it."""
    framework, is_asgi = app.framework, app.framework.kind is ServerInterface.ASGI
    if framework.command and not framework.is_for_development:
        return own_command(app, framework.command)
    if app.is_script:
        # A server that imported it would wait for the app's own one, or fail: there would be two
        # event loops.
        return python_command(app.module, app.directory, app.path)
    for server in _ASGI_SERVERS if is_asgi else _WSGI_SERVERS:
        if app.module and server.distribution in installed and server.can_serve(app):
            text = server.serve(app)
            return _without_own_run(text) if app.runs_itself else text
    return None


def development_command(app: App) -> str | None:
    """Return the command of the framework's own server, which is for development; None if it has none."""
    # What a variable `server` of Dash holds is Flask's.
    is_flask = app.framework is DASH and "." not in app.name
    command = FLASK.command if is_flask else app.framework.command
    return own_command(app, command) if command else None


def server_to_add(app: App) -> str:
    """Return the distribution to add for an app that nothing can serve."""
    if app.framework.kind is ServerInterface.ASGI:
        return "uvicorn"
    # gunicorn takes no attribute of a variable, such as the server of Dash's app.
    return "waitress" if "." in app.name else "gunicorn"


def python_command(module: str, directory: str, path: str) -> str:
    """Return the command that runs a script; as a module, where it is in a package."""
    if "." not in module:
        return f"python {shlex.quote(path)}"
    return from_directory(directory, f"python -m {module.removesuffix('.__main__')}")


def own_command(app: App, command: str) -> str:
    """Return a framework's own command; one with a path is run where the path is from."""
    text = command.format_map(_fields(app, "--factory"))
    imports = any(each in command for each in ("{app}", "{module}", "manage.py"))
    return from_directory(app.directory, text) if imports else text


def _fields(app: App, factory: str) -> dict[str, str]:
    spec = f"{app.module}:{app.name}"
    quoted = shlex.quote(spec) if "(" in spec else spec
    call = f'"{spec}()"' if app.is_factory else quoted
    is_wsgi = app.framework.kind is ServerInterface.WSGI
    return {
        **_FIELDS,
        "app": quoted,
        "call": call,
        "typed_call": call.replace(spec, f"wsgi:{spec}") if is_wsgi else call,
        "interface": app.framework.kind.value.lower(),
        "factory": f" {factory}" if app.is_factory else "",
        "module": app.module,
        "name": app.name,
        "path": shlex.quote(app.path),
        "agents": shlex.quote(str(PurePosixPath(app.path).parent.parent)),
        "python": python_command(app.module, app.directory, app.path),
    }


def _without_own_run(text: str) -> str:
    """Return a command that passes over ``app.run()``, on which the import would wait for ever.

    https://flask.palletsprojects.com/en/stable/api/#flask.Flask.run
    """
    before, then, command = text.rpartition(" && ")
    return f"{before}{then}env FLASK_RUN_FROM_CLI=true {command}"
