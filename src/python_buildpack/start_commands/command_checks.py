"""What is likely to go wrong with the image's processes, without starting them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.start_commands.command_line import last_command
from python_buildpack.start_commands.processes import WEB, Installed, StartCommand

_GUNICORN = "gunicorn"
_GUNICORN_CONFIGURATION = "gunicorn.conf.py"
_LOOPBACK = re.compile(r"(https?://)?(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:.*)?")
# The last release of setuptools with pkg_resources, and the first of gunicorn that needs none.
# https://setuptools.pypa.io/en/latest/history.html#v82-0-0
_LAST_SETUPTOOLS = 81
_FIRST_GUNICORN = 21
# Distributions whose browsers are not part of them.
_BROWSERS = ("camoufox", "patchright", "playwright", "pyppeteer", "selenium")


@dataclass(frozen=True)
class Program:
    """What is known of a program that a command starts.

    Attributes:
        options: those that name an address; where there are any, it is 127.0.0.1 by default.
        advice: what to add to a command without them.
        variable: the beginning of the variables that name an address.
        subcommand: that starts a server; "" where it needs none.
        reload: the option that starts it again when the code changes, "" where it does so anyway;
            None where it can't.
        distributions: that have the program; () for the one of its name.
    """

    options: tuple[str, ...] = ()
    advice: str = "--host 0.0.0.0 --port ${PORT:-8080}"
    variable: str = ""
    subcommand: str = ""
    reload: str | None = None
    distributions: tuple[str, ...] = ()


_BINDS, _BIND = ("-b", "--bind", "-c", "--config"), "--bind 0.0.0.0:${PORT:-8080}"
_RELOAD = "--reload"
# Not debuggers and debug modes, which run what a request says, and show the app's secrets.
PROGRAMS: Mapping[str, Program] = {
    _GUNICORN: Program(_BINDS, _BIND, "GUNICORN_CMD_ARGS", reload=_RELOAD),
    "hypercorn": Program(_BINDS, _BIND, reload=_RELOAD),
    "uvicorn": Program(("--host", "--uds", "--fd"), variable="UVICORN_", reload=_RELOAD),
    "granian": Program(("--host", "--uds"), variable="GRANIAN_", reload=_RELOAD),
    "daphne": Program(
        ("-b", "--bind", "-u", "-e", "--endpoint", "--fd"), "-b 0.0.0.0 -p ${PORT:-8080}"
    ),
    "chainlit": Program(("--host",), variable="CHAINLIT_"),
    "flask": Program(("-h", "--host"), variable="FLASK_RUN_", subcommand="run", reload=_RELOAD),
    "quart": Program(("-h", "--host"), subcommand="run", reload=_RELOAD),
    "litestar": Program(subcommand="run", reload=_RELOAD),
    "fastapi": Program(subcommand="run", reload=_RELOAD, distributions=("fastapi-cli",)),
    "sanic": Program(reload="--auto-reload"),
    # It always reads a changed file for the next visitor; with this, open pages follow, too.
    "streamlit": Program(subcommand="run", reload="--server.runOnSave true"),
    "huey_consumer": Program(distributions=("huey",)),
    "uwsgi": Program(distributions=("uwsgi", "pyuwsgi")),
    "waitress-serve": Program(distributions=("waitress",)),
    **dict.fromkeys(("celery", "dramatiq", "pdm", "pipenv", "poetry", "rq", "uv"), Program()),
}
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*")
_SHELL_WORDS = frozenset({"exec", "env"})
_BEFORE = _SHELL_WORDS | {"uv", "poetry", "pipenv", "pdm", "run"}


@dataclass(frozen=True)
class LoopbackNotice:
    """The web process can't be reached from outside of its container.

    Attributes:
        without_port: whether that is only so where the variable PORT isn't set.
    """

    command: StartCommand
    advice: str
    without_port: bool


@dataclass(frozen=True)
class GunicornNotice:
    """The releases of gunicorn and setuptools don't fit; None where setuptools isn't installed."""

    gunicorn: str
    setuptools: str | None


@dataclass(frozen=True)
class BrowsersNotice:
    """A distribution that is installed needs a browser, which isn't."""

    distribution: str


