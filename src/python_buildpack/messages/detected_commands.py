"""Wording for start commands that were found by reading the app's code."""

from __future__ import annotations

from collections.abc import Sequence

from python_buildpack.messages.message import UserMessage
from python_buildpack.messages.start_commands import place_text
from python_buildpack.start_commands.detected import (
    Ambiguous,
    Candidate,
    DevelopmentServerNotice,
    Nothing,
    Notice,
    OwnPortNotice,
    SeveralWorkersNotice,
)
from python_buildpack.start_commands.scripts import APP, Script
from python_buildpack.system.text import printable

# Of files that can't be parsed; the likeliest come first.
_SHOWN = 10


def ambiguous_warning(ambiguous: Ambiguous) -> UserMessage:
    """Return what is said where several commands are equally good."""
    return UserMessage(
        "Several start commands are possible, so none was chosen",
        f"""\
{_candidate_lines(ambiguous.candidates)}

Put the one that you want into a file named Procfile, as it stands here.""",
    )


def nothing_warning(nothing: Nothing) -> UserMessage:
    """Return what is said where nothing was found to start."""
    missing = nothing.without_server
    if missing is not None:
        return UserMessage(
            f"No server for the {missing.framework} app is installed",
            f"""\
The app: {place_text(missing.path, missing.line)}

Add {missing.server} to the dependencies, or say in a Procfile what starts the app.""",
        )
    if nothing.unread:
        places = "\n".join(
            f"  {place_text(each.path, each.line)}" for each in nothing.unread[:_SHOWN]
        )
        return UserMessage(
            "No start command was found, and not all files could be read",
            f"""\
Python's parser refuses:
{places}

Correct them if one holds the app, or say in a Procfile what starts the app, with a line such as:
  web: gunicorn --bind 0.0.0.0:$PORT app:app""",
        )
    if nothing.command_lines:
        return _command_lines_warning(nothing.command_lines)
    if nothing.scripts:
        return _scripts_warning(nothing.scripts)
    return UserMessage(
        "No start command was found",
        """\
The image has no process to start.

Say in a file named Procfile what starts the app, with a line such as:
  web: gunicorn --bind 0.0.0.0:$PORT app:app
or set BP_WEB_COMMAND to the command.""",
    )


def _scripts_warning(scripts: Sequence[Script]) -> UserMessage:
    candidates = [
        Candidate(each.path, each.line, f"{APP}: {each.text}") for each in scripts[:_SHOWN]
    ]
    return UserMessage(
        "No start command was found, apart from scripts that seem to change data",
        f"""\
{_candidate_lines(candidates)}

Such a script isn't started unless you ask for it: put its line into a file named Procfile. If the
app is started by something else, write that there, with a line such as:
  web: gunicorn --bind 0.0.0.0:$PORT app:app""",
    )


def _command_lines_warning(scripts: Sequence[Script]) -> UserMessage:
    candidates = [
        Candidate(each.path, each.line, f"{APP}: {each.text} ARGUMENTS")
        for each in scripts[:_SHOWN]
    ]
    return UserMessage(
        "No start command was found, apart from command lines that need arguments",
        f"""\
{_candidate_lines(candidates)}

Put the line into a file named Procfile, with what the image shall run in place of ARGUMENTS; name
the process web if it answers requests on $PORT.""",
    )


def start_command_notice(notice: Notice) -> UserMessage:
    """Return what a user should know of the commands that were found."""
    if isinstance(notice, DevelopmentServerNotice):
        return UserMessage(
            f"{notice.framework}'s own server is for development only",
            f"""\
No other server that could start the app is installed.

Add {notice.server} to the dependencies: it is used as soon as it is installed.""",
        )
    if isinstance(notice, OwnPortNotice):
        return UserMessage(
            f"The {notice.framework} app doesn't read the variable PORT",
            f"""\
{printable(notice.path)} starts its own server, on the port that it says.

Take the port from the environment, so that platforms can choose it, and listen on 0.0.0.0:
  port = int(os.environ.get("PORT", "8080"))""",
        )
    return _several_workers(notice)


def _several_workers(notice: SeveralWorkersNotice) -> UserMessage:
    return UserMessage(
        "Several workers are possible, so there is no worker process",
        f"""\
{_candidate_lines(notice.candidates)}

Put the one that you want into a file named Procfile, and the web process too: with a Procfile,
nothing else is started.""",
    )


def _candidate_lines(candidates: Sequence[Candidate]) -> str:
    return "\n".join(
        f"{place_text(each.path, each.line)}\n  {printable(each.procfile_line)}"
        for each in candidates
    )
