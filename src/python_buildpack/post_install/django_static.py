"""Django's static files, collected with the project's own settings.

https://docs.djangoproject.com/en/stable/howto/static-files/deployment/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from python_buildpack.app.files import AppFiles
from python_buildpack.post_install.django_app import (
    SETTINGS_MODULE,
    DjangoApp,
    MissingSettings,
    MissingSettingsError,
    NamedSettings,
)
from python_buildpack.programs import COLLECTSTATIC
from python_buildpack.start_commands.source_tree import read_source_tree
from python_buildpack.system.command import CommandResult, run_command
from python_buildpack.system.errors import UserError
from python_buildpack.system.output import Output

# By their last lines: os.environ, django-environ, python-decouple, environs, and Django's own.
_MISSING_VARIABLES = (
    re.compile(r"(?m)^KeyError: ['\"](?P<name>[A-Z]\w+)['\"]$"),
    re.compile(r"Set the (?P<name>\w+) environment variable"),
    re.compile(r"UndefinedValueError: (?P<name>\w+) not found"),
    re.compile(r'[Ee]nvironment variable "(?P<name>\w+)" not set'),
    re.compile(r"The (?P<name>SECRET_KEY) setting must not be empty"),
)
# The second is Django's, of a database's driver.
_MISSING_MODULE = re.compile(
    r"ModuleNotFoundError: No module named '(?P<name>[^']+)'"
    r"|Error loading (?P<driver>\w+) (?:or \w+ )?module"
)
_DATABASE = re.compile(
    r"(django\.db\.utils\.|psycopg2?\.|MySQLdb\.|sqlite3\.)\S*(OperationalError|ProgrammingError)"
)
# They sign what the app sends; nothing that is collected depends on them.
_SECRET_KEYS = ("SECRET_KEY", "DJANGO_SECRET_KEY")
_NO_SECRET = "no-secret-for-collectstatic-alone"  # noqa: S105
# Nor does anything depend on the database, which the settings only name.
_OF_A_DATABASE = re.compile(r"PG[A-Z]+|([A-Z_]+_)?(DATABASE|DB|POSTGRES(QL)?|MYSQL)(_[A-Z_]+)?")
_TRACEBACK = "Traceback (most recent call last):"
_CHAINED = re.compile(r"\n\n(?P<direct>The above exception was the direct|During handling).*\n*\Z")
# Of a driver that is installed, and lacks a library of the system.
_CANT_LOAD = re.compile(r"(?m)^ImportError: .*cannot open shared object file.*$")
# Of every manage.py, whatever could not be imported.
_NO_DJANGO = "ImportError: Couldn't import Django."
_OUTSIDE = re.compile(r"(?m)^STATIC_ROOT is outside of the app: (?P<root>.*)$")
_STATIC_ROOT = re.compile(rb"(?m)^[ \t]*STATIC_ROOT\b[^=\n]*=[^=].*")


@dataclass(frozen=True)
class Collection:
    """How static files were collected.

    Attributes:
        settings: their module, where it is the build that has chosen it.
    """

    manage_py: str
    settings: str | None = None


@dataclass(eq=False)
class UnsetSettingError(UserError):
    """The settings want a variable that a build doesn't have; ``name`` says which."""

    name: str


@dataclass(eq=False)
class MissingModuleError(UserError):
    """The project imports a module that isn't installed.

    Args:
        is_own: whether it is of a package that the app has.
        settings: the settings module, if it is known which.
    """

    name: str
    is_own: bool = False
    settings: str | None = None


@dataclass(frozen=True)
class StaticRootLine:
    """A line of the app that sets STATIC_ROOT."""

    path: str
    line: int
    text: str


@dataclass(eq=False)
class StaticRootOutsideError(UserError):
    """The files would be collected into a directory that doesn't get into the image."""

    root: str
    app_dir: Path
    lines: tuple[StaticRootLine, ...]


@dataclass(eq=False)
class DatabaseAtBuildError(UserError):
    """The project asks a database as soon as it is loaded; a build has none."""


@dataclass(eq=False)
class CollectStaticFailedError(UserError):
    """Django could not collect static files.

    Args:
        exception: the last one that it printed, with its text; "" for none.
        causes: the exceptions that it was raised from, each with its text, the nearest first.
    """

    exit_status: int
    exception: str
    collection: Collection
    causes: tuple[str, ...] = ()


