"""The processes of Celery, Huey and Dramatiq."""

from __future__ import annotations

import re
from collections.abc import Mapping

from python_buildpack.start_commands.frameworks import DRAMATIQ, HUEY
from python_buildpack.start_commands.servers import Target, from_directory
from python_buildpack.start_commands.source_tree import SourceTree

WORKER = "worker"
BEAT = "beat"
# What Celery looks for in a module that is given by its name alone.
# https://docs.celeryq.dev/en/stable/getting-started/next-steps.html#about-the-app-argument
_USUAL_NAMES = ("app", "celery")
_SCHEDULE = re.compile(rb"beat_schedule|add_periodic_task", re.IGNORECASE)
_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"


def worker_commands(
    target: Target, tree: SourceTree, installed: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return the name and the command of each process; ``beat`` only where there is a schedule."""
    directory = target.directory
    if target.framework is HUEY:
        command = f"huey_consumer {target.module}.{target.name}"
        return ((WORKER, from_directory(directory, command)),)
    if target.framework is DRAMATIQ:
        return ((WORKER, from_directory(directory, f"dramatiq {target.module}")),)
    app = target.module if target.name in _USUAL_NAMES else f"{target.module}:{target.name}"
    worker = (WORKER, from_directory(directory, f"celery -A {app} worker --loglevel INFO"))
    beat = f"celery -A {app} beat --loglevel INFO"
    if "django-celery-beat" in installed:
        beat = f"{beat} --scheduler {_SCHEDULER}"
    elif any(tree.mentions(path, _SCHEDULE) for path in tree.paths):
        # The app's own directory may be read-only.
        beat = f"{beat} --schedule /tmp/celerybeat-schedule"
    else:
        return (worker,)
    return (worker, (BEAT, from_directory(directory, beat)))
