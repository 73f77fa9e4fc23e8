from __future__ import annotations

from collections.abc import Iterator

import pytest

# Imported for the modules that they import: all that define errors.
import python_buildpack.build
import python_buildpack.main  # noqa: F401
from python_buildpack.cnb.errors import CnbError
from python_buildpack.error_messages.wording import message_for
from python_buildpack.errors import BuildpackError, InternalError, ServiceError, UserError
from python_buildpack.python_version import UnavailablePythonVersionError

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
    assert message_for.dispatch(error) is not message_for.dispatch(Exception)
