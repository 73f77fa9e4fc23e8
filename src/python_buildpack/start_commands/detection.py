"""The start commands of an app that has none written down, found by reading its code.

One answer, or no guess: where two apps are equally good, both are listed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from python_buildpack.app.files import AppFiles
from python_buildpack.start_commands.app_discovery import (
    best,
    find_apps,
    find_function,
    find_paste_app,
)
from python_buildpack.start_commands.command_line import from_directory
from python_buildpack.start_commands.declarations import (
    Code,
    read_declared_apps,
    read_declared_project,
)
from python_buildpack.start_commands.django_project import (
    DjangoProject,
    django_app,
    find_django_projects,
)
from python_buildpack.start_commands.frameworks import (
    BOTS,
    DASH,
    DJANGO_WSGI,
    FUNCTIONS,
    REFLEX,
    App,
)
from python_buildpack.start_commands.modules import imported_modules
from python_buildpack.start_commands.processes import WEB, Installed, StartCommand
from python_buildpack.start_commands.results import (
    Ambiguous,
    BackendOnlyNotice,
    Detected,
    Detection,
    DetectionNotice,
    DevelopmentServerNotice,
    NotDetected,
    OwnPortNotice,
    SeveralWorkersNotice,
    WithoutServer,
)
from python_buildpack.start_commands.scripts import (
    DEBUG,
    PORT,
    find_own_servers,
    find_scripts,
)
from python_buildpack.start_commands.servers import (
    development_command,
    server_to_add,
    serving_command,
)
from python_buildpack.start_commands.source_tree import SourceTree
from python_buildpack.start_commands.workers import find_workers

MIGRATE = "migrate"
_RUN = re.compile(rb"\.run(_server)?\(")


def detect_start_commands(
    tree: SourceTree,
    files: AppFiles,
    installed: Installed,
    *,
    has_web: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Detection:
    """Find what starts the app.

    Args:
        has_web: whether the web process is known already, so that only the others are wanted.
        environment: of the build, whose FLASK_APP or FUNCTION_TARGET may name what is started.
    """
    environment = environment or {}
    code = Code(tree, installed, read_declared_project(files))
    # Django's first: the tree stops parsing where there is too much.
    django = find_django_projects(tree) if DJANGO_WSGI.distribution in installed else ()
    declared = read_declared_apps(code, environment.get("FLASK_APP"))
    found_apps = find_apps(code, declared)
    web = Detected() if has_web else _web(code, found_apps.web, django)
    if isinstance(web, Detected) and len(django) == 1:
        web = replace(web, processes=(*web.processes, _migrate(django[0], tree)))
    directory = django[0].directory if len(django) == 1 else None
    workers, notice = find_workers(found_apps.workers, code, directory)
    web = _in_one_process(web, found_apps.workers, workers, tree) or web
    if isinstance(web, Ambiguous):
        return web
    if isinstance(web, Detected) or len(workers) == 1:
        found = _with_workers(web if isinstance(web, Detected) else Detected(), workers)
        return replace(found, notices=(*found.notices, notice)) if notice is not None else found
    if workers:
        return Ambiguous(tuple(commands[0] for commands in workers))
    if web is not None:
        return web
    function = find_function(tree, environment) if FUNCTIONS.distribution in installed else None
    if function is not None:
        return _served(code, function)
    return find_scripts(code, found_apps.harmful)


def _web(code: Code, apps: Sequence[App], django: Sequence[DjangoProject]) -> Detection | None:
    """Return what serves the web; None if there is no app."""
    if django:
        return _one(code, [django_app(each, code.installed) for each in django])
    paste = find_paste_app(code) if not apps else None
    return _with_own_servers(code, _one(code, best(apps) if paste is None else (paste,)))


def _with_own_servers(code: Code, web: Detection | None) -> Detection | None:
    """Return a server for development together with those that the app starts itself."""
    if not isinstance(web, Detected):
        return web
    is_development = any(isinstance(each, DevelopmentServerNotice) for each in web.notices)
    own = find_own_servers(code) if is_development else ()
    return Ambiguous((*web.processes, *own)) if own else web


def _in_one_process(
    web: Detection | None,
    apps: Sequence[App],
    workers: Sequence[tuple[StartCommand, ...]],
    tree: SourceTree,
) -> Ambiguous | None:
    """Return a bot that answers requests beside its work, and the web app that it imports for that.

    The web process alone would be healthy, and the bot off.
    """
    if not isinstance(web, Detected) or not web.processes:
        return None
    page = web.processes[0].source
    # RQ's worker comes after those of the apps.
    for app, (bot, *_) in zip(apps, workers, strict=False):
        path = app.path
        module = tree.parse(path) if app.framework in BOTS else None
        imported = imported_modules(module) if module is not None else frozenset()
        if module is not None and (
            tree.shown(path) == page or PurePosixPath(page).stem in imported
        ):
            return Ambiguous((replace(bot, name=WEB), *web.processes))
    return None


def _one(code: Code, apps: Sequence[App]) -> Detection | None:
    candidates = {app: _candidate(code, app) for app in apps}
    # Several agents of one directory are started by one command.
    if len({each.text for each in candidates.values()}) > 1:
        return Ambiguous(tuple(candidates.values()))
    return _served(code, next(iter(candidates))) if candidates else None


def _migrate(project: DjangoProject, tree: SourceTree) -> StartCommand:
    # Never run by itself: two instances that start at once would both migrate.
    text = from_directory(project.directory, "python manage.py migrate --noinput")
    return tree.command(MIGRATE, text, project.manage_py, project.settings_line)


def _served(code: Code, app: App) -> Detected | NotDetected:
    framework, path, server = app.framework, app.path, server_to_add(app)
    tree, text = code.tree, serving_command(app, code.installed)
    notices: tuple[DetectionNotice, ...] = ()
    if text is None:
        notices = (DevelopmentServerNotice(framework.name, server),)
        # Dash's variable `server` is Flask's, which `flask run` imports and doesn't run.
        is_run = framework is DASH and "." in app.name
        # A debugger runs anyone's code.
        is_fit = tree.mentions(path, _RUN) and not tree.mentions(path, DEBUG)
        text = development_command(app) if is_fit or not is_run else None
    if text is None:
        return NotDetected(WithoutServer(framework.name, tree.shown(app.source), app.line, server))
    if framework is REFLEX:
        notices = (BackendOnlyNotice(framework.name),)
    if (app.is_script or framework.has_own_port) and not tree.mentions(path, PORT):
        notices = (OwnPortNotice(framework.name, tree.shown(path)),)
    web = tree.command(WEB, text, app.source, app.line)
    return Detected((web,), framework.name, notices)


def _candidate(code: Code, app: App) -> StartCommand:
    """Return a web process, with the server to add where none is installed."""
    text = serving_command(app, code.installed) or development_command(app)
    text = text or serving_command(app, {server_to_add(app): ""}) or WEB
    return code.tree.command(WEB, text, app.source, app.line)


def _with_workers(found: Detected, workers: Sequence[tuple[StartCommand, ...]]) -> Detected:
    if len(workers) > 1:
        notice = SeveralWorkersNotice(tuple(commands[0] for commands in workers))
        return replace(found, notices=(*found.notices, notice))
    return replace(found, processes=(*found.processes, *(each for w in workers for each in w)))
