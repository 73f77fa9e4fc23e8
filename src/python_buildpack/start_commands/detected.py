"""The start commands of an app that has none written down, found by reading its code.

One answer, or no guess: where two apps are equally good, both are listed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from python_buildpack.start_commands.command_line import argument_vector
from python_buildpack.start_commands.declared_apps import read_declared_apps
from python_buildpack.start_commands.declared_scripts import DeclaredProject
from python_buildpack.start_commands.django_project import (
    DjangoProject,
    find_django_projects,
)
from python_buildpack.start_commands.found_apps import (
    FoundApp,
    best,
    django_app,
    find_apps,
)
from python_buildpack.start_commands.frameworks import (
    AIOHTTP,
    DJANGO_WSGI,
    NICEGUI,
    TORNADO,
    ServerInterface,
)
from python_buildpack.start_commands.own_servers import find_own_servers
from python_buildpack.start_commands.processes import WEB
from python_buildpack.start_commands.procfile import StartCommand
from python_buildpack.start_commands.scripts import (
    APP,
    FoundScripts,
    Script,
    find_scripts,
)
from python_buildpack.start_commands.servers import (
    determine_serving,
    from_directory,
    server_to_add,
)
from python_buildpack.start_commands.source_tree import SourceTree, UnreadSource, read_source_tree
from python_buildpack.start_commands.workers import Worker, find_workers

MIGRATE = "migrate"
# The frameworks whose scripts say themselves on which port they listen.
_OWN_PORT = (AIOHTTP, NICEGUI, TORNADO)
_PORT = re.compile(rb"\bPORT\b")


@dataclass(frozen=True)
class Candidate:
    """One of several possible commands.

    Attributes:
        path: the file that it was found in, relative to the app.
        line: counted from 1; None where it has none.
        procfile_line: what chooses it.
    """

    path: str
    line: int | None
    procfile_line: str


@dataclass(frozen=True)
class DevelopmentServerNotice:
    """A framework's own server is used; ``server`` is the distribution to add."""

    framework: str
    server: str


@dataclass(frozen=True)
class OwnPortNotice:
    """A script starts its own server, and doesn't read the variable PORT; ``path`` is its file."""

    framework: str
    path: str


@dataclass(frozen=True)
class SeveralWorkersNotice:
    """There are several workers, so no worker process was made."""

    candidates: tuple[Candidate, ...]


Notice = DevelopmentServerNotice | OwnPortNotice | SeveralWorkersNotice


