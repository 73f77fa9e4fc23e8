"""What the build asks of a package manager, whichever it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.package_managers.locks import OutdatedLockError
from python_buildpack.python_version.sources import VersionSource
from python_buildpack.system.output import Output


@dataclass(frozen=True)
class ToolRun:
    """How a package manager's tool is run.

    Attributes:
        executable: the tool's own script or program.
        python: which runs the tool where that is a script.
        version: of the tool.
        environment: in which it finds itself and, as VIRTUAL_ENV, what it acts on.
        venv_dir: the virtual environment.
        cache_dir: a directory for the tool's cache.
        python_version: X.Y.Z, for messages.
        output: the log.
    """

    executable: Path
    python: Path
    version: str
    environment: Mapping[str, str]
    venv_dir: Path
    cache_dir: Path
    python_version: str
    output: Output


class Dependencies(Protocol):
    """What an app depends on, as one package manager declares it; read before any download."""

    @property
    def manager(self) -> str:
        """The package manager, as BP_PACKAGE_MANAGER names it."""

    @property
    def tool(self) -> str:
        """The tool that installs, which is also the name of its layer."""

    @property
    def display_name(self) -> str:
        """The files that declare them, for the log."""

    @property
    def input_files(self) -> Iterable[str]:
        """The files that declare them with all that these include, relative to the app."""

    @property
    def is_empty(self) -> bool:
        """Whether there are certainly none."""

    @property
    def needs_index(self) -> bool:
        """Whether there are certainly some that the tool takes from an index and nowhere else."""

    @property
    def tool_requirement(self) -> str | None:
        """Which releases of the tool the app asks for, as specifiers; None for any."""

    @property
    def version_sources(self) -> tuple[VersionSource, ...]:
        """Which Pythons the lock allows, beside what every project may say."""

    @property
    def start_directory(self) -> str:
        """The directory, relative to the app, of the one project that is started; "" for any."""

    @property
    def outdated(self) -> OutdatedLockError | None:
        """Why the tool would refuse the lock, where that is certain. Another Python comes first."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What was decided for the user, and the setting that changes it: lines of the log."""

    def check_local_files(self) -> None:
        """Check the wheels, and the directories of wheels, that the files name.

        Raises:
            NoArchiveError: one isn't a file, which the tool would fail at, or wait for forever.
            UnreadableWheelsError: one can't be read.
        """

    def check(self, python_version: str, environment: Mapping[str, str], output: Output) -> None:
        """Refuse, or warn of, what can't be installed, before anything is downloaded.

        Args:
            python_version: X.Y.Z, which markers ask for.
            environment: what the package manager will see.
            output: the log.

        Raises:
            BuildpackError: it certainly can't.
        """

    def fingerprint(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return all that an installation depends on beside the package index.

        Names are as the log shows them. Values are digests, and give no secret away.
        """

    def build_settings(self, environment: Mapping[str, str]) -> str:
        """Return a digest of what decides, beside a source distribution, what is built from it."""

    def resolve(self, run: ToolRun) -> Resolution | None:
        """Return what would be installed into an empty environment; None where that is unknown.

        Raises:
            BuildpackError: the tool failed, and why.
        """

    def install(self, run: ToolRun) -> Resolution | None:
        """Install them, without bytecode, into the environment, which is empty.

        Returns what is installed, None where that is unknown.

        Raises:
            BuildpackError: the tool failed, and why.
        """

    def pinning(
        self, resolution: Resolution | None, python_version: str, environment: Mapping[str, str]
    ) -> Pinning:
        """Tell how much of what was installed the app's files determine."""

    def advice(self, resolution: Resolution, python_version: str) -> str | None:
        """Return what the user might do for faster and more reproducible builds, if anything."""
