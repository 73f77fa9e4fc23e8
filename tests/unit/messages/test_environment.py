from __future__ import annotations

import pytest

from python_buildpack.app.checks import (
    FORBIDDEN_VARIABLES,
    BreakingVariablesError,
    CommittedEnvironments,
)
from python_buildpack.app.settings import InvalidConfigurationError, InvalidSetting
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.committed_credentials import (
    CommittedCredential,
    CommittedCredentials,
)


def test_breaking_variables_each_with_its_reason() -> None:
    message = message_for(BreakingVariablesError(("PIP_USER", "PYTHONPATH")))
    assert message.heading == "Environment variables that would break the build"
    assert message.body.startswith(
        "Found:\n"
        "  PIP_USER: pip would install outside of the virtual environment\n"
        "  PYTHONPATH: its directories would shadow the standard library\n"
        "\n"
        "Remove them from "
    )


@pytest.mark.parametrize("name", sorted(FORBIDDEN_VARIABLES))
def test_breaking_variables_have_reasons(name: str) -> None:
    assert (
        f"  {name}: {FORBIDDEN_VARIABLES[name]}\n"
        in message_for(BreakingVariablesError((name,))).body
    )


def test_invalid_configuration_names_every_setting() -> None:
    error = InvalidConfigurationError(
        (
            InvalidSetting("BP_PIP_AT_LAUNCH", "may\x1bbe", "true or false"),
            InvalidSetting("BP_PIP_VERSION", "latest", "a version such as 26.3"),
        )
    )
    message = message_for(error)
    assert message.heading == "Invalid settings"
    assert (
        "BP_PIP_AT_LAUNCH=may\\x1bbe\n"
        "  Expected: true or false\n"
        "BP_PIP_VERSION=latest\n"
        "  Expected: a version such as 26.3\n"
    ) in message.body


def test_committed_environments_warning() -> None:
    warning = message_for(CommittedEnvironments(("venv", "site-packages")))
    assert warning.heading == "Installed packages are part of the app's source"
    assert warning.body.startswith("Found: venv/, site-packages/\n")
    assert "\n  git rm -r --cached venv site-packages\n" in warning.body
    assert ".gitignore" in warning.body


def test_committed_credentials_warning() -> None:
    found = tuple(CommittedCredential("requirements.txt", line) for line in range(1, 13))
    warning = message_for(CommittedCredentials(found))
    assert warning.heading == "Credentials are part of the app's source"
    assert "\n    requirements.txt, line 1\n" in warning.body
    assert "\n    requirements.txt, line 10\n    and 2 more\n" in warning.body
    assert "Everyone who gets the image or the repository" in warning.body
    assert "docs/bindings.md" in warning.body
    assert "${NAME}" in warning.body
    assert "change the passwords" in warning.body
