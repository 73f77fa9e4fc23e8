"""Django's static files, collected with the project's own settings.

https://docs.djangoproject.com/en/stable/howto/static-files/deployment/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.command import run_command
from python_buildpack.errors import UserError
from python_buildpack.output import Output

_PROGRAM = Path(__file__).with_name("collectstatic_program.py")
# By their last lines: os.environ, django-environ, python-decouple, environs, and Django's own.
_MISSING_VARIABLES = (
    re.compile(r"(?m)^KeyError: ['\"](?P<name>[A-Z]\w+)['\"]$"),
    re.compile(r"Set the (?P<name>\w+) environment variable"),
    re.compile(r"UndefinedValueError: (?P<name>\w+) not found"),
    re.compile(r'[Ee]nvironment variable "(?P<name>\w+)" not set'),
    re.compile(r"The (?P<name>SECRET_KEY) setting must not be empty"),
)
_MISSING_MODULE = re.compile(r"(?m)^ModuleNotFoundError: No module named '(?P<name>[^']+)'")
_DATABASE = re.compile(
    r"(?m)^(django\.db\.utils\.|psycopg2?\.|MySQLdb\.|sqlite3\.)\S*(OperationalError|ProgrammingError)"
)


@dataclass(eq=False)
class MissingVariableError(UserError):
    """The settings want a variable that a build doesn't have; ``name`` says which."""

    name: str


@dataclass(eq=False)
class MissingModuleError(UserError):
    """The project imports a module that isn't installed; ``name`` says which."""

    name: str


@dataclass(eq=False)
class DatabaseAtBuildError(UserError):
    """The project asks a database as soon as it is loaded; a build has none."""


@dataclass(eq=False)
class CollectStaticFailedError(UserError):
    """Django could not collect static files; its output, which was shown, says why."""

    exit_status: int


def collect_static_files(
    app_dir: Path,
    manage_py: str,
    python: Path,
    environment: Mapping[str, str],
    output: Output,
) -> None:
    """Collect a project's static files into its STATIC_ROOT, if it has one.

    Args:
        app_dir: the app.
        manage_py: of the project, relative to the app.
        python: the environment's own.
        environment: in which the project's code runs.
        output: the log.

    Raises:
        MissingVariableError, MissingModuleError, DatabaseAtBuildError, CollectStaticFailedError:
            the project could not be loaded, or Django failed.
    """
    output.section("Static files")
    with output.timed(f"Collecting them with {manage_py}"):
        result = run_command(
            [python, _PROGRAM, manage_py],
            environment=environment,
            working_dir=app_dir,
            on_line=output.command_line,
        )
        if result.exit_status != 0:
            raise _failure(result.output, result.exit_status)


def _failure(output: str, exit_status: int) -> UserError:
    """Tell what was missing, by what Python, Django and the usual libraries for settings print."""
    for pattern in _MISSING_VARIABLES:
        found = pattern.search(output)
        if found is not None:
            return MissingVariableError(found["name"])
    module = _MISSING_MODULE.search(output)
    if module is not None:
        return MissingModuleError(module["name"])
    if _DATABASE.search(output):
        return DatabaseAtBuildError()
    return CollectStaticFailedError(exit_status)
