from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.checks import (
    FORBIDDEN_VARIABLES,
    BreakingVariablesError,
    MalformedUrlVariablesError,
    check_environment,
    find_committed_environments,
)
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.registry import URL_VARIABLES

REQUIRED = {
    *("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_PYTHON", "PYTHONHOME", "PYTHONPATH"),
    *("VIRTUAL_ENV", "PYTHONUSERBASE"),
}


def test_breaking_variables_are_known() -> None:
    assert FORBIDDEN_VARIABLES.keys() >= REQUIRED


@pytest.mark.parametrize("name", sorted(FORBIDDEN_VARIABLES))
def test_check_environment_refuses(name: str) -> None:
    with pytest.raises(BreakingVariablesError) as caught:
        check_environment({name: "1", "PATH": "/usr/bin"}, URL_VARIABLES)
    assert caught.value.names == (name,)


def test_check_environment_names_all_at_once_in_order() -> None:
    environment = {"VIRTUAL_ENV": "/venv", "PYTHONPATH": "/app", "PIP_TARGET": "/t"}
    with pytest.raises(BreakingVariablesError) as caught:
        check_environment(environment, URL_VARIABLES)
    assert caught.value.names == ("PIP_TARGET", "PYTHONPATH", "VIRTUAL_ENV")


@pytest.mark.parametrize(
    "name",
    [
        *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_PROXY"),
        *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
        *("https_proxy", "HTTP_PROXY", "all_proxy", "POETRY_REPOSITORIES_CORP_URL"),
        "BP_DEPENDENCY_MIRROR",
    ],
)
def test_check_environment_refuses_a_password_that_is_not_encoded(name: str) -> None:
    with pytest.raises(MalformedUrlVariablesError) as caught:
        check_environment(
            {name: "https://user:Canary#Rest@host/simple", "OTHER": "x"}, URL_VARIABLES
        )
    assert caught.value.names == (name,)
    text = str(message_for(caught.value))
    assert name in text
    assert not any(part in text for part in ("Canary", "Rest", "user:", "host/"))


def test_check_environment_names_all_variables_with_such_a_password() -> None:
    environment = {"UV_INDEX": "a=https://u:a/b@host", "PIP_PROXY": "user:a#b@proxy:8080"}
    with pytest.raises(MalformedUrlVariablesError) as caught:
        check_environment(environment, URL_VARIABLES)
    assert caught.value.names == ("PIP_PROXY", "UV_INDEX")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"https_proxy": "proxy:8080", "PIP_PROXY": "user:password@proxy:8080"},
        {"UNKNOWN": "https://user:a#b@host"},
        dict.fromkeys(FORBIDDEN_VARIABLES, ""),
        {"PIP_INDEX_URL": "https://index.example", "PIP_NO_BINARY": ":all:"},
        {"PYTHONWARNINGS": "error", "PYTHONUNBUFFERED": "1", "pythonpath": "/app"},
    ],
)
def test_check_environment_accepts(environment: dict[str, str]) -> None:
    check_environment(environment, URL_VARIABLES)
    assert FORBIDDEN_VARIABLES  # nothing was raised


@pytest.mark.parametrize("name", ["venv", ".venv", "env", ".env"])
def test_find_committed_environments(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "pyvenv.cfg").touch()
    assert find_committed_environments(tmp_path) == (name,)


def test_find_committed_environments_all(tmp_path: Path) -> None:
    for name in ("site-packages", "venv", ".venv"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyvenv.cfg").touch()
    assert find_committed_environments(tmp_path) == ("venv", ".venv", "site-packages")


def test_find_committed_environments_none(tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    (tmp_path / ".env").write_text("SECRET=1")
    (tmp_path / "site-packages").touch()
    assert find_committed_environments(tmp_path) == ()
