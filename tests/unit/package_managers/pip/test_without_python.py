from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from python_buildpack.package_managers.failures.causes import ResolutionConflictError
from python_buildpack.package_managers.failures.network import (
    IndexAuthenticationError,
    IndexUnreachableError,
    NetworkProblem,
)
from python_buildpack.package_managers.pip.diagnosis import PipFailedError
from python_buildpack.package_managers.pip.report import InvalidReportError
from python_buildpack.package_managers.pip.without_python import (
    interpreter_digest,
    is_final,
    without_python,
)
from python_buildpack.programs import PIP_FOR_PYTHON
from python_buildpack.system.errors import BuildpackError
from tests.unit.package_managers.tool_runs import tool_run


@pytest.mark.parametrize(
    ("version", "python", "expected"),
    [
        ("3.13.1", "python3.13", ("3.13.1", "cp313")),
        ("3.14.6+freethreaded", "python3.14t", ("3.14.6", "cp314t")),
        ("3.15.0rc1", "python3.15", ("3.15.0rc1", "cp315")),
    ],
)
def test_without_python(
    tmp_path: Path, version: str, python: str, expected: tuple[str, str]
) -> None:
    _, run = tool_run(tmp_path, "pip", "")
    run = replace(run, python=Path("/layers/python/bin", python), python_version=version)
    launcher = without_python(run, Path("/vendor/pip-26.3"), "digest").launcher
    isolated = (sys.executable, "-I", "-S", "-B", PIP_FOR_PYTHON, Path("/vendor/pip-26.3"))
    assert launcher == (*isolated, *expected, "digest")


def test_interpreter_digest_of_another_pip(tmp_path: Path) -> None:
    _, run = tool_run(tmp_path, "pip", "")
    assert interpreter_digest(run) == ""


def test_interpreter_digest_that_cannot_be_had(tmp_path: Path) -> None:
    _, run = tool_run(tmp_path, "pip", "")
    run.venv_dir.mkdir()
    assert interpreter_digest(replace(run, bundled=tmp_path / "missing")) == ""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (IndexAuthenticationError(401, "packages.example.com"), True),
        (IndexUnreachableError("example.com", NetworkProblem.NAME_RESOLUTION, ""), True),
        (IndexUnreachableError("example.com", NetworkProblem.TLS, ""), False),
        (ResolutionConflictError(()), True),
        (PipFailedError(64), False),
        (InvalidReportError("it isn't JSON"), False),
    ],
)
def test_is_final(error: BuildpackError, expected: bool) -> None:
    assert is_final(error) is expected
