"""pip: reads an app's requirements files, resolves and installs what they ask for."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.utils import NormalizedName

from python_buildpack.environment.resolution import Pinning, Resolution, ResolvedDistribution
from python_buildpack.package_managers.pip.hashes import unhashed_lines
from python_buildpack.package_managers.pip.inputs import (
    build_settings,
    check_local_files,
    pip_inputs,
    reads_other_files,
)
from python_buildpack.package_managers.pip.old_releases import needed_constraints
from python_buildpack.package_managers.pip.pins import Pin, pins
from python_buildpack.package_managers.pip.report import parse_report
from python_buildpack.package_managers.pip.requirements_tree import (
    RequirementFiles,
    read_requirement_closure,
)
from python_buildpack.package_managers.pip.uninstallable_lines import check_lines, unset_variables
from python_buildpack.package_managers.protocol import App, Dependencies, ToolRun, Unhashed
from python_buildpack.package_managers.reproducible import reproducible
from python_buildpack.programs import RUN_AND_EXIT
from python_buildpack.system.command import CommandResult, run_command
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.output import Output

# "Progress 1048576 of 52428800", a line for each chunk: pip is told so little about its
# terminal here that its own bar would be drawn once, when all is over.
_PROGRESS_PREFIX = "Progress "
# Made from what pip doesn't read, for the time of a run.
_MADE_FILE = "requirements.txt"
_CONSTRAINTS_FILE = "constraints.txt"


@dataclass(frozen=True)
class PipRequirements(Dependencies):
    """What an app asks pip for.

    Attributes:
        files: the requirements files that are given to pip, relative to the app; () for an app
            that declares no dependencies.
        closure: these and all that they include.
        text: requirements that were made from ``files``, where those are none that pip reads.
        groups: dependency groups of pyproject.toml that are installed too.
        options: further options of pip.
        constraints: that hold beside those of the app.
    """

    files: tuple[str, ...]
    closure: RequirementFiles
    text: str | None = None
    groups: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()

    @property
    def display_name(self) -> str:
        """The files, for the log."""
        return ", ".join(self.files)

    @property
    def input_files(self) -> frozenset[str]:
        """The files, and those that they include."""
        paths = {file.path for file in self.closure.files}
        return frozenset(path for path in paths if not path.startswith("/"))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is required."""
        return self.closure.is_empty and not self.groups

    def check_local_files(self) -> None:
        """Check what the requirements name, by line where it is a line of the app's."""
        check_local_files(self.app_dir, self.closure, with_lines=self.text is None)

    def check(self, python_version: str, environment: Mapping[str, str], output: Output) -> None:
        """Refuse lines that certainly can't be installed, and warn of variables that aren't set.

        Raises:
            UninstallableLinesError: there are such lines.
        """
        # What another file was made from has been checked by the tool that wrote that.
        if self.text is not None:
            return
        check_lines(self.app_dir, self.closure, python_version, environment)
        if unset := unset_variables(self.closure, environment):
            # Imported here: few builds have something to be warned of.
            from python_buildpack.messages.requirements import unset_variables_warning

            warning = unset_variables_warning(unset, self.display_name)
            output.warning(warning.heading, warning.body)

    def fingerprint(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return what pip reads: files, settings, configuration; name → digest."""
        return pip_inputs(self.closure, environment)

    def build_settings(self, environment: Mapping[str, str]) -> str:
        """Return a digest of what decides what is built from a source distribution."""
        return build_settings(self.closure, environment)

    def resolve(self, run: ToolRun) -> Resolution:
        """Return what pip would install into an empty environment; see ``resolve``."""
        return resolve(self, run)

    def install(self, run: ToolRun) -> Resolution:
        """Install; see ``install``."""
        return install(self, run)

    def pinning(
        self, resolution: Resolution, python_version: str, environment: Mapping[str, str]
    ) -> Pinning:
        """Tell how much of what was installed the requirements determine."""
        if self.groups or reads_other_files(environment):
            return Pinning.UNPROVEN
        return pinning(resolution, self.closure, python_version)

    def advice(self, resolution: Resolution, python_version: str) -> str | None:
        """Return which distributions aren't pinned."""
        # Of the app's own directories and files, there are no versions to choose from.
        local = {each.name for each in resolution.distributions if each.is_direct and each.is_local}
        free = unpinned(resolution, self.closure, python_version)
        names = [name for name in free if name not in local]
        if not names:
            return None
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        if self.text is not None:
            return f"Not in {self.display_name}: {shown}. Lock again, and rebuilds needn't ask the index."
        return f"Not pinned: {shown}. Pin all (pip freeze), and rebuilds needn't ask the index."

    def unhashed(self) -> tuple[Unhashed, ...] | None:
        """Return the lines that pip can't check by hash."""
        return tuple(unhashed_lines(self.closure, is_lock=self.text is not None))

    def with_required_hashes(self) -> PipRequirements:
        """Return these such that pip checks what they require in turn, too."""
        if self.text is not None:
            return self
        return replace(self, options=(*self.options, "--require-hashes"))

    def arguments(self, temporary: Path) -> tuple[str, ...]:
        """Return what is asked for, as arguments of pip.

        Args:
            temporary: a directory for files with ``text`` and ``constraints``.
        """
        files = self.files
        if self.text is not None:
            file = temporary / _MADE_FILE
            file.write_text(self.text, encoding="utf-8")
            files = (str(file),)
        constraints: tuple[str, ...] = ()
        if self.constraints:
            file = temporary / _CONSTRAINTS_FILE
            file.write_text("\n".join((*self.constraints, "")), encoding="utf-8")
            constraints = ("--constraint", str(file))
        return (
            *constraints,
            *(argument for file in files for argument in ("--requirement", file)),
            *(argument for group in self.groups for argument in ("--group", group)),
        )


def read_pip_requirements(app: App, files: tuple[str, ...]) -> PipRequirements:
    """Read the app's requirements files before anything is downloaded.

    Raises:
        BuildpackError: a file is missing, unreadable, or certainly wrong; with file and line.
    """
    closure = read_requirement_closure(app.directory, files, app.environment)
    needed = needed_constraints(closure)
    return PipRequirements(
        app_dir=app.directory,
        manager=app.manager,
        files=files,
        closure=closure,
        notices=tuple(reason for _, reason in needed),
        constraints=tuple(constraint for constraint, _ in needed),
    )


def resolve(requirements: PipRequirements, run: ToolRun) -> Resolution:
    """Return what pip would install into an empty environment.

    Raises:
        BuildpackError: pip failed; as ``diagnose_pip_failure`` tells.
        InvalidReportError: its report can't be understood.
    """
    # It would be the same Python, and pip would start once more to act on it. The app's own
    # environment need not be on disk.
    environment = {name: run.environment[name] for name in run.environment if name != "PIP_PYTHON"}
    options = ("--dry-run", "--ignore-installed", "--quiet")
    return _run_install(requirements, options, run, environment)


def install(requirements: PipRequirements, run: ToolRun) -> Resolution:
    """Install what the requirements ask for, without bytecode.

    Raises:
        BuildpackError: pip failed; as ``diagnose_pip_failure`` tells.
        InvalidReportError: its report can't be understood.
    """
    return _run_install(requirements, ("--no-compile",), run, run.environment)


def _run_install(
    requirements: PipRequirements,
    options: tuple[str, ...],
    run: ToolRun,
    environment: Mapping[str, str],
) -> Resolution:
    log = _PipLog(run.output)
    with tempfile.TemporaryDirectory(prefix="python-buildpack-") as temporary:
        report = Path(temporary, "report.json")

        def call(*more: str, on_line: Callable[[str], None]) -> CommandResult:
            result = run_command(
                [
                    *(run.python, RUN_AND_EXIT, run.executable),
                    *("install", *options, "--report", str(report), *more),
                    *requirements.options,
                    *("--no-input", "--progress-bar", "raw", "--cache-dir", run.cache_dir),
                    *requirements.arguments(Path(temporary)),
                ],
                environment={**reproducible(environment), "PIP_ROOT_USER_ACTION": "ignore"},
                working_dir=requirements.app_dir,
                on_line=lambda line: on_line(
                    _with_source(line, temporary, requirements.display_name)
                ),
            )
            shown = _with_source(result.output, temporary, requirements.display_name)
            return replace(result, output=shown)

        result = call(on_line=log.show)
        if result.exit_status != 0:
            # Twice, and once more against the --quiet of a resolution.
            raise _failure(
                result,
                requirements.app_dir,
                run,
                lambda: call("--dry-run", "-vvv", on_line=lambda _line: None),
            )
        return parse_report(report.read_text(encoding="utf-8"))


def _with_source(text: str, temporary: str, names: str) -> str:
    """Return what pip printed with the files that a file in ``temporary`` was made from."""
    file = rf"{re.escape(temporary)}/{_MADE_FILE}"
    return re.sub(rf"{file}(?: \(line \d+\))?", lambda _match: names, text)


def _failure(
    result: CommandResult, app_dir: Path, run: ToolRun, ask_again: Callable[[], CommandResult]
) -> BuildpackError:
    """Return why pip failed."""
    # Imported here: knowing what can go wrong takes its time, and nearly always, nothing does.
    from python_buildpack.package_managers.pip.app_archives import find_app_archives
    from python_buildpack.package_managers.pip.diagnosis import (
        NoMatchingDistributionError,
        diagnose_pip_failure,
    )

    error = diagnose_pip_failure(result.output, run.python_version, result.exit_status)
    if isinstance(error, NoMatchingDistributionError) and not error.names_versions:
        error = _detailed_failure(error, run, ask_again)
    if isinstance(error, NoMatchingDistributionError):
        archives = find_app_archives(app_dir, error.requirement, run.environment)
        return replace(error, app_archives=archives)
    return error


def _detailed_failure(
    error: BuildpackError, run: ToolRun, ask_again: Callable[[], CommandResult]
) -> BuildpackError:
    """Return why pip has found nothing.

    That an index refused to answer, pip tells only those who ask for details; without, all looks as
    if nothing had that name.
    """
    from python_buildpack.package_managers.pip.diagnosis import diagnose_pip_failure

    detailed = ask_again()
    if detailed.exit_status == 0:
        return error
    return diagnose_pip_failure(detailed.output, run.python_version, detailed.exit_status)


def pinning(resolution: Resolution, closure: RequirementFiles, python_version: str) -> Pinning:
    """Tell how much of what was installed for a Python ``closure`` determines."""
    if resolution.unproven:
        return Pinning.UNPROVEN
    free = unpinned(resolution, closure, python_version)
    is_locked = not closure.unprovable and not any(free)
    return Pinning.LOCKED if is_locked else Pinning.RESOLVED


def unpinned(
    resolution: Resolution, closure: RequirementFiles, python_version: str
) -> Iterator[NormalizedName]:
    """Yield the names of the installed distributions that no requirement pins.

    Args:
        resolution: what is installed.
        closure: what the app asks for.
        python_version: X.Y.Z, which markers may ask for; all else is the same for this process.
    """
    python = {
        "implementation_version": python_version,
        "python_full_version": python_version,
        "python_version": python_version.rpartition(".")[0],
        "extra": "",
    }
    pinned = pins(closure)
    for distribution in resolution.distributions:
        if not any(_pins(pin, distribution, python) for pin in pinned.get(distribution.name, ())):
            yield distribution.name


def _pins(pin: Pin, distribution: ResolvedDistribution, python: dict[str, str]) -> bool:
    try:
        if pin.marker is not None and not pin.marker.evaluate(python):
            return False
    except (UndefinedComparison, UndefinedEnvironmentName):
        return False
    if pin.specifier is not None:
        return pin.specifier.contains(distribution.version, prereleases=True)
    if pin.commit is not None:
        return pin.commit == distribution.commit
    return not {*pin.hashes}.isdisjoint(distribution.hashes)


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
