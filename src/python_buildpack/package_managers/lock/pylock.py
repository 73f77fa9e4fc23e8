"""Lock files of PEP 751, which many tools write and pip installs here.

https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from packaging.markers import (
    Environment,
    UndefinedComparison,
    UndefinedEnvironmentName,
    default_environment,
)
from packaging.pylock import (
    Package,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
    PylockSelectError,
    PylockUnsupportedVersionError,
    PylockValidationError,
)
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name
from packaging.version import Version

from python_buildpack.app.find_links import check_archive
from python_buildpack.environment.local_source import local_digests
from python_buildpack.environment.record import dist_infos
from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.package_managers.lock.pylock_choice import LOCK, determine_pylock
from python_buildpack.package_managers.lock.pylock_requirements import (
    Artifact,
    has_full_commit,
    local_paths,
    main_index,
    problem_with,
    requirement_line,
)
from python_buildpack.package_managers.locks import (
    LockReader,
    UnsupportedLockVersionError,
    check_names,
)
from python_buildpack.package_managers.pip.inputs import (
    build_settings,
    pip_inputs,
    reads_other_files,
)
from python_buildpack.package_managers.pip.requirements_tree import (
    RequirementFiles,
    parse_requirement_closure,
)
from python_buildpack.package_managers.pip.strategy import PipRequirements
from python_buildpack.package_managers.protocol import App, Dependencies, ToolRun, Unhashed
from python_buildpack.python_version.constraints import from_specifiers
from python_buildpack.python_version.sources import series_of
from python_buildpack.system.digests import digest_of
from python_buildpack.system.errors import UserError
from python_buildpack.system.text_file import parse_toml
from python_buildpack.system.toml import Table

_NO_REQUIREMENTS = RequirementFiles((), (), (), ())
# Who made the lock, and what only that tool reads.
_MEANINGLESS = ("created-by", "tool")


@dataclass(eq=False)
class UnsuitableLockError(UserError):
    """The lock has nothing for this platform and Python, or too much.

    Attributes:
        lock: the file.
        python_version: X.Y.Z.
        problem: what and where.
    """

    lock: str
    python_version: str
    problem: str


@dataclass(frozen=True)
class PylockDependencies(Dependencies):
    """What an app locks in the format of PEP 751.

    Attributes:
        file: the lock, relative to the app.
        lock: what it says.
        digest: of what it says.
        groups: dependency groups of the lock that are installed beside its default ones.
        extras: of the lock that are installed too.
    """

    file: str
    lock: Pylock
    digest: str
    groups: tuple[str, ...]
    extras: tuple[str, ...]

    @property
    def display_name(self) -> str:
        """The file, for the log."""
        return self.file

    @property
    def input_files(self) -> tuple[str, ...]:
        """The file."""
        return (self.file,)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is locked."""
        return not self.lock.packages

    def check_local_files(self) -> None:
        """Check the wheels and source distributions that are locked by path."""
        for package in self.lock.packages:
            for path in local_paths(package):
                check_archive(self.app_dir, f"{Path(self.file).parent}/{path}", self.file)

    def fingerprint(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return the lock's meaning, what is chosen of it, local projects, and pip's settings."""
        return {
            self.file: self.digest,
            **self.contents,
            **pip_inputs(_NO_REQUIREMENTS, environment),
            "BP_GROUPS": digest_of(self.groups),
            "BP_EXTRAS": digest_of(self.extras),
        }

    @cached_property
    def contents(self) -> dict[str, str]:
        """Digests of what local projects are built from, taken before that; "" if unreadable."""
        directories = [each.directory for each in self.lock.packages if each.directory is not None]
        paths = [os.path.normpath(self._directory / each.path) for each in directories]
        return local_digests(self.app_dir, [os.path.relpath(path, self.app_dir) for path in paths])

    def build_settings(self, environment: Mapping[str, str]) -> str:
        """Return a digest of what decides what is built from a source distribution."""
        return build_settings(_NO_REQUIREMENTS, environment)

    def install(self, run: ToolRun) -> Resolution:
        """Install what the lock has for this platform and the run's Python.

        Raises:
            UnsuitableLockError: the lock isn't for this platform or Python.
            BuildpackError: pip failed; as ``diagnose_pip_failure`` tells.
        """
        found = [each.install(run) for each in self.requirements(run.python_version)]
        self._forget_urls(run)
        distributions = [each for resolution in found for each in resolution.distributions]
        return Resolution(tuple(sorted(distributions, key=lambda each: each.name)))

    def requirements(self, python_version: str) -> tuple[PipRequirements, ...]:
        """Return what pip is to install, in one run each: first what it verifies by hash.

        One hash makes pip want a hash of everything, and repositories and directories have none.
        """
        lines = self._lines(python_version)
        texts = [
            "".join(f"{line}\n" for line in lines if ("--hash=" in line) is hashed)
            for hashed in (True, False)
        ]
        return tuple(
            PipRequirements(
                app_dir=self.app_dir,
                files=(self.file,),
                closure=parse_requirement_closure(text, self.file),
                manager=self.manager,
                text=text,
                # The lock is complete. What it leaves out on purpose must not be added by pip.
                options=("--no-deps",),
            )
            for text in texts
            if text
        )

    def pinning(
        self,
        resolution: Resolution,  # noqa: ARG002 - of the protocol
        python_version: str,
        environment: Mapping[str, str],
    ) -> Pinning:
        """Return LOCKED if all has a hash, a full commit, or contents that are known."""
        if reads_other_files(environment):
            return Pinning.UNPROVEN
        commits = [each for _, each in self._select(python_version) if isinstance(each, PackageVcs)]
        is_locked = all(map(has_full_commit, commits)) and all(self.contents.values())
        return Pinning.LOCKED if is_locked else Pinning.UNPROVEN

    def unhashed(self) -> tuple[Unhashed, ...]:
        """Return the repositories without a full commit: the format wants hashes of all files."""
        return tuple(
            Unhashed(self.file, None, each.name)
            for each in self.lock.packages
            if each.vcs is not None and not has_full_commit(each.vcs)
        )

    def _lines(self, python_version: str) -> list[str]:
        index = main_index(self.lock.packages)
        selection = self._select(python_version)
        return [requirement_line(*selected, self._directory, index) for selected in selection]

    def _forget_urls(self, run: ToolRun) -> None:
        """Remove direct_url.json of wheels and source distributions, as the format wants it.

        pip takes the URL of a second index's file for one that the app asks for.
        https://packaging.python.org/en/latest/specifications/pylock-toml/#packages-wheels
        """
        names = {
            package.name
            for package, artifact in self._select(run.python_version)
            if isinstance(artifact, (PackageWheel, PackageSdist))
        }
        for dist_info in dist_infos(run.venv_dir):
            if canonicalize_name(dist_info.name.partition("-")[0]) in names:
                (dist_info / "direct_url.json").unlink(missing_ok=True)

    def _select(self, python_version: str) -> tuple[tuple[Package, Artifact], ...]:
        version = Version(python_version)
        try:
            selection = self.lock.select(
                environment=_environment(version),
                tags=_tags(version),
                extras=self.extras,
                dependency_groups=(*(self.lock.default_groups or ()), *self.groups),
            )
            return tuple(selection)
        except PylockSelectError as error:
            raise UnsuitableLockError(self.file, python_version, str(error)) from error
        except (UndefinedComparison, UndefinedEnvironmentName) as error:
            problem = f"A marker has no meaning here: {error}"
            raise UnsuitableLockError(self.file, python_version, problem) from error

    @property
    def _directory(self) -> Path:
        """The directory that paths in the lock are relative to."""
        return (self.app_dir / self.file).parent


def read(app: App, file: str | None) -> PylockDependencies:
    """Read the lock file that BP_PYLOCK names, or the only one.

    Raises:
        UnknownPylockError, SeveralPylocksError: it isn't clear which one.
        InvalidTomlError, InvalidLockError, UnsupportedLockVersionError: the lock is no such file.
        UnknownNamesError: a group or extra isn't in the lock.
    """
    reader = LockReader(determine_pylock(app, file or LOCK), None)
    text = reader.read_text(app.directory)
    document = parse_toml(text, reader.lock)
    lock = _parse_lock(reader, document)
    settings = app.settings
    groups = (*(lock.dependency_groups or ()), *(lock.default_groups or ()))
    check_names("BP_GROUPS", settings.groups, groups, reader.lock)
    check_names("BP_EXTRAS", settings.extras, lock.extras or (), reader.lock)
    return PylockDependencies(
        app_dir=app.directory,
        manager=app.manager,
        file=reader.lock,
        lock=lock,
        digest=digest_of({key: document[key] for key in document if key not in _MEANINGLESS}),
        groups=settings.groups,
        extras=settings.extras,
        version_sources=from_specifiers(
            reader.lock,
            "requires-python",
            reader.optional_string(document.get("requires-python"), "requires-python"),
            text,
        ),
    )


def _parse_lock(reader: LockReader, document: Table) -> Pylock:
    try:
        lock = Pylock.from_dict(document)
    except PylockUnsupportedVersionError:
        version = str(document.get("lock-version"))
        raise UnsupportedLockVersionError(reader.lock, version, "1") from None
    except PylockValidationError as error:
        # Markers that can't be parsed are explained in three lines, with an arrow.
        what = next(iter(error.message.splitlines()), "it is not understood")
        raise reader.invalid(f"{error.context}: {what}" if error.context else what) from error
    for index, package in enumerate(lock.packages):
        if problem := problem_with(package):
            raise reader.invalid(f"packages[{index}] ({package.name}): {problem}")
    return lock


def _environment(version: Version) -> Environment:
    """Return the environment of CPython ``version`` on the platform of this process."""
    return {
        **default_environment(),
        "implementation_name": "cpython",
        "implementation_version": str(version),
        "platform_python_implementation": "CPython",
        "python_full_version": str(version),
        "python_version": series_of(version),
    }


def _tags(version: Version) -> Sequence[Tag]:
    """Return what wheels CPython ``version`` can use on the platform of this process."""
    series = (version.major, version.minor)
    interpreter = f"cp{version.major}{version.minor}"
    return (
        *cpython_tags(series, abis=[interpreter]),
        *compatible_tags(series, interpreter=interpreter),
    )
