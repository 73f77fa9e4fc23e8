from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.environment_checks import (
    BREAKING_VARIABLES,
    BreakingVariablesError,
    check_environment,
    find_committed_environments,
)

REQUIRED = {
    *("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_PYTHON", "PYTHONHOME", "PYTHONPATH"),
    *("VIRTUAL_ENV", "PYTHONUSERBASE"),
}


def test_breaking_variables_are_known() -> None:
    assert BREAKING_VARIABLES.keys() >= REQUIRED


@pytest.mark.parametrize("name", sorted(BREAKING_VARIABLES))
def test_check_environment_refuses(name: str) -> None:
    with pytest.raises(BreakingVariablesError) as caught:
        check_environment({name: "1", "PATH": "/usr/bin"})
    assert caught.value.names == (name,)


def test_check_environment_names_all_at_once_in_order() -> None:
    environment = {"VIRTUAL_ENV": "/venv", "PYTHONPATH": "/app", "PIP_TARGET": "/t"}
    with pytest.raises(BreakingVariablesError) as caught:
        check_environment(environment)
    assert caught.value.names == ("PIP_TARGET", "PYTHONPATH", "VIRTUAL_ENV")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        dict.fromkeys(BREAKING_VARIABLES, ""),
        {"PIP_INDEX_URL": "https://index.example", "PIP_NO_BINARY": ":all:"},
        {"PYTHONWARNINGS": "error", "PYTHONUNBUFFERED": "1", "pythonpath": "/app"},
    ],
)
def test_check_environment_accepts(environment: dict[str, str]) -> None:
    check_environment(environment)
    assert BREAKING_VARIABLES  # nothing was raised


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