@dataclass(frozen=True)
class Found:
    """The answer.

    Attributes:
        processes: ``web`` first.
        framework: of the ``web`` process, such as "Flask"; None where there is none.
        notices: what the user should know.
    """

    processes: tuple[StartCommand, ...]
    framework: str | None = None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Ambiguous:
    """Several commands are equally good, so there is none."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class WithoutServer:
    """An app that nothing can serve; ``server`` is the distribution to add."""

    framework: str
    path: str
    line: int | None
    server: str


@dataclass(frozen=True)
class Nothing:
    """There is nothing to start.

    Attributes:
        without_server: an app that could be started, were there a server.
        unread: files that may hold an app, but can't be parsed.
        scripts: what can be run, but changes data.
        command_lines: what can be run, but not without arguments.
    """

    without_server: WithoutServer | None = None
    unread: tuple[UnreadSource, ...] = ()
    scripts: tuple[Script, ...] = ()
    command_lines: tuple[Script, ...] = ()


Detected = Found | Ambiguous | Nothing


def detect_start_commands(
    app_dir: Path,
    installed: Mapping[str, str],
    project: DeclaredProject,
    *,
    has_web: bool = False,
    flask_app: str | None = None,
) -> Detected:
    """Find what starts the app.

    Args:
        app_dir: the app.
        installed: the version of each installed distribution, by its normalised name.
        project: what pyproject.toml declares.
        has_web: whether the web process is known already, so that only the others are wanted.
        flask_app: the variable FLASK_APP of the build.
    """
    tree = read_source_tree(app_dir)
    # Django's first: the tree stops parsing where there is too much.
    django = find_django_projects(tree) if DJANGO_WSGI.distribution in installed else ()
    declared = read_declared_apps(app_dir, project, flask_app)
    found_apps = find_apps(tree, installed, project.name, declared)
    apps = found_apps.apps
    web: Found | Ambiguous | Nothing | None = Found(()) if has_web else None
    if web is None:
        web = _django(django, tree, installed) if django else _web(apps, tree, installed)
    if isinstance(web, Found) and _is_for_development(web) and not django:
        own = find_own_servers(tree, installed, project)
        web = _with_own_servers(web.processes[0], own) if own else web
    if isinstance(web, Ambiguous):
        return web
    if isinstance(web, Found) and len(django) == 1:
        web = replace(web, processes=(*web.processes, _migrate(django[0])))
    worker_apps = [each for each in apps if each.target.framework.kind is ServerInterface.WORKER]
    directory = django[0].directory if len(django) == 1 else None
    workers = find_workers(worker_apps, tree, installed, directory)
    if isinstance(web, Found) or len(workers) == 1:
        return _with_workers(web, workers)
    if workers:
        return Ambiguous(_worker_candidates(workers))
    return web or _script(find_scripts(tree, installed, project, found_apps.harmful), tree)


def _web(
    apps: Sequence[FoundApp], tree: SourceTree, installed: Mapping[str, str]
) -> Found | Ambiguous | Nothing | None:
    candidates = best(
        each for each in apps if each.target.framework.kind is not ServerInterface.WORKER
    )
    # Several agents of one directory are started by one command.
    shown = {_web_candidate(each, installed).procfile_line: each for each in reversed(candidates)}
    if len(shown) > 1:
        return Ambiguous(tuple(_web_candidate(each, installed) for each in candidates))
    return _served(candidates[0], tree, installed) if candidates else None


def _django(
    projects: Sequence[DjangoProject], tree: SourceTree, installed: Mapping[str, str]
) -> Found | Ambiguous | Nothing:
    apps = [django_app(project, tree, installed) for project in projects]
    if len(apps) > 1:
        return Ambiguous(tuple(_web_candidate(each, installed) for each in apps))
    return _served(apps[0], tree, installed)


def _migrate(project: DjangoProject) -> StartCommand:
    # Never run by itself: two instances that start at once would both migrate.
    text = from_directory(project.directory, "python manage.py migrate --noinput")
    return _command(MIGRATE, text, project.manage_py, project.settings_line)


def _served(app: FoundApp, tree: SourceTree, installed: Mapping[str, str]) -> Found | Nothing:
    framework = app.target.framework
    serving = determine_serving(app.target, installed)
    if serving is None:
        server = server_to_add(framework)
        return Nothing(WithoutServer(framework.name, app.source, app.line, server))
    notices: tuple[Notice, ...] = ()
    if serving.better_server is not None:
        notices = (DevelopmentServerNotice(framework.name, serving.better_server),)
    runs_itself = app.target.runs_itself and framework.kind is ServerInterface.ASGI
    is_own_port = runs_itself or framework in _OWN_PORT
    if is_own_port and not tree.mentions(app.target.path, _PORT):
        notices = (OwnPortNotice(framework.name, app.target.path),)
    return Found((_command(WEB, serving.text, app.source, app.line),), framework.name, notices)


def _is_for_development(web: Found) -> bool:
    return any(isinstance(each, DevelopmentServerNotice) for each in web.notices)


def _with_own_servers(served: StartCommand, own: Sequence[Script]) -> Ambiguous:
    """Return both what serves the app for development, and what it may be started with instead."""
    first = Candidate(served.source, served.line, f"{WEB}: {served.text}")
    others = (Candidate(each.path, each.line, f"{WEB}: {each.text}") for each in own)
    return Ambiguous((first, *others))


def _web_candidate(app: FoundApp, installed: Mapping[str, str]) -> Candidate:
    """Return a candidate, with the server to add where none is installed."""
    server = {server_to_add(app.target.framework): ""}
    serving = determine_serving(app.target, installed) or determine_serving(app.target, server)
    text = f"{WEB}: {serving.text}" if serving is not None else ""
    return Candidate(app.source, app.line, text)


def _with_workers(web: Found | Nothing | None, workers: Sequence[Worker]) -> Found:
    found = web if isinstance(web, Found) else Found(())
    if len(workers) > 1:
        notice = SeveralWorkersNotice(_worker_candidates(workers))
        return replace(found, notices=(*found.notices, notice))
    commands = tuple(
        _command(name, text, worker.path, worker.line)
        for worker in workers
        for name, text in worker.commands
    )
    return replace(found, processes=(*found.processes, *commands))


def _worker_candidates(workers: Sequence[Worker]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(worker.path, worker.line, f"{name}: {text}")
        for worker in workers
        for name, text in worker.commands[:1]
    )


def _script(found: FoundScripts, tree: SourceTree) -> Detected:
    if not found.scripts:
        return Nothing(
            unread=tuple(tree.unread.values()),
            scripts=found.harmful,
            command_lines=found.command_lines,
        )
    if len(found.scripts) > 1:
        return Ambiguous(
            tuple(Candidate(each.path, each.line, f"{APP}: {each.text}") for each in found.scripts)
        )
    (script,) = found.scripts
    return Found((_command(APP, script.text, script.path, script.line),))


def _command(name: str, text: str, path: str, line: int | None) -> StartCommand:
    return StartCommand(name, text, argument_vector(text), path, line)
