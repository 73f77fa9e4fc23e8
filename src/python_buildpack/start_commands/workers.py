"""The processes of Celery, Huey, Dramatiq and RQ."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from python_buildpack.start_commands.found_apps import FoundApp
from python_buildpack.start_commands.frameworks import BOTS, DRAMATIQ, HUEY
from python_buildpack.start_commands.rq_use import RqUse, find_rq_use
from python_buildpack.start_commands.servers import Target, from_directory, python_command
from python_buildpack.start_commands.source_tree import SourceTree

WORKER = "worker"
BEAT = "beat"
SCHEDULER = "scheduler"
# What Celery looks for in a module that is given by its name alone.
# https://docs.celeryq.dev/en/stable/getting-started/next-steps.html#about-the-app-argument
_USUAL_NAMES = ("app", "celery")
_SCHEDULE = re.compile(rb"beat_schedule|add_periodic_task", re.IGNORECASE)
_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"


# The variable by which platforms tell where Redis is; RQ's own default otherwise.
_REDIS_URL = "${REDIS_URL:-redis://localhost:6379}"


@dataclass(frozen=True)
class Worker:
    """An app's worker, and what else belongs to it.

    Attributes:
        path: of the file that it was found in, relative to the app.
        line: counted from 1; None where it has none.
        commands: the name and the command of each process; the worker's own first.
    """

    path: str
    line: int | None
    commands: tuple[tuple[str, str], ...]


def find_workers(
    apps: Iterable[FoundApp],
    tree: SourceTree,
    installed: Mapping[str, str],
    django_directory: str | None,
) -> tuple[Worker, ...]:
    """Return the workers: one for each app of Celery, Huey and Dramatiq, and one for RQ.

    Args:
        apps: of workers.
        tree: the app's files.
        installed: the version of each installed distribution, by its normalised name.
        django_directory: of the Django project's manage.py, relative to the app; None where
            there is no such project, or more than one.
    """
    workers = tuple(
        Worker(
            each.source,
            each.line,
            _commands(_beside_django(each.target, django_directory), tree, installed),
        )
        for each in apps
    )
    use = find_rq_use(tree, installed)
    if use is None:
        return workers
    return (*workers, Worker(use.path, use.line, _rq_commands(use, installed, django_directory)))


def _beside_django(target: Target, django_directory: str | None) -> Target:
    """Return a target that is imported from where the Django project is, if it is below.

    That may be a package, too, so that its files have two names; the settings know one of them.
    """
    if not django_directory or not target.path.startswith(f"{django_directory}/"):
        return target
    relative = PurePosixPath(target.path).relative_to(django_directory).with_suffix("")
    parts = [part for part in relative.parts if part != "__init__"]
    return replace(target, module=".".join(parts), directory=django_directory)


def _rq_commands(
    use: RqUse, installed: Mapping[str, str], django_directory: str | None
) -> tuple[tuple[str, str], ...]:
    queues = " ".join(shlex.quote(name) for name in use.queues)
    option = " --with-scheduler" if use.needs_scheduler else ""
    if "django-rq" in installed and django_directory is not None:
        # Its connections are the settings'.
        manage = from_directory(django_directory, "python manage.py ")
        worker = f"{manage}rqworker{option} {queues}"
        scheduler = f"{manage}rqscheduler"
    else:
        path = f" --path {shlex.quote(use.directory)}" if use.directory else ""
        worker = f'rq worker --url "{_REDIS_URL}"{path}{option} {queues}'
        scheduler = f'rqscheduler --url "{_REDIS_URL}"{path}'
    if "rq-scheduler" in installed:
        return ((WORKER, worker), (SCHEDULER, scheduler))
    return ((WORKER, worker),)


def _commands(
    target: Target, tree: SourceTree, installed: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return the name and the command of each process; ``beat`` only where there is a schedule."""
    directory = target.directory
    if target.framework in BOTS:
        return ((WORKER, python_command(target)),)
    if target.framework is HUEY:
        command = f"huey_consumer {target.module}.{target.name}"
        return ((WORKER, from_directory(directory, command)),)
    if target.framework is DRAMATIQ:
        return ((WORKER, from_directory(directory, f"dramatiq {target.module}")),)
    app = target.module if target.name in _USUAL_NAMES else f"{target.module}:{target.name}"
    worker = (WORKER, from_directory(directory, f"celery -A {app} worker --loglevel INFO"))
    beat = f"celery -A {app} beat --loglevel INFO"
    if "django-celery-beat" in installed:
        beat = f"{beat} --scheduler {_BEAT_SCHEDULER}"
    elif any(tree.mentions(path, _SCHEDULE) for path in tree.paths):
        # The app's own directory may be read-only.
        beat = f"{beat} --schedule /tmp/celerybeat-schedule"
    else:
        return (worker,)
    return (worker, (BEAT, from_directory(directory, beat)))
