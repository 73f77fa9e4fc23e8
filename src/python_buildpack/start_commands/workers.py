"""The processes of workers and bots."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from python_buildpack.start_commands.command_line import from_directory
from python_buildpack.start_commands.declarations import Code
from python_buildpack.start_commands.frameworks import RQ, App
from python_buildpack.start_commands.import_effects import last_name
from python_buildpack.start_commands.modules import (
    Module,
    all_statements,
    assigned,
    full_name,
    imported_names,
    read_module,
)
from python_buildpack.start_commands.processes import StartCommand
from python_buildpack.start_commands.results import UnknownQueuesNotice
from python_buildpack.start_commands.servers import own_command
from python_buildpack.start_commands.source_tree import SourceTree

WORKER = "worker"
BEAT = "beat"
SCHEDULER = "scheduler"
# What Celery looks for in a module that is given by its name alone.
# https://docs.celeryq.dev/en/stable/getting-started/next-steps.html#about-the-app-argument
_USUAL_NAMES = ("app", "celery")
_SCHEDULE = re.compile(rb"beat_schedule|add_periodic_task", re.IGNORECASE)
_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

# RQ knows queues by name, and has no app object.
_RQ = re.compile(rb"\b(?:django_)?rq\b|\bRQ_QUEUES\b")
_RQ_PACKAGES = ("rq", "django_rq")
_RQ_SETTING = "RQ_QUEUES"
# What puts a job off is left to RQ's own scheduler, which is part of a worker that is told so.
# https://python-rq.org/docs/scheduling/
_DELAY = re.compile(rb"\.enqueue_(?:at|in)\(|\bRQScheduler\b|\bRetry\([^)]*\binterval")
# The functions that take the name of a queue first, and what a queue without a name is called.
_QUEUE_FUNCTIONS = ("Queue", "get_queue", "job")
_DEFAULT_QUEUE = "default"
_CONSTANT = r"(?m)^%s\s*(?::[^=\n]*)?=\s*[\"'](?P<found>[\w .:-]+)[\"']"
# The variable by which platforms tell where Redis is; RQ's own default otherwise.
_REDIS_URL = "${REDIS_URL:-redis://localhost:6379}"


def find_workers(
    apps: Sequence[App], code: Code, django_directory: str | None
) -> tuple[tuple[tuple[StartCommand, ...], ...], UnknownQueuesNotice | None]:
    """Return the processes of each worker, its own first: one for each app, and one for RQ.

    Args:
        apps: of workers, and bots; RQ's scripts too.
        django_directory: of the Django project's manage.py, relative to the app; None where
            there is no such project, or more than one.
    """
    workers = []
    for app in apps:
        commands = _commands(_beside_django(app, django_directory), code)
        workers.append(
            tuple(code.tree.command(name, text, app.source, app.line) for name, text in commands)
        )
    has_own = any(app.framework is RQ for app in apps)
    has_rq = RQ.is_in(code.installed) and not has_own
    rq, notice = _rq(code, django_directory) if has_rq else ((), None)
    return ((*workers, rq) if rq else tuple(workers)), notice


def _beside_django(app: App, django_directory: str | None) -> App:
    """Return a target that is imported from where the Django project is, if it is below.

    That may be a package, too, so that its files have two names; the settings know one of them.
    """
    is_below = django_directory and app.path.startswith(f"{django_directory}/")
    if not django_directory or not is_below or app.directory == django_directory:
        return app
    relative = PurePosixPath(app.path).relative_to(django_directory).with_suffix("")
    parts = [part for part in relative.parts if part != "__init__"]
    return replace(app, module=".".join(parts), directory=django_directory)


def _commands(app: App, code: Code) -> Iterator[tuple[str, str]]:
    """Yield the name and the command of each process; ``beat`` only where there is a schedule."""
    directory = app.directory
    if app.framework.command:
        yield WORKER, own_command(app, app.framework.command)
        return
    name = app.module if app.name in _USUAL_NAMES else f"{app.module}:{app.name}"
    yield WORKER, from_directory(directory, f"celery -A {name} worker --loglevel INFO")
    beat = f"celery -A {name} beat --loglevel INFO"
    if "django-celery-beat" in code.installed:
        yield BEAT, from_directory(directory, f"{beat} --scheduler {_BEAT_SCHEDULER}")
    elif any(code.tree.mentions(path, _SCHEDULE) for path in code.tree.paths):
        # The app's own directory may be read-only.
        yield BEAT, from_directory(directory, f"{beat} --schedule /tmp/celerybeat-schedule")


def _rq(
    code: Code, django_directory: str | None
) -> tuple[tuple[StartCommand, ...], UnknownQueuesNotice | None]:
    """Return RQ's worker, and rq-scheduler's process; () where the app doesn't import RQ."""
    tree, installed = code.tree, code.installed
    paths = [path for path in tree.paths if tree.mentions(path, _RQ)]
    modules = [module for path in paths if (module := read_module(tree, path)) is not None]
    imports = [(line, module) for module in modules if (line := _rq_line(module)) is not None]
    if not imports:
        return (), None
    line, first = imports[0]
    found = [(module, *each) for module in modules for each in _queues(module, tree)]
    names = dict.fromkeys(name for *_, name in found if name is not None)
    unknown = next(((module.path, line) for module, line, name in found if name is None), None)
    # Django's settings have all queues, whichever of them a call may want.
    statements = (each for module in modules for each in module.statements)
    is_complete = any(_RQ_SETTING in dict(assigned(each)) for each in statements)
    queues = " ".join(map(shlex.quote, names or (_DEFAULT_QUEUE,)))
    option = " --with-scheduler" if any(tree.mentions(each, _DELAY) for each in tree.paths) else ""
    if "django-rq" in installed and django_directory is not None:
        # Its connections are the settings'.
        manage = from_directory(django_directory, "python manage.py ")
        worker, scheduler = f"{manage}rqworker{option} {queues}", f"{manage}rqscheduler"
    else:
        directory = first.directory
        connection = f'--url "{_REDIS_URL}"'
        connection += f" --path {shlex.quote(directory)}" if directory else ""
        worker = f"rq worker {connection}{option} {queues}"
        scheduler = f"rqscheduler {connection}"
    commands = [tree.command(WORKER, worker, first.path, line)]
    if "rq-scheduler" in installed:
        commands.append(tree.command(SCHEDULER, scheduler, first.path, line))
    if unknown is None or is_complete:
        return tuple(commands), None
    return tuple(commands), UnknownQueuesNotice(commands[0], *unknown)


