from __future__ import annotations

import pytest

from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.lock.pdm_walk import MissingLockMetadataError
from python_buildpack.package_managers.locks import (
    InvalidLockError,
    MissingLockError,
    OutdatedLockError,
    ToolFailedError,
    UnknownNamesError,
    UnsupportedLockVersionError,
)
from python_buildpack.system.errors import BuildpackError


def test_outdated_lock_names_the_difference_and_the_command() -> None:
    error = OutdatedLockError("pdm.lock", "pyproject.toml", "pdm lock", "It has no flask")
    message = message_for(error)
    assert message.heading == "pdm.lock is out of date"
    assert message.body == (
        "It doesn't match pyproject.toml.\nIt has no flask\n\nRun: pdm lock, and commit pdm.lock."
    )


def test_missing_lock_names_the_command() -> None:
    message = message_for(MissingLockError("Pipfile", "Pipfile.lock", "pipenv lock"))
    assert message.heading == "Pipfile.lock is missing"
    assert message.body.startswith("Pipfile declares the dependencies, ")
    assert "\nRun: pipenv lock, and commit Pipfile.lock.\n" in message.body


@pytest.mark.parametrize(
    ("command", "cure"),
    [
        ("uv lock", "\nRun: uv lock, and commit uv.lock."),
        (None, "\nRegenerate uv.lock with its own tool, and commit it."),
    ],
)
def test_invalid_lock_shows_the_problem(command: str | None, cure: str) -> None:
    message = message_for(InvalidLockError("uv.lock", "package[0].name is not a string", command))
    assert message.heading == "uv.lock is not a valid lock file"
    assert message.body.startswith("package[0].name is not a string.\n")
    assert message.body.endswith(cure)


def test_unsupported_lock_version_shows_both() -> None:
    message = message_for(UnsupportedLockVersionError("Pipfile.lock", "7", "6"))
    assert message.heading == "Pipfile.lock has an unsupported version"
    assert message.body.startswith("Version of the format: 7\nSupported: 6\n")


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        (
            ("docs", "test"),
            "It has: docs, test\n\nCorrect BP_GROUPS: names are separated by commas.",
        ),
        ((), "It has none.\n\nUnset BP_GROUPS."),
    ],
)
def test_unknown_names_lists_the_known_ones(known: tuple[str, ...], shown: str) -> None:
    message = message_for(UnknownNamesError("BP_GROUPS", ("a", "b"), known, "pyproject.toml"))
    assert message.heading == "Unknown names in BP_GROUPS"
    assert message.body == f"Not in pyproject.toml: a, b\n{shown}"


def test_unknown_names_lists_no_more_than_can_be_read() -> None:
    known = tuple(f"g{number}" for number in range(60))
    body = message_for(UnknownNamesError("BP_EXTRAS", ("x",), known, "pyproject.toml")).body
    assert ", g49 and 10 more\n" in body


@pytest.mark.parametrize(
    ("exit_status", "cause"),
    [(1, "Exit status: 1."), (-9, "It was killed by signal 9;")],
)
def test_tool_failed_points_at_the_output(exit_status: int, cause: str) -> None:
    message = message_for(ToolFailedError("Poetry", "poetry.lock", exit_status))
    assert message.heading == "Poetry failed to install from poetry.lock"
    assert message.body.startswith(cause)
    assert "The output above has the reason." in message.body


@pytest.mark.parametrize("package", ["flask", None])
def test_missing_lock_metadata_names_the_command(package: str | None) -> None:
    message = message_for(MissingLockMetadataError(package))
    assert "Run: pdm lock -S inherit_metadata, and commit pdm.lock." in message.body


@pytest.mark.parametrize(
    "error",
    [
        InvalidLockError("x.lock", "https://user:secret@host.example/\x1b[2J", None),
        OutdatedLockError("x.lock", "x", "x", "https://user:secret@host.example/\x1b[2J"),
        UnsupportedLockVersionError("x.lock", "https://user:secret@host.example/\x1b[2J", "1"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_values_of_the_app_are_shown_without_credentials_and_control_characters(
    error: BuildpackError,
) -> None:
    body = message_for(error).body
    assert "secret" not in body
    assert "\x1b" not in body
    assert "host.example" in body
