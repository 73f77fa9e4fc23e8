"""The command that serves an app, with the server that is installed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from python_buildpack.start_commands.command_line import from_directory
from python_buildpack.start_commands.frameworks import DASH, FLASK, Framework, ServerInterface
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
        distribution: its normalised name.
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

    def can_serve(self, target: Target) -> bool:
        called, parenthesis, _ = target.name.partition("(")
        return (
            (self.takes_arguments or not parenthesis)
            and (self.takes_attributes or "." not in called)
            and not (target.is_factory and self.factory is None)
        )

    def serve(self, target: Target) -> str:
        fields = _fields(target, self.factory or "")
        if not self.directory:
            return from_directory(target.directory, self.command.format_map(fields))
        option = f" {self.directory} {shlex.quote(target.directory)}" if target.directory else ""
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
        is_script: whether an import of it starts a server, and can't be told not to.
    """

    framework: Framework
    module: str
    name: str
    is_factory: bool
    directory: str
    path: str
    runs_itself: bool = False
    is_script: bool = False


@dataclass(frozen=True)
class Serving:
    """A command.

    Attributes:
        text: the command.
        better_server: the distribution to add, where this one is for development only.
    """

    text: str
    better_server: str | None = None


def determine_serving(target: Target, installed: Installed) -> Serving | None:
    """Return the command for an app; None if nothing that is installed can serve it."""
    framework, is_asgi = target.framework, target.framework.kind is ServerInterface.ASGI
    if framework.command and not framework.is_for_development:
        return Serving(own_command(target, framework.command))
    if target.is_script:
        # A server that imported it would wait for the app's own one, or fail: there would be two
        # event loops.
        return Serving(python_command(target.module, target.directory, target.path))
    for server in _ASGI_SERVERS if is_asgi else _WSGI_SERVERS:
        if target.module and server.distribution in installed and server.can_serve(target):
            text = server.serve(target)
            return Serving(_without_own_run(text) if target.runs_itself else text)
    if not framework.command:
        return None
    # What a variable `server` of Dash holds is Flask's.
    is_flask = framework is DASH and "." not in target.name
    command = FLASK.command if is_flask else framework.command
    return Serving(own_command(target, command), server_to_add(target))


def server_to_add(target: Target) -> str:
    """Return the distribution to add for an app that nothing can serve."""
    if target.framework.kind is ServerInterface.ASGI:
        return "uvicorn"
    # gunicorn takes no attribute of a variable, such as the server of Dash's app.
    return "waitress" if "." in target.name else "gunicorn"


def python_command(module: str, directory: str, path: str) -> str:
    """Return the command that runs a script; as a module, where it is in a package."""
    if "." not in module:
        return f"python {shlex.quote(path)}"
    return from_directory(directory, f"python -m {module.removesuffix('.__main__')}")


def own_command(target: Target, command: str) -> str:
    """Return a framework's own command; one with a path is run where the path is from."""
    text = command.format_map(_fields(target, "--factory"))
    imports = any(each in command for each in ("{app}", "{module}", "manage.py"))
    return from_directory(target.directory, text) if imports else text


def _fields(target: Target, factory: str) -> dict[str, str]:
    spec = f"{target.module}:{target.name}"
    app = shlex.quote(spec) if "(" in spec else spec
    call = f'"{spec}()"' if target.is_factory else app
    is_wsgi = target.framework.kind is ServerInterface.WSGI
    return {
        **_FIELDS,
        "app": app,
        "call": call,
        "typed_call": call.replace(spec, f"wsgi:{spec}") if is_wsgi else call,
        "interface": target.framework.kind.value.lower(),
        "factory": f" {factory}" if target.is_factory else "",
        "module": target.module,
        "name": target.name,
        "path": shlex.quote(target.path),
        "agents": shlex.quote(str(PurePosixPath(target.path).parent.parent)),
        "python": python_command(target.module, target.directory, target.path),
    }


def _without_own_run(text: str) -> str:
    """Return a command that passes over ``app.run()``, on which the import would wait for ever.

    https://flask.palletsprojects.com/en/stable/api/#flask.Flask.run
    """
    before, then, command = text.rpartition(" && ")
    return f"{before}{then}env FLASK_RUN_FROM_CLI=true {command}"
