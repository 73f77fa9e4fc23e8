"""Wording for what was noticed while start commands were looked for; few builds need any."""

from __future__ import annotations

from collections.abc import Iterable

from python_buildpack.messages.message import UserMessage
from python_buildpack.messages.start_commands import start_warning
from python_buildpack.start_commands.detection import (
    Ambiguous,
    BackendOnlyNotice,
    DevelopmentServerNotice,
    NotDetected,
    OwnPortNotice,
    SeveralWorkersNotice,
)
from python_buildpack.start_commands.import_checks import (
    DownloadNotice,
    MissingImportsNotice,
    RemovedModulesNotice,
)
from python_buildpack.start_commands.live_reload import Reason, ReloadUnavailable
from python_buildpack.start_commands.procfile import StartCommand
from python_buildpack.start_commands.undeclared_imports import UndeclaredImport
from python_buildpack.system.text import place_text, printable

__all__ = ["start_warning"]

# Of files that can't be parsed; the likeliest come first.
_SHOWN = 10
_PROCFILE = """\
say in a Procfile what starts the app, with a line such as:
  web: gunicorn --bind 0.0.0.0:$PORT app:app"""


@start_warning.register
def _ambiguous(warning: Ambiguous) -> UserMessage:
    if len(warning.candidates) == 1:
        return UserMessage(
            "A script may be what starts the app, but isn't chosen",
            f"""\
{_candidates(warning.candidates)}

It starts a server of its own: on a port that it chooses itself, or with a debugger. If it listens
on 0.0.0.0 and on the port of PORT, put the line into a file named Procfile, as it stands here.""",
        )
    return UserMessage(
        "Several start commands are possible, so none was chosen",
        f"""\
{_candidates(warning.candidates)}

Put the one that you want into a file named Procfile, as it stands here.""",
    )


@start_warning.register
def _several_workers(warning: SeveralWorkersNotice) -> UserMessage:
    return UserMessage(
        "Several workers are possible, so there is no worker process",
        f"""\
{_candidates(warning.candidates)}

Put the one that you want into a file named Procfile, and the web process too: with a Procfile,
nothing else is started.""",
    )


@start_warning.register
def _not_detected(warning: NotDetected) -> UserMessage:
    missing = warning.without_server
    if missing is not None:
        return UserMessage(
            f"No server for the {missing.framework} app is installed",
            f"""\
The app: {place_text(missing.path, missing.line)}

Add {missing.server} to the dependencies, or say in a Procfile what starts the app.""",
        )
    heading = "No start command was found"
    if warning.unread:
        places = "\n".join(
            f"  {place_text(each.path, each.line)}" for each in warning.unread[:_SHOWN]
        )
        return UserMessage(
            f"{heading}, and not all files could be read",
            f"""\
Python's parser refuses:
{places}

Correct them if one holds the app, or {_PROCFILE}""",
        )
    if warning.command_lines:
        return UserMessage(
            f"{heading}, apart from command lines that need arguments",
            f"""\
{_candidates(warning.command_lines, " ARGUMENTS")}

Put the line into a file named Procfile, with what the image shall run in place of ARGUMENTS; name
the process web if it answers requests on $PORT.""",
        )
    if warning.scripts:
        return UserMessage(
            f"{heading}, apart from scripts that seem to change data",
            f"""\
{_candidates(warning.scripts)}

Such a script isn't started unless you ask for it: put its line into a file named Procfile. If the
app is started by something else, {_PROCFILE}""",
        )
    if warning.not_installed:
        return UserMessage(
            f"{heading}, apart from console scripts that aren't installed",
            f"""\
{_candidates(warning.not_installed)}

The project isn't installed as a package, as with package-mode = false, or without [build-system].
Make it one, or {_PROCFILE}""",
        )
    return UserMessage(
        heading,
        f"""\
The image has no process to start.

Set BP_WEB_COMMAND, or {_PROCFILE}""",
    )