def collect_static_files(
    files: AppFiles,
    django: DjangoApp,
    python: Path,
    environment: Mapping[str, str],
    output: Output,
    trace: Path | None = None,
) -> None:
    """Collect a project's static files into its STATIC_ROOT, if it has one.

    Args:
        trace: what the program reads is written there.

    Raises:
        UnsetSettingError, MissingModuleError, MissingSettingsError, DatabaseAtBuildError,
        StaticRootOutsideError, CollectStaticFailedError: the project could not be loaded, or its
            files not be collected.
    """
    with output.timed(f"Running collectstatic with {django.manage_py}"):
        held: list[str] = []

        def show(line: str) -> None:
            # The next run may do without what ends this one.
            if held or line.startswith(_TRACEBACK):
                held.append(line)
            else:
                output.command_line(line)

        given = dict(environment)
        # Unbuffered, so that nothing is printed after the exception that ends it.
        command: list[str | Path] = [python, "-u", COLLECTSTATIC, django.manage_py, files.root]
        command += [] if trace is None else [trace]
        run = partial(run_command, command, working_dir=files.directory, on_line=show)
        result = run(environment=given)
        while (name := _without_value(result, given)) is not None:
            output.line(f"{name} isn't set: running it again with a placeholder")
            given[name] = _placeholder(name)
            held.clear()
            result = run(environment=given)
        for line in held:
            output.command_line(line)
        if result.exit_status:
            raise _failure(files, django, environment, result)


def _without_value(result: CommandResult, environment: Mapping[str, str]) -> str | None:
    """Return the variable that a run lacked, if any value of it will do."""
    name = _missing_variable("".join(exception_chain(result.output)[:1]))
    if not result.exit_status or name is None or name in environment:
        return None
    return name if name in _SECRET_KEYS or _OF_A_DATABASE.fullmatch(name) else None


def _placeholder(name: str) -> str:
    if name in _SECRET_KEYS:
        return _NO_SECRET
    return "sqlite://:memory:" if name.endswith("URL") else "1"


def exception_chain(output: str) -> tuple[str, ...]:
    """Return the last exception that Python printed, with its text, then what it was raised from.

    () for none. Of one that was raised while another was handled, without ``from``, the text is
    meant for the user: the other isn't told.
    """
    found: list[str] = []
    for part in reversed(output.split(_TRACEBACK)[1:]):
        chained = _CHAINED.search(part)
        if found and (chained is None or chained["direct"] == "During handling"):
            break
        lines = _CHAINED.sub("", part).split("\n")[1:]
        start = next((i for i, line in enumerate(lines) if line and not line.startswith(" ")), None)
        found += ["\n".join(lines[start:]).strip()] if start is not None else []
    return tuple(found)


def _missing_variable(exception: str) -> str | None:
    """Return the variable that an exception tells of; None if it tells of none."""
    found = (pattern.search(exception) for pattern in _MISSING_VARIABLES)
    return next((each["name"] for each in found if each is not None), None)


def _failure(
    files: AppFiles, django: DjangoApp, environment: Mapping[str, str], result: CommandResult
) -> UserError:
    """Tell what was missing, by what Python, Django and the usual libraries for settings print."""
    outside = _OUTSIDE.search(result.output)
    if outside is not None:
        lines = _static_root_lines(files.directory)
        return StaticRootOutsideError(outside["root"], files.root, lines)
    exception, *causes = exception_chain(result.output) or ("",)
    if causes and exception.startswith(_NO_DJANGO):
        exception, *causes = causes
    variable = _missing_variable(exception)
    if variable is not None:
        return UnsetSettingError(variable)
    module, unloaded = _MISSING_MODULE.search(exception), _CANT_LOAD.findall(result.output)
    if module is not None and not unloaded:
        name = module["name"] or module["driver"]
        return _missing_module(files.directory, django, environment, name)
    if _DATABASE.match(exception):
        return DatabaseAtBuildError()
    settings = environment.get(SETTINGS_MODULE)
    collection = Collection(django.manage_py, settings)
    causes += [each for each in unloaded[-1:] if each not in (exception, *causes)]
    return CollectStaticFailedError(result.exit_status, exception, collection, tuple(causes))


def _missing_module(
    app_dir: Path, django: DjangoApp, environment: Mapping[str, str], name: str
) -> UserError:
    named = django.settings.named if django.settings is not None else None
    given = environment.get(SETTINGS_MODULE)
    if given and (named is None or named.module != given):
        named = NamedSettings(given, SETTINGS_MODULE, None)
    if named is not None and f"{named.module}.".startswith(f"{name}."):
        return MissingSettingsError(MissingSettings(named))
    top = name.partition(".")[0]
    bases = (app_dir, (app_dir / django.manage_py).parent)
    is_own = top != name and any((base / top).is_dir() for base in bases)
    return MissingModuleError(name, is_own, named.module if named is not None else None)


def _static_root_lines(app_dir: Path) -> tuple[StaticRootLine, ...]:
    tree = read_source_tree(app_dir)
    return tuple(
        StaticRootLine(path, number, line.strip())
        for path in tree.paths
        if tree.mentions(path, _STATIC_ROOT)
        for number, line in _lines(app_dir / path)
        if _STATIC_ROOT.match(line.encode())
    )


def _lines(path: Path) -> list[tuple[int, str]]:
    text = path.read_bytes().decode("utf-8", "replace")
    return list(enumerate(text.split("\n"), start=1))
