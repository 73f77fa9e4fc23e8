"""Wording for live reload."""

from __future__ import annotations

from python_buildpack.messages.message import UserMessage
from python_buildpack.messages.start_commands import place_text
from python_buildpack.start_commands.live_reload import NoReload, Obstacle
from python_buildpack.system.text import printable

_RELOAD_FORM = """\
Or say in a Procfile what starts it and follows changes, in a line for the process reload:
  reload: gunicorn --reload --bind 0.0.0.0:$PORT app:app"""


def no_reload_warning(missing: NoReload) -> UserMessage:
    """Return what is said where BP_LIVE_RELOAD_ENABLED has no effect."""
    heading = "BP_LIVE_RELOAD_ENABLED has no effect: there is no reload process"
    if missing.process is None:
        return UserMessage(
            heading,
            """\
It is made of the process that the image starts, and none is the default.

Say in a Procfile what starts the app, in a line such as:
  web: gunicorn --bind 0.0.0.0:$PORT app:app""",
        )
    place = place_text(missing.process.source, missing.process.line)
    if missing.obstacle is Obstacle.SHELL:
        problem = "leaves a shell around what it starts, so that it can't be ended as a whole"
        cure = "Take the server alone, without operators of the shell such as | and &."
    elif missing.program == "granian":
        problem = "is granian's, which needs watchfiles to follow changes"
        cure = "Add granian[reload] to the dependencies."
    else:
        program = printable(missing.program) or "a program"
        problem = f"starts {program}, which doesn't follow all changes of the code by itself"
        cure = "Add watchfiles to the dependencies: it starts the command again after a change."
    return UserMessage(
        heading,
        f"""\
The command of {missing.process.name} ({place}) {problem}.

{cure}
{_RELOAD_FORM}""",
    )
