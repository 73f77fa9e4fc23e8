"""What was detected in a directory of the app, as the app's root sees it."""

from __future__ import annotations

from dataclasses import replace

from python_buildpack.start_commands.command_line import argument_vector
from python_buildpack.start_commands.detected import (
    Ambiguous,
    Candidate,
    Detected,
    Found,
    Notice,
    OwnPortNotice,
    SeveralWorkersNotice,
)
from python_buildpack.start_commands.procfile import StartCommand
from python_buildpack.start_commands.scripts import Script
from python_buildpack.start_commands.servers import from_directory


def below(directory: str, detected: Detected) -> Detected:
    """Return ``detected`` with paths relative to the app, and commands that begin in ``directory``.

    Args:
        directory: relative to the app; "" for the app's own.
        detected: as if ``directory`` were the app.
    """
    if not directory:
        return detected
    if isinstance(detected, Found):
        processes = tuple(_process(directory, each) for each in detected.processes)
        notices = tuple(_notice(directory, each) for each in detected.notices)
        return replace(detected, processes=processes, notices=notices)
    if isinstance(detected, Ambiguous):
        return Ambiguous(_candidates(directory, detected.candidates))
    without = detected.without_server
    return replace(
        detected,
        without_server=without and replace(without, path=f"{directory}/{without.path}"),
        unread=tuple(replace(each, path=f"{directory}/{each.path}") for each in detected.unread),
        scripts=_scripts(directory, detected.scripts),
        command_lines=_scripts(directory, detected.command_lines),
    )


def _process(directory: str, process: StartCommand) -> StartCommand:
    text = from_directory(directory, process.text)
    source = f"{directory}/{process.source}"
    return replace(process, text=text, command=argument_vector(text), source=source)


def _notice(directory: str, notice: Notice) -> Notice:
    if isinstance(notice, SeveralWorkersNotice):
        return SeveralWorkersNotice(_candidates(directory, notice.candidates))
    if isinstance(notice, OwnPortNotice):
        return replace(notice, path=f"{directory}/{notice.path}")
    return notice


def _scripts(directory: str, scripts: tuple[Script, ...]) -> tuple[Script, ...]:
    return tuple(
        replace(each, path=f"{directory}/{each.path}", text=from_directory(directory, each.text))
        for each in scripts
    )


def _candidates(directory: str, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            path=f"{directory}/{each.path}",
            line=each.line,
            procfile_line=_procfile_line(directory, each.procfile_line),
        )
        for each in candidates
    )


def _procfile_line(directory: str, line: str) -> str:
    name, separator, text = line.partition(": ")
    return f"{name}{separator}{from_directory(directory, text)}" if separator else line