def _rq_line(module: Module) -> int | None:
    """Return the line of a module's first import of RQ, or None."""
    for statement in all_statements(module.tree):
        names = imported_names((statement,), "").values()
        if any(each.partition(".")[0] in _RQ_PACKAGES for each in names):
            return statement.lineno
    return None


def _queues(module: Module, tree: SourceTree) -> Iterator[tuple[int, str | None]]:
    """Yield the queues that a module uses, or sets for Django, in their order: line and name.

    The name is None where it is made at run time.
    """
    names = imported_names(all_statements(module.tree), "")
    found: list[tuple[int, ast.expr | None]] = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _is_queue(full_name(node.func, names)):
            named = [each.value for each in node.keywords if each.arg in ("name", "queue")]
            found.append((node.lineno, next(iter((*node.args, *named)), None)))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            keys = node.value.keys if last_name(node.targets[0]) == _RQ_SETTING else []
            found += ((node.lineno, key) for key in keys if key is not None)
    # A walk is by depth, not by line; the sort keeps the order within a line.
    for line, value in sorted(found, key=lambda each: each[0]):
        yield line, _DEFAULT_QUEUE if value is None else _text(value, module.path, tree)


def _is_queue(function: str) -> bool:
    parts = function.split(".")
    return parts[0] in _RQ_PACKAGES and parts[-1] in _QUEUE_FUNCTIONS


def _text(value: ast.expr, path: str, tree: SourceTree) -> str | None:
    """Return a text, or that of a constant of this module, or else of any that has it."""
    if isinstance(value, ast.Constant):
        return value.value if isinstance(value.value, str) else None
    name = last_name(value)
    pattern = re.compile((_CONSTANT % re.escape(name)).encode())
    texts = (tree.find(each, pattern) for each in (path, *tree.paths)) if name.isupper() else ()
    return next((each[0] for each in texts if each is not None), None)
