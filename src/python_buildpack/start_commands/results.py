"""What detection finds: processes, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass

from python_buildpack.start_commands.processes import StartCommand
from python_buildpack.start_commands.source_tree import UnreadSource


@dataclass(frozen=True)
class DevelopmentServerNotice:
    """A framework's own server is used; ``server`` is the distribution to add."""

    framework: str
    server: str


@dataclass(frozen=True)
class OwnPortNotice:
    """A script starts its own server, and doesn't read the variable PORT; ``path`` is its file."""

    framework: str
    path: str


@dataclass(frozen=True)
class BackendOnlyNotice:
    """The process serves the backend alone: no build of ours can make the frontend."""

    framework: str


@dataclass(frozen=True)
class SeveralWorkersNotice:
    """There are several workers, so no worker process was made."""

    candidates: tuple[StartCommand, ...]


@dataclass(frozen=True)
class UnknownQueuesNotice:
    """RQ's queues have names that are made at run time."""

    worker: StartCommand
    path: str
    line: int


DetectionNotice = (
    DevelopmentServerNotice
    | OwnPortNotice
    | BackendOnlyNotice
    | SeveralWorkersNotice
    | UnknownQueuesNotice
)


@dataclass(frozen=True)
class Detected:
    """The answer.

    Attributes:
        processes: ``web`` first.
        framework: of the ``web`` process, such as "Flask", or None.
    """

    processes: tuple[StartCommand, ...] = ()
    framework: str | None = None
    notices: tuple[DetectionNotice, ...] = ()


@dataclass(frozen=True)
class Ambiguous:
    """Several commands are equally good, or one may be wrong, so there is none."""

    candidates: tuple[StartCommand, ...]


@dataclass(frozen=True)
class WithoutServer:
    """An app that nothing can serve; ``server`` is the distribution to add."""

    framework: str
    path: str
    line: int | None
    server: str


@dataclass(frozen=True)
class NotDetected:
    """There is nothing to start.

    Attributes:
        without_server: an app that could be started, were there a server.
        unread: files that may hold an app, but can't be parsed.
        scripts: what can be run, but changes data.
        command_lines: what can be run, but not without arguments.
        not_installed: the console scripts of a project that isn't installed.
    """

    without_server: WithoutServer | None = None
    unread: tuple[UnreadSource, ...] = ()
    scripts: tuple[StartCommand, ...] = ()
    command_lines: tuple[StartCommand, ...] = ()
    not_installed: tuple[StartCommand, ...] = ()


Detection = Detected | Ambiguous | NotDetected