@start_warning.register
def _development_server(warning: DevelopmentServerNotice) -> UserMessage:
    return UserMessage(
        f"{warning.framework}'s own server is for development only",
        f"""\
No other server that could start the app is installed.

Add {warning.server} to the dependencies: it is used as soon as it is installed.""",
    )


@start_warning.register
def _own_port(warning: OwnPortNotice) -> UserMessage:
    return UserMessage(
        f"The {warning.framework} app doesn't read the variable PORT",
        f"""\
{printable(warning.path)} starts its own server, on the port that it says.

Take the port from the environment, so that platforms can choose it, and listen on 0.0.0.0:
  port = int(os.environ.get("PORT", "8080"))""",
    )


@start_warning.register
def _backend_only(warning: BackendOnlyNotice) -> UserMessage:
    return UserMessage(
        f"The image has the {warning.framework} app's backend alone",
        """\
Its frontend is made by Node.js, which isn't part of this build.

Make it apart, with the URL where the backend will be, and serve the files that this writes:
  API_URL=https://… reflex export --frontend-only""",
    )


@start_warning.register
def _missing_imports(warning: MissingImportsNotice) -> UserMessage:
    return UserMessage(
        f"The process {warning.process} imports what isn't installed",
        f"""\
{_imports(warning.imports)}

Add to the dependencies: {", ".join(sorted(set(warning.providers)))}""",
    )


@start_warning.register
def _removed_modules(warning: RemovedModulesNotice) -> UserMessage:
    return UserMessage(
        f"The process {warning.process} imports modules for programs with windows",
        f"""\
{_imports(warning.imports)}

A container has no display, so Python is installed without Tcl/Tk: tkinter, turtle and IDLE are not
there, and the process ends with a ModuleNotFoundError.

Remove the import, or move it into the function that opens a window.""",
    )


@start_warning.register
def _download(warning: DownloadNotice) -> UserMessage:
    return UserMessage(
        f"{warning.function}() downloads data each time that the app starts",
        f"""\
{place_text(warning.path, warning.line)}

The container needs the network for it, and a place that can be written. Add the data to the app's
files or, where there is a package of it, to the dependencies.""",
    )


@start_warning.register
def _reload_unavailable(warning: ReloadUnavailable) -> UserMessage:
    heading = "BP_LIVE_RELOAD_ENABLED has no effect: there is no reload process"
    if warning.process is None:
        return UserMessage(
            heading,
            f"""\
It is made of the process that the image starts, and none is the default.

To choose one, {_PROCFILE}""",
        )
    if warning.reason is Reason.SHELL:
        problem = "leaves a shell around what it starts, so that it can't be ended as a whole"
        cure = "Take the server alone, without operators of the shell such as | and &."
    elif warning.program == "granian":
        problem = "is granian's, which needs watchfiles to follow changes"
        cure = "Add granian[reload] to the dependencies."
    else:
        program = printable(warning.program) or "a program"
        problem = f"starts {program}, which doesn't follow all changes of the code by itself"
        cure = "Add watchfiles to the dependencies: it starts the command again after a change."
    return UserMessage(
        heading,
        f"""\
The command of {warning.process.name} ({warning.process.place}) {problem}.

{cure}
Or say in a Procfile what starts it and follows changes, in a line for the process reload:
  reload: gunicorn --reload --bind 0.0.0.0:$PORT app:app""",
    )


def _imports(imports: Iterable[UndeclaredImport]) -> str:
    return "\n".join(
        f"  {place_text(each.path, each.line)}: {printable(each.module)}"
        for each in list(imports)[:_SHOWN]
    )


def _candidates(candidates: Iterable[StartCommand], arguments: str = "") -> str:
    return "\n".join(
        f"{each.place}\n  {printable(each.procfile_line)}{arguments}"
        for each in list(candidates)[:_SHOWN]
    )
