"""A run of pip: its input, its output, and its report."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from python_buildpack.environment.resolution import Resolution
from python_buildpack.package_managers.pip.report import parse_report
from python_buildpack.package_managers.protocol import ToolRun
from python_buildpack.package_managers.reproducible import reproducible
from python_buildpack.programs import RUN_AND_EXIT
from python_buildpack.system.command import CommandResult, run_command
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.output import Output

# "Progress 1048576 of 52428800", a line for each chunk: pip is told so little about its
# terminal here that its own bar would be drawn once, when all is over.
_PROGRESS_PREFIX = "Progress "
# Of what is kept from the previous image, with a path that is nobody's business.
_SATISFIED_PREFIX = "Requirement already satisfied: "
# Made from what pip doesn't read, for the time of a run.
_MADE_FILE = "requirements.txt"


@dataclass(frozen=True)
class PipInput:
    """What pip is asked to install.

    Attributes:
        text: requirements that were made from other files.
        more: further requirements and options of pip.
    """

    app_dir: Path
    display_name: str
    files: tuple[str, ...] = ()
    text: str = ""
    more: tuple[str, ...] = ()

    def arguments(self, temporary: Path) -> Iterator[str]:
        """Yield the arguments of pip."""
        for file in self.files:
            yield from ("--requirement", file)
        if self.text:
            made = temporary / _MADE_FILE
            made.write_text(self.text, encoding="utf-8")
            yield from ("--requirement", str(made))


def resolve(asked: PipInput, run: ToolRun) -> Resolution:
    """Return what pip would install into an empty environment.

    Raises:
        InvalidReportError: its report can't be understood.
    """
    # It would be the same Python, and pip would start once more to act on it. The app's own
    # environment need not be on disk.
    environment = {name: run.environment[name] for name in run.environment if name != "PIP_PYTHON"}
    options = ("--dry-run", "--ignore-installed", "--quiet")
    with tempfile.TemporaryDirectory(prefix="python-buildpack-") as clones:
        # Without an environment, pip would clone editable requirements into the app.
        report = _run_install(asked, (*options, "--src", clones), run, environment)
    return parse_report(report.replace(f"{clones}/", f"{run.venv_dir}/src/"))


def install(asked: PipInput, run: ToolRun) -> Resolution:
    """Install what the requirements ask for, without bytecode.

    Raises:
        InvalidReportError: its report can't be understood.
    """
    return parse_report(_run_install(asked, ("--no-compile",), run, run.environment))


def _run_install(
    asked: PipInput,
    options: tuple[str, ...],
    run: ToolRun,
    environment: Mapping[str, str],
) -> str:
    """Run pip; return its report."""
    log = _PipLog(run.output)
    with tempfile.TemporaryDirectory(prefix="python-buildpack-") as temporary:
        report = Path(temporary, "report.json")

        def call(*more: str, on_line: Callable[[str], None]) -> CommandResult:
            result = run_command(
                [
                    *(run.launcher or (run.python, RUN_AND_EXIT, run.executable)),
                    *("install", *options, "--report", str(report), *more),
                    *asked.more,
                    *("--no-input", "--progress-bar", "raw", "--cache-dir", run.cache_dir),
                    *asked.arguments(Path(temporary)),
                ],
                environment={**reproducible(environment), "PIP_ROOT_USER_ACTION": "ignore"},
                working_dir=asked.app_dir,
                on_line=lambda line: on_line(_with_source(line, temporary, asked.display_name)),
            )
            shown = _with_source(result.output, temporary, asked.display_name)
            return replace(result, output=shown)

        result = call(on_line=log.show)
        if result.exit_status != 0:
            # Twice, and once more against the --quiet of a resolution.
            raise _failure(
                result,
                asked.app_dir,
                run,
                lambda: call("--dry-run", "-vvv", on_line=lambda _line: None),
            )
        return report.read_text(encoding="utf-8")


def _with_source(text: str, temporary: str, names: str) -> str:
    """Return what pip printed with the files that a file in ``temporary`` was made from."""
    file = rf"{re.escape(temporary)}/{_MADE_FILE}"
    return re.sub(rf"{file}(?: \(line \d+\))?", lambda _match: names, text)


def _failure(
    result: CommandResult, app_dir: Path, run: ToolRun, ask_again: Callable[[], CommandResult]
) -> BuildpackError:
    """Return why pip failed.

    That an index refused to answer, pip tells only those who ask for details; without, all looks as
    if nothing had that name.
    """
    from python_buildpack.package_managers.pip.diagnosis import (
        NoMatchingDistributionError,
        diagnose_pip_failure,
        find_app_archives,
    )

    error = diagnose_pip_failure(result.output, run.python_version, result.exit_status)
    if isinstance(error, NoMatchingDistributionError) and not error.names_versions:
        detailed = ask_again()
        if status := detailed.exit_status:
            error = diagnose_pip_failure(detailed.output, run.python_version, status)
    if isinstance(error, NoMatchingDistributionError):
        archives = find_app_archives(app_dir, error.requirement, run.environment)
        return replace(error, app_archives=archives)
    return error


class _PipLog:
    """Shows what pip prints, and of a download's progress only what a waiting user needs."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._report = output.progress()

    def show(self, line: str) -> None:
        if line.startswith(_SATISFIED_PREFIX):
            return
        if not line.startswith(_PROGRESS_PREFIX):
            self._report = self._output.progress()
            self._output.command_line(line)
            return
        received, _, total = line.removeprefix(_PROGRESS_PREFIX).partition(" of ")
        if received.isdecimal() and total.isdecimal():
            self._report(int(received), int(total))
