"""What the build asks of a package manager, whichever it is."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from python_buildpack.app.files import AppFiles
from python_buildpack.app.settings import Settings
from python_buildpack.environment.resolution import Pinning, Resolution, ResolvedDistribution
from python_buildpack.package_managers.locks import OutdatedLockError
from python_buildpack.package_managers.manager import Manager
from python_buildpack.python_version.sources import VersionSource
from python_buildpack.system.output import Output

_UNPREDICTABLE = re.compile(r"no[-_](?:binary|build)", re.IGNORECASE)

if TYPE_CHECKING:
    from python_buildpack.package_managers.pinned import Pins
    from python_buildpack.package_managers.pip.requirements_tree import RequirementFiles


@dataclass(frozen=True)
class ToolRun:
    """How a package manager's tool is run.

    Attributes:
        executable: the tool's own script or program.
        python: which runs the tool where that is a script.
        environment: in which it finds itself and, as VIRTUAL_ENV, what it acts on.
        cache_dir: a directory for the tool's cache.
        bundled: the unpacked wheel, if the tool is the pip that the buildpack bundles.
        launcher: what runs pip, in place of ``python`` and ``executable``.
    """

    executable: Path
    python: Path
    version: str
    environment: Mapping[str, str]
    venv_dir: Path
    cache_dir: Path
    python_version: str
    output: Output
    bundled: Path | None = None
    launcher: tuple[str | Path, ...] = ()


@dataclass(frozen=True)
class App:
    """An app that is to be read.

    Attributes:
        environment: what the package manager will see.
    """

    files: AppFiles
    settings: Settings
    environment: Mapping[str, str]
    manager: Manager

    @property
    def directory(self) -> Path:
        """Its root."""
        return self.files.directory


@dataclass(frozen=True)
class Unhashed:
    """What has no hash."""

    file: str
    line: int | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Dependencies(ABC):
    """What an app depends on, as one package manager declares it; read before any download.

    Attributes:
        root: of the repository; None for ``app_dir``.
        version_sources: which Pythons its files allow, beside what every project may say.
        notices: what was decided for the user, and the setting that changes it: lines of the log.
        tool_requirement: which releases of the tool the app asks for, as specifiers; None for any.
        start_directory: of the one project that is started, relative to the app; "" for any.
        outdated: why the tool would refuse the lock, where that is certain. Another Python comes
            first.
        choices: the groups and extras that BP_GROUPS and BP_EXTRAS may name, where nothing else is
            installed.
    """

    app_dir: Path
    manager: Manager
    version_sources: tuple[VersionSource, ...] = ()
    notices: tuple[str, ...] = ()
    tool_requirement: str | None = None
    start_directory: str = ""
    root: Path | None = None
    outdated: OutdatedLockError | None = None
    choices: tuple[str, ...] = ()

    @property
    @abstractmethod
    def display_name(self) -> str:
        """The files that declare them, for the log."""

    @property
    @abstractmethod
    def input_files(self) -> Collection[str]:
        """The files that declare them with all that these include, relative to the app."""

    @property
    def is_empty(self) -> bool:
        """Whether there are certainly none."""
        return False

    @property
    def needs_index(self) -> bool:
        """Whether there are certainly some that the tool takes from an index and nowhere else."""
        return False

    @abstractmethod
    def check_local_files(self) -> None:
        """Check the wheels, and the directories of wheels, that the files name.

        Raises:
            NoArchiveError: one isn't a file, which the tool would fail at, or wait for forever.
            UnreadableWheelsError: one can't be read.
        """

    def check(self, python_version: str, environment: Mapping[str, str]) -> tuple[str, ...]:  # noqa: ARG002 - a lock has been checked by the tool that made it
        """Refuse what can't be installed, before anything is downloaded.

        Returns:
            The variables that the files refer to, and that aren't set.

        Args:
            python_version: X.Y.Z, which markers ask for.
        """
        return ()

    @abstractmethod
    def fingerprint(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return all that an installation depends on beside the package index.

        Names are as the log shows them. Values are digests, and give no secret away.
        """

    def unpredictable_setting(self, environment: Mapping[str, str]) -> str | None:
        """Return where it may say to build what has a wheel, or to build in the environment itself.

        Of what is installed then, a lock doesn't tell everything, and it may depend on the rest.
        """
        for name, value in environment.items():
            if value and _UNPREDICTABLE.search(name):
                return name
        for path in sorted(self.input_files):
            with suppress(OSError):
                text = (self.app_dir / path).read_text(encoding="utf-8", errors="replace")
                if _UNPREDICTABLE.search(text):
                    return path
        settings = self.settings_files(environment)
        return next((path for path, text in settings if _UNPREDICTABLE.search(text)), None)

    @abstractmethod
    def settings_files(self, environment: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        """Return the tool's settings outside of the app: names of files, and their contents."""

    @abstractmethod
    def build_settings(self, environment: Mapping[str, str]) -> str:
        """Return a digest of what decides, beside a source distribution, what is built from it."""

    @property
    def syncs(self) -> bool:
        """Whether the tool removes from an environment what isn't wanted."""
        return False

    def taken_again(
        self,
        known: Iterable[ResolvedDistribution],  # noqa: ARG002 - of the protocol
        changed: Collection[str],  # noqa: ARG002
        python_version: str,  # noqa: ARG002
    ) -> tuple[ResolvedDistribution, ...] | None:
        """Return which files of an index would certainly be taken again.

        Args:
            known: what was installed from them.
            changed: the names in the fingerprint that have other digests since.
            python_version: X.Y.Z, which markers ask for.

        Returns:
            None if only a resolution tells.
        """
        return None

    @abstractmethod
    def resolve(self, run: ToolRun) -> Resolution:
        """Return what would be installed into an empty environment; of a tool that syncs, or more.

        Raises:
            BuildpackError: the tool failed, and why.
        """

    @abstractmethod
    def install(self, run: ToolRun) -> Resolution:
        """Install them, without bytecode, into the environment, which is empty.

        Returns what is installed.
        """

    @abstractmethod
    def pinning(
        self, resolution: Resolution, python_version: str, environment: Mapping[str, str]
    ) -> Pinning:
        """Tell how much of what was installed the app's files determine."""

    def advice(self, resolution: Resolution, python_version: str) -> str | None:  # noqa: ARG002
        """Return what the user might do for faster and more reproducible builds, if anything."""
        return None

    @abstractmethod
    def unhashed(self) -> tuple[Unhashed, ...] | None:
        """Return what would be installed without a hash; None if nothing at all can have one."""

    @abstractmethod
    def pinned(self) -> Pins:
        """Return what is pinned; nothing where that isn't known."""

    @abstractmethod
    def expected(self, python_version: str) -> dict[str, str]:
        """Return what the files say will be installed, as far as is known before that.

        Returns the version of each distribution by its normalised name, "" where it isn't pinned.

        Args:
            python_version: X.Y.Z, which markers ask for.

        Raises:
            UnsuitableLockError: a lock isn't for this Python.
        """

    @property
    def lists_all(self) -> bool:
        """Whether that is all, as of a lock; else their own dependencies are known only later."""
        return True

    @property
    def index_options(self) -> RequirementFiles | None:
        """The lines that name the indexes with the files of what is pinned; None if a lock has them."""
        return None

    @property
    def made_files(self) -> tuple[str, ...]:
        """The files whose head may tell which tool has made them, and with which Python."""
        return ()

    def with_required_hashes(self) -> Dependencies:
        """Return these such that the tool refuses what has no hash, where it doesn't by itself."""
        return self
