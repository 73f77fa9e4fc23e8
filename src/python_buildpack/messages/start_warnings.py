"""Wording for warnings of start command detection, which few builds have."""

from __future__ import annotations

from collections.abc import Iterable

from python_buildpack.messages.message import UserMessage
from python_buildpack.messages.start_commands import start_warning
from python_buildpack.start_commands.live_reload import Reason, ReloadUnavailable
from python_buildpack.start_commands.missing_imports import DownloadNotice, MissingImportsNotice
from python_buildpack.start_commands.processes import StartCommand
from python_buildpack.start_commands.results import (
    Ambiguous,
    BackendOnlyNotice,
    DevelopmentServerNotice,
    NotDetected,
    OwnPortNotice,
    SeveralWorkersNotice,
    UnknownQueuesNotice,
)
from python_buildpack.system.text import listed, place_text, printable

__all__ = ["start_warning"]

_SHOWN = 10
_PROCFILE = """\
add a Procfile with a line such as:
  web: gunicorn --bind 0.0.0.0:$PORT app:app"""
_WITHOUT_DISPLAY = """\
A container has no display, so Python is installed without Tcl/Tk, tkinter, turtle and IDLE.
Remove the import, or move it into the function that opens a window."""


@start_warning.register
def _ambiguous(warning: Ambiguous) -> UserMessage:
    if len(warning.candidates) == 1:
        return UserMessage(
            "A script may start the app, but wasn't chosen",
            f"""\
{_candidates(warning.candidates)}

It isn't at the top of the app, or it starts its own server, on a port of its own or with a debugger. If
it is the one, write this line to a file named Procfile. A web process must listen on 0.0.0.0 and $PORT.""",
        )
    return UserMessage(
        "Several start commands are possible, so none was chosen",
        f"{_candidates(warning.candidates)}\n\nWrite one of these lines to a file named Procfile.",
    )


@start_warning.register
def _several_workers(warning: SeveralWorkersNotice) -> UserMessage:
    return UserMessage(
        "Several workers are possible, so there is no worker process",
        f"""\
{_candidates(warning.candidates)}

Write one of these lines to a file named Procfile, and the one for web: a Procfile replaces
detection.""",
    )


@start_warning.register
def _unknown_queues(warning: UnknownQueuesNotice) -> UserMessage:
    return UserMessage(
        "RQ's worker may lack queues: a name is made at run time",
        f"""\
{place_text(warning.path, warning.line)}

The worker is started as: {printable(warning.worker.text)}
To name other queues, write the command to a file named Procfile.""",
    )


@start_warning.register
def _not_detected(warning: NotDetected) -> UserMessage:
    missing = warning.without_server
    if missing is not None:
        return UserMessage(
            f"No server for the {missing.framework} app is installed",
            f"""\
App: {place_text(missing.path, missing.line)}

Add {missing.server} to the dependencies, or {_PROCFILE}""",
        )
    heading = "No start command was found"
    if warning.unread:
        places = [place_text(each.path, each.line) for each in warning.unread]
        return UserMessage(
            f"{heading}, and some files have syntax errors",
            f"{listed(places)}\n\nCorrect the one with the app, or {_PROCFILE}",
        )
    if warning.command_lines:
        return UserMessage(
            f"{heading}, apart from command lines that need arguments",
            f"""\
{_candidates(warning.command_lines, " ARGUMENTS")}

Write the line to a file named Procfile, with the arguments in place of ARGUMENTS. Name the process
web if it serves requests on $PORT.""",
        )
    if warning.scripts:
        return UserMessage(
            f"{heading}, apart from scripts that seem to change data",
            f"""\
{_candidates(warning.scripts)}

To start one, write its line to a file named Procfile. To start something else, {_PROCFILE}""",
        )
    if warning.not_installed:
        return UserMessage(
            f"{heading}, apart from console scripts that aren't installed",
            f"""\
{_candidates(warning.not_installed)}

The project isn't installed as a package, as with package-mode = false, or without [build-system].
Make it one, or {_PROCFILE}""",
        )
    return UserMessage(heading, f"The image has no process.\n\nSet BP_WEB_COMMAND, or {_PROCFILE}")


@start_warning.register
def _development_server(warning: DevelopmentServerNotice) -> UserMessage:
    return UserMessage(
        f"{warning.framework}'s own server is for development only",
        f"No other server is installed.\n\nAdd {warning.server} to the dependencies.",
    )


@start_warning.register
def _own_port(warning: OwnPortNotice) -> UserMessage:
    return UserMessage(
        f"The {warning.framework} app doesn't read the variable PORT",
        f"""\
{printable(warning.path)} starts its own server on a port of its own.

Read the port from the environment, and listen on 0.0.0.0:
  port = int(os.environ.get("PORT", "8080"))""",
    )


@start_warning.register
def _backend_only(warning: BackendOnlyNotice) -> UserMessage:
    return UserMessage(
        f"The image has only the backend of the {warning.framework} app",
        """\
The frontend needs Node.js, which the build doesn't have.

Export it elsewhere, with the backend's URL, and serve the exported files:
  API_URL=https://… reflex export --frontend-only""",
    )


@start_warning.register
def _missing_imports(warning: MissingImportsNotice) -> UserMessage:
    places = [f"{place_text(each.path, each.line)}: {each.module}" for each in warning.imports]
    cure = f"Add to the dependencies: {', '.join(sorted(set(warning.providers)))}"
    return UserMessage(
        f"The process {warning.process} imports modules that aren't installed",
        f"{listed(places)}\n\n{cure if warning.providers else _WITHOUT_DISPLAY}",
    )


@start_warning.register
def _download(warning: DownloadNotice) -> UserMessage:
    return UserMessage(
        f"{warning.function}() downloads data at each start of the app",
        f"""\
{place_text(warning.path, warning.line)}

The container needs a network and a writable directory for it. Add the data to the app's files or,
if it is a package, to the dependencies.""",
    )


@start_warning.register
def _reload_unavailable(warning: ReloadUnavailable) -> UserMessage:
    heading = "BP_LIVE_RELOAD_ENABLED has no effect: there is no reload process"
    if warning.process is None:
        return UserMessage(
            heading, f"The image has no default process.\n\nTo choose one, {_PROCFILE}"
        )
    if warning.reason is Reason.SHELL:
        problem = "needs a shell, so it can't be restarted as a whole"
        cure = "Remove shell operators such as | and &."
    elif warning.program == "granian":
        problem = "is granian's, which needs watchfiles to reload"
        cure = "Add granian[reload] to the dependencies."
    else:
        program = printable(warning.program) or "a program"
        problem = f"starts {program}, which can't reload all changes itself"
        cure = "Add watchfiles to the dependencies: it restarts the command after a change."
    return UserMessage(
        heading,
        f"""\
The command of {warning.process.name} ({warning.process.place}) {problem}.

{cure}
Or add a process reload to a Procfile:
  reload: gunicorn --reload --bind 0.0.0.0:$PORT app:app""",
    )


def _candidates(candidates: Iterable[StartCommand], arguments: str = "") -> str:
    return "\n".join(
        f"{each.place}\n  {printable(each.procfile_line)}{arguments}"
        for each in list(candidates)[:_SHOWN]
    )