@dataclass(frozen=True)
class MissingProgramNotice:
    """A process starts a program of a distribution that isn't installed."""

    command: StartCommand
    program: str
    distribution: str


CommandNotice = LoopbackNotice | GunicornNotice | BrowsersNotice | MissingProgramNotice


def check_commands(
    app_dir: Path, commands: Sequence[StartCommand], installed: Installed
) -> tuple[CommandNotice, ...]:
    """Return what is likely to go wrong."""
    return (
        *(found for each in commands for found in _missing_program(each, installed)),
        *(found for each in commands if each.name == WEB for found in _loopback(app_dir, each)),
        *_gunicorn(commands, installed),
        *(BrowsersNotice(each) for each in _BROWSERS if each in installed),
    )


def _loopback(app_dir: Path, command: StartCommand) -> Iterator[LoopbackNotice]:
    program, words = _program(command.text)
    server = PROGRAMS.get(program, Program())
    if not server.options or (server.variable and server.variable in command.text):
        return
    addresses = list(_values(words, server.options))
    if addresses:
        if all(_LOOPBACK.fullmatch(each) for each in addresses):
            yield LoopbackNotice(command, server.advice, without_port=False)
    elif program != _GUNICORN:
        yield LoopbackNotice(command, server.advice, without_port=False)
    elif not _is_configured(app_dir, command.text):
        # https://docs.gunicorn.org/en/stable/settings.html#bind
        yield LoopbackNotice(command, server.advice, without_port=True)


def _missing_program(command: StartCommand, installed: Installed) -> Iterator[MissingProgramNotice]:
    # pdm and the like are started first.
    programs = (_program(command.text, before=_SHELL_WORDS)[0], _program(command.text)[0])
    for program in programs:
        known = PROGRAMS.get(program)
        distributions = (known.distributions or (program,)) if known is not None else ()
        if distributions and installed.keys().isdisjoint(distributions):
            yield MissingProgramNotice(command, program, distributions[0])
            return


def _program(text: str, before: frozenset[str] = _BEFORE) -> tuple[str, list[str]]:
    """Return the program of the last command, and its arguments; "" where it isn't clear."""
    split = last_command(text)
    try:
        words = shlex.split(split[1]) if split is not None else []
    except ValueError:
        # A backslash at the end, which a shell takes.
        words = []
    while words and (words[0] in before or _ASSIGNMENT.fullmatch(words[0])):
        words.pop(0)
    if words[1:2] == ["-m"]:
        words = words[2:]
    return (words[0].rpartition("/")[2], words[1:]) if words else ("", [])


def _values(words: list[str], options: tuple[str, ...]) -> Iterator[str]:
    """Yield the values of options, in any of the forms in which they can be given."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name in options:
            yield value if equals else following
        elif word[:2] in options and not word.startswith("--"):
            yield word[2:]


def _is_configured(app_dir: Path, text: str) -> bool:
    """Return whether gunicorn finds its configuration file, where it is started."""
    directory = re.search(r"\bcd\s+([^\s;&]+)", text)
    places = (app_dir, app_dir / directory[1]) if directory is not None else (app_dir,)
    return any((place / _GUNICORN_CONFIGURATION).is_file() for place in places)


def _gunicorn(commands: Sequence[StartCommand], installed: Installed) -> Iterator[GunicornNotice]:
    gunicorn, setuptools = installed.get(_GUNICORN), installed.get("setuptools")
    if gunicorn is None or _major(gunicorn) >= _FIRST_GUNICORN:
        return
    has_pkg_resources = setuptools is not None and _major(setuptools) <= _LAST_SETUPTOOLS
    if not has_pkg_resources and any(_GUNICORN in each.text for each in commands):
        yield GunicornNotice(gunicorn, setuptools)


def _major(version: str) -> int:
    match = re.match(r"\d+", version)
    return int(match[0]) if match is not None else 0
