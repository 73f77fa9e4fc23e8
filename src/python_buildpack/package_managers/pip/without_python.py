"""The bundled pip, run by the build's own interpreter as if the app's Python ran it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from python_buildpack.package_managers.protocol import ToolRun
from python_buildpack.programs import PIP_FOR_PYTHON
from python_buildpack.system.command import run_command
from python_buildpack.system.errors import BuildpackError, InternalError


def interpreter_digest(run: ToolRun) -> str:
    """Return a digest of what pip's resolution takes from Python, which is on disk.

    It is "" if the bundled pip isn't what resolves, or another interpreter would resolve differently.
    """
    if run.bundled is None:
        return ""
    own = _digest(run, run.python, "-I", "-S", "-B", PIP_FOR_PYTHON, run.bundled)
    return own if own == _digest(run, *_imitation(run, run.bundled)) else ""


def without_python(run: ToolRun, pip_dir: Path, digest: str) -> ToolRun:
    """Return a run that resolves without the app's Python, and fails if ``digest`` isn't of it."""
    return replace(run, launcher=(*_imitation(run, pip_dir), digest))


def is_final(error: BuildpackError) -> bool:
    """Return whether the app's Python would get the same failure.

    Only pip's own answers are, and not what depends on the interpreter's certificates.
    """
    from python_buildpack.package_managers.failures.network import (
        IndexUnreachableError,
        NetworkProblem,
    )
    from python_buildpack.package_managers.pip.diagnosis import PipFailedError

    is_tls = isinstance(error, IndexUnreachableError) and error.problem is NetworkProblem.TLS
    return not is_tls and not isinstance(error, PipFailedError | InternalError)


def _imitation(run: ToolRun, pip_dir: Path) -> tuple[str | Path, ...]:
    version, abi = run.python_version.partition("+")[0], run.python.name.removeprefix("python")
    isolated = (sys.executable, "-I", "-S", "-B")
    return (*isolated, PIP_FOR_PYTHON, pip_dir, version, f"cp{abi.replace('.', '')}")


def _digest(run: ToolRun, *command: str | Path) -> str:
    """Return what a command prints; "" if it fails."""
    result = run_command(command, environment=run.environment, working_dir=run.venv_dir)
    return result.output if result.exit_status == 0 else ""
