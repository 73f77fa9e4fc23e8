"""Wording for warnings of start command detection, which few builds have."""

from __future__ import annotations

from collections.abc import Iterable

from python_buildpack.messages.message import text_for
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

_SHOWN = 10
_PROCFILE = """\
add a Procfile with a line such as:
  web: gunicorn --bind 0.0.0.0:$PORT app:app"""
_WITHOUT_DISPLAY = """\
A container has no display, so Python is installed without Tcl/Tk, tkinter, turtle and IDLE.
Remove the import, or move it into the function that opens a window."""


@text_for.register
def _ambiguous(warning: Ambiguous) -> str:
    if len(warning.candidates) == 1:
        return f"""\
A script may start the app, but wasn't chosen
{_candidates(warning.candidates)}

It isn't at the top of the app, or it starts its own server, on a port of its own or with a debugger. If
it is the one, write this line to a file named Procfile. A web process must listen on 0.0.0.0 and $PORT."""
    return f"""\
Several start commands are possible, so none was chosen
{_candidates(warning.candidates)}

Write one of these lines to a file named Procfile."""


@text_for.register
def _several_workers(warning: SeveralWorkersNotice) -> str:
    return f"""\
Several workers are possible, so there is no worker process
{_candidates(warning.candidates)}

Write one of these lines to a file named Procfile, and the one for web: a Procfile replaces
detection."""


@text_for.register
def _unknown_queues(warning: UnknownQueuesNotice) -> str:
    return f"""\
RQ's worker may miss queues: a name is only known at run time
{place_text(warning.path, warning.line)}

The worker is started as: {printable(warning.worker.text)}
To name other queues, write the command to a file named Procfile."""


@text_for.register
def _not_detected(warning: NotDetected) -> str:
    missing = warning.without_server
    if missing is not None:
        return f"""\
No server for the {missing.framework} app is installed
App: {place_text(missing.path, missing.line)}

Add {missing.server} to the dependencies, or {_PROCFILE}"""
    heading = "No start command was found"
    if warning.unread:
        places = [place_text(each.path, each.line) for each in warning.unread]
        return f"""\
{heading}, and some files have syntax errors
{listed(places)}

Correct the one with the app, or {_PROCFILE}"""
    if warning.command_lines:
        return f"""\
{heading}, apart from command lines that need arguments
{_candidates(warning.command_lines, " ARGUMENTS")}

Write the line to a file named Procfile, with the arguments in place of ARGUMENTS. Name the process
web if it serves requests on $PORT."""
    if warning.scripts:
        return f"""\
{heading}, apart from scripts that seem to change data
{_candidates(warning.scripts)}

To start one, write its line to a file named Procfile. To start something else, {_PROCFILE}"""
    if warning.not_installed:
        return f"""\
{heading}, apart from console scripts that aren't installed
{_candidates(warning.not_installed)}

The project isn't installed as a package, as with package-mode = false, or without [build-system].
Make it one, or {_PROCFILE}"""
    return f"""\
{heading}
The image has no process.

Set BP_WEB_COMMAND, or {_PROCFILE}"""


@text_for.register
def _development_server(warning: DevelopmentServerNotice) -> str:
    return f"""\
{warning.framework}'s own server is for development only
No other server is installed.

Add {warning.server} to the dependencies."""


@text_for.register
def _own_port(warning: OwnPortNotice) -> str:
    return f"""\
The {warning.framework} app doesn't read the variable PORT
{printable(warning.path)} starts its own server on a port of its own.

Read the port from the environment, and listen on 0.0.0.0:
  port = int(os.environ.get("PORT", "8080"))"""


@text_for.register
def _backend_only(warning: BackendOnlyNotice) -> str:
    return f"""\
The image has only the backend of the {warning.framework} app
The frontend needs Node.js, which the build doesn't have.

Export it elsewhere, with the backend's URL, and serve the exported files:
  API_URL=https://… reflex export --frontend-only"""


@text_for.register
def _missing_imports(warning: MissingImportsNotice) -> str:
    places = [f"{place_text(each.path, each.line)}: {each.module}" for each in warning.imports]
    cure = f"Add to the dependencies: {', '.join(sorted(set(warning.providers)))}"
    return f"""\
The process {warning.process} imports modules that aren't installed
{listed(places)}

{cure if warning.providers else _WITHOUT_DISPLAY}"""


@text_for.register
def _download(warning: DownloadNotice) -> str:
    return f"""\
{warning.function}() downloads data at each start of the app
{place_text(warning.path, warning.line)}

The container needs a network and a writable directory for it. Add the data to the app's files or,
if it is a package, to the dependencies."""


@text_for.register
def _reload_unavailable(warning: ReloadUnavailable) -> str:
    heading = "BP_LIVE_RELOAD_ENABLED has no effect: there is no reload process"
    if warning.process is None:
        return f"""\
{heading}
The image has no default process.

To choose one, {_PROCFILE}"""
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
    return f"""\
{heading}
The command of {warning.process.name} ({warning.process.place}) {problem}.

{cure}
Or add a process reload to a Procfile:
  reload: gunicorn --reload --bind 0.0.0.0:$PORT app:app"""


def _candidates(candidates: Iterable[StartCommand], arguments: str = "") -> str:
    return "\n".join(
        f"{each.place}\n  {printable(each.procfile_line)}{arguments}"
        for each in list(candidates)[:_SHOWN]
    )
