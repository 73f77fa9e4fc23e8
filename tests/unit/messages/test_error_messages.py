from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import python_buildpack
from python_buildpack.cnb.errors import CnbError
from python_buildpack.messages.wording import text_for
from python_buildpack.python_version.resolve import UnavailablePythonVersionError
from python_buildpack.system.errors import BuildpackError, InternalError, ServiceError, UserError

# Run by other interpreters, or by main: importing them would start them, or change this process.
PROGRAMS = {
    "python_buildpack.__main__",
    "python_buildpack.programs.collectstatic",
    "python_buildpack.programs.compile_worker",
    "python_buildpack.programs.conda_environment",
    "python_buildpack.programs.sizing",
    "python_buildpack.programs.run_and_exit",
}
MODULES = [
    importlib.import_module(each.name)
    for each in pkgutil.walk_packages(python_buildpack.__path__, "python_buildpack.")
    if each.name not in PROGRAMS
]
# What is never raised itself.
BASES = {InternalError, ServiceError, UserError, UnavailablePythonVersionError}


def concrete_errors(base: type[Exception]) -> Iterator[type[Exception]]:
    for subclass in base.__subclasses__():
        yield from concrete_errors(subclass)
        # Other tests may define errors of their own.
        if subclass not in BASES and subclass.__module__.startswith("python_buildpack."):
            yield subclass


@pytest.mark.parametrize(
    "error",
    [*concrete_errors(BuildpackError), *concrete_errors(CnbError)],
    ids=lambda error: f"{error.__module__}.{error.__name__}",
)
def test_every_error_has_a_message(error: type[Exception]) -> None:
    """Adding an error class without wording fails here, not in a user's build."""
    assert text_for.dispatch(error) is not text_for.dispatch(Exception)


def test_every_module_is_looked_at() -> None:
    root = Path(python_buildpack.__file__).parent
    files = {path for path in root.rglob("*.py") if path.name != "__init__.py"}
    seen = {Path(str(module.__file__)) for module in MODULES}
    assert len(files - seen) == len(PROGRAMS)
