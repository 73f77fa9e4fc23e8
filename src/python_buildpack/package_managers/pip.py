"""pip: reads an app's requirements files and installs what they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from python_buildpack.command import run_command
from python_buildpack.layers.pip import PipLayer
from python_buildpack.layers.venv import VenvLayer
from python_buildpack.output import Output
from python_buildpack.package_managers.pip_diagnosis import diagnose_pip_failure
from python_buildpack.package_managers.requirements_closure import (
    RequirementClosure,
    read_requirement_closure,
)

# "Progress 1048576 of 52428800", a line for each chunk: pip is told so little about its
# terminal here that its own bar would be drawn once, when all is over.
_RAW_PROGRESS_SINCE = Version("24.1")
_PROGRESS_PREFIX = "Progress "


@dataclass(frozen=True)
class PipRequirements:
    """What an app asks pip for.

    Attributes:
        app_dir: the app.
        files: the requirements files that are given to pip, relative to the app.
        closure: these and all that they include.
    """

    app_dir: Path
    files: tuple[str, ...]
    closure: RequirementClosure

    @property
    def names(self) -> str:
        """The files, for the log."""
        return ", ".join(self.files)


def read_pip_requirements(
    app_dir: Path, files: tuple[str, ...], environment: Mapping[str, str]
) -> PipRequirements:
    """Read the app's requirements files before anything is downloaded.

    Raises:
        BuildpackError: a file is missing, unreadable, or certainly wrong; with file and line.
    """
    return PipRequirements(app_dir, files, read_requirement_closure(app_dir, files, environment))


def install_requirements(
    requirements: PipRequirements,
    pip: PipLayer,
    venv: VenvLayer,
    *,
    python_version: str,
    output: Output,
) -> None:
    """Install what the requirements ask for into ``venv``, without bytecode.

    Args:
        requirements: what to install.
        pip: which installs it.
        venv: where to.
        python_version: for messages.
        output: the log.

    Raises:
        BuildpackError: pip failed; as ``diagnose_pip_failure`` tells.
    """
    raw = Version(pip.version) >= _RAW_PROGRESS_SINCE
    log = _PipLog(output)
    result = run_command(
        [
            pip.executable,
            "install",
            *("--no-compile", "--no-cache-dir", "--no-input"),
            *("--progress-bar", "raw" if raw else "off"),
            *(argument for file in requirements.files for argument in ("--requirement", file)),
        ],
        environment=_reproducible(venv.environment),
        working_dir=requirements.app_dir,
        on_line=log.show,
    )
    if result.exit_status != 0:
        raise diagnose_pip_failure(result.output, python_version, result.exit_status)


def _reproducible(environment: Mapping[str, str]) -> dict[str, str]:
    """Return ``environment`` so that source distributions build to the same bytes every time."""
    return {
        # Zip archives can't hold an earlier time.
        "SOURCE_DATE_EPOCH": "315532801",
        "PYTHONHASHSEED": "0",
        # Debug information names the temporary directory that pip builds in.
        "CFLAGS": "-g0",
        "CXXFLAGS": "-g0",
        **environment,
        "PIP_ROOT_USER_ACTION": "ignore",
    }


class _PipLog:
    """Shows what pip prints, and of a download's progress only what a waiting user needs."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._report = output.progress()

    def show(self, line: str) -> None:
        if not line.startswith(_PROGRESS_PREFIX):
            self._report = self._output.progress()
            self._output.command_line(line)
            return
        received, _, total = line.removeprefix(_PROGRESS_PREFIX).partition(" of ")
        if received.isdecimal() and total.isdecimal():
            self._report(int(received), int(total))
