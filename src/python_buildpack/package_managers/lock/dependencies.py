"""Locks that pip installs, whichever tool has made them: in memory, each is one of PEP 751."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
    PylockSelectError,
)
from packaging.utils import canonicalize_name
from packaging.version import Version

from python_buildpack.app.find_links import check_archive
from python_buildpack.app.pip_configuration import read_pip_configuration
from python_buildpack.app.submodules import check_submodules
from python_buildpack.environment.local_source import local_digests
from python_buildpack.environment.record import dist_infos
from python_buildpack.environment.resolution import Pinning, Resolution, ResolvedDistribution
from python_buildpack.package_managers.lock.pylock_requirements import (
    Artifact,
    has_file_names,
    has_full_commit,
    local_paths,
    main_index,
    requirement_line,
)
from python_buildpack.package_managers.pinned import Pinned, Pins
from python_buildpack.package_managers.pip.inputs import (
    build_settings,
    check_local_files,
    option_inputs,
    reads_other_files,
    setting_inputs,
)
from python_buildpack.package_managers.pip.pins import taken_again
from python_buildpack.package_managers.pip.requirements_tree import (
    RequirementFiles,
    parse_requirement_closure,
)
from python_buildpack.package_managers.pip.run import PipInput, install, resolve
from python_buildpack.package_managers.protocol import Dependencies, ToolRun, Unhashed
from python_buildpack.package_managers.wheel_tags import wheel_tags
from python_buildpack.python_version.sources import series_of
from python_buildpack.system.digests import digest_of
from python_buildpack.system.errors import UserError

# Before, a requirement with a hash made pip want one for all.
# https://pip.pypa.io/en/stable/news/#v26-2
_MIXED_HASHES_SINCE = "26.2"
_MIXED_HASHES = "--no-require-hashes"
# Pipenv and PDM, as pip, replace variables in URLs; of a URL, their braces are quoted.
_VARIABLE = re.compile(r"\$%7B([A-Z0-9_]+)%7D")


@dataclass(eq=False)
class UnsuitableLockError(UserError):
    """The lock has nothing for this platform and Python, or too much."""

    lock: str
    python_version: str
    problem: str


@dataclass(eq=False)
class MixedHashesError(UserError):
    """Some of a lock can't have hashes, and this pip checks those of all or of none."""

    lock: str
    pip_version: str
    minimum: str


@dataclass(frozen=True)
class LockDependencies(Dependencies):
    """What a lock has, for pip to install.

    Attributes:
        groups: dependency groups of the lock that are installed beside its default ones.
        extras: of the lock that are installed too.
        option_lines: of a requirements file: the indexes; None if the lock has all URLs.
    """

    file: str
    lock: Pylock
    digest: str
    groups: tuple[str, ...]
    extras: tuple[str, ...]
    option_lines: tuple[str, ...] | None = None

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

    @property
    def options(self) -> RequirementFiles:
        """The options, as if they were a requirements file."""
        return parse_requirement_closure(_text(self.option_lines or ()), self.file)

    def check_local_files(self) -> None:
        """Check the wheels and source distributions that are locked by path."""
        check_local_files(self.app_dir, self.options, with_lines=False)
        parent = Path(self.file).parent
        directories = [each.directory for each in self.lock.packages if each.directory is not None]
        paths = [f"{parent}/{each.path}" for each in directories]
        check_submodules(self.app_dir, paths, self.file)
        for package in self.lock.packages:
            for path in local_paths(package):
                check_archive(self.app_dir, f"{parent}/{path}", self.file)

    def fingerprint(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return the lock's meaning, what is chosen of it, local projects, and pip's settings."""
        return {
            self.file: self.digest,
            **self.contents,
            **option_inputs(self.options),
            **setting_inputs(environment),
            "BP_GROUPS": digest_of(self.groups),
            "BP_EXTRAS": digest_of(self.extras),
        }

    @cached_property
    def contents(self) -> dict[str, str]:
        """Digests of what local projects are built from, taken before that; "" if unreadable."""
        paths = [os.path.normpath(self._directory / path) for path in self._paths_without_hash()]
        relative = [os.path.relpath(path, self.app_dir) for path in paths]
        return local_digests(self.app_dir, self.root or self.app_dir, relative)

    def settings_files(self, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Return pip's."""
        return read_pip_configuration(environment)

    def build_settings(self, environment: Mapping[str, str]) -> str:
        """Return a digest of what decides what is built from a source distribution."""
        return build_settings((), environment)

    def install(self, run: ToolRun) -> Resolution:
        """Install what the lock has for this platform and the run's Python.

        Raises:
            UnsuitableLockError: the lock isn't for this platform or Python.
            MixedHashesError: pip is too old to check its hashes.
        """
        resolution = install(self._pip_input(run), run)
        self._forget_urls(run)
        return resolution

    def taken_again(
        self,
        known: Iterable[ResolvedDistribution],
        changed: Collection[str],
        python_version: str,
    ) -> tuple[ResolvedDistribution, ...] | None:
        """Return what is locked, where nothing but the lock has changed."""
        if not {self.file}.issuperset(changed):
            return None
        closure = parse_requirement_closure(self.requirements(python_version), self.file)
        return taken_again(closure, known, python_version)

    def resolve(self, run: ToolRun) -> Resolution:
        """Return what pip would install; errors as of ``install``."""
        return resolve(self._pip_input(run), run)

    def _pip_input(self, run: ToolRun) -> PipInput:
        text = self.requirements(run.python_version)
        is_mixed = _MIXED_HASHES in text.splitlines()
        if is_mixed and Version(run.version) < Version(_MIXED_HASHES_SINCE):
            raise MixedHashesError(self.file, run.version, _MIXED_HASHES_SINCE)
        # The lock is complete. What it leaves out on purpose must not be added by pip.
        return PipInput(self.app_dir, self.file, text=text, more=("--no-deps",))

    def requirements(self, python_version: str) -> str:
        """Return what pip is to install, in the format of a requirements file.

        Where some of it can't have a hash, pip checks those that there are, and wants no others.

        Raises:
            UnsuitableLockError: the lock isn't for this platform or Python.
        """
        index = main_index(self.lock.packages)
        lines = [
            requirement_line(*selected, self._directory, index)
            for selected in self._select(python_version)
        ]
        if self.option_lines is not None:
            lines = [_VARIABLE.sub(r"${\1}", line) for line in lines]
        are_hashed = ["--hash=" in line for line in lines]
        is_mixed = any(are_hashed) and not all(are_hashed)
        options = (*(self.option_lines or ()), *([_MIXED_HASHES] if is_mixed else ()))
        return _text((*options, *lines)) if lines else ""

    def pinning(
        self, resolution: Resolution, python_version: str, environment: Mapping[str, str]
    ) -> Pinning:
        """Return LOCKED if all has a hash, a full commit, or contents that are known."""
        if reads_other_files(environment) or not all(self.contents.values()):
            return Pinning.UNPROVEN
        is_locked = all(
            _is_proven(*selected, resolution.unproven) for selected in self._select(python_version)
        )
        return Pinning.LOCKED if is_locked else Pinning.UNPROVEN

    def pinned(self) -> Pins:
        """Return the packages of indexes."""
        released = (each for each in self.lock.packages if not each.is_direct)
        return Pins(tuple(map(_pinned, released)), are_most=True)

    def expected(self, python_version: str) -> dict[str, str]:
        """Return what is selected for a Python."""
        packages = (package for package, _ in self._select(python_version))
        return {each.name: str(each.version or "") for each in packages}

    @property
    def index_options(self) -> RequirementFiles | None:
        """The options of the lock; None if it has the names of all files."""
        return None if self.option_lines is None else self.options

    def unhashed(self) -> tuple[Unhashed, ...]:
        """Return the files without a hash, and the repositories without a full commit."""
        return tuple(
            Unhashed(self.file, None, f"{each.name} {each.version or ''}".rstrip())
            for each in self.lock.packages
            if not _is_hashed(each)
        )

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
        without_names = {each.name for each in self.lock.packages if not has_file_names(each)}
        try:
            selection = self.lock.select(
                environment=_environment(version),
                tags=wheel_tags(version),
                extras=self.extras,
                dependency_groups=(*(self.lock.default_groups or ()), *self.groups),
                # Without names, any file stands for all of them: pip chooses by hash.
                prefer_sdist_predicate=without_names.__contains__,
            )
            return tuple(selection)
        except PylockSelectError as error:
            raise UnsuitableLockError(self.file, python_version, str(error)) from error
        except (UndefinedComparison, UndefinedEnvironmentName) as error:
            problem = f"A marker has no meaning here: {error}"
            raise UnsuitableLockError(self.file, python_version, problem) from error

    def _paths_without_hash(self) -> Iterator[str]:
        for package in self.lock.packages:
            if package.directory is not None:
                yield package.directory.path
            elif package.archive is not None and not package.archive.hashes:
                yield from local_paths(package)

    @property
    def _directory(self) -> Path:
        """The directory that paths in the lock are relative to."""
        return (self.app_dir / self.file).parent


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _pinned(package: Package) -> Pinned:
    files = (*(package.wheels or ()), *((package.sdist,) if package.sdist else ()))
    names = tuple(file.filename for file in files) if has_file_names(package) else ()
    return Pinned(
        package.name,
        str(package.version or ""),
        names,
        package.marker,
        package.requires_python,
    )


def _is_hashed(package: Package) -> bool:
    """Return whether a package has a hash, or is a directory or file of the app."""
    if package.vcs is not None:
        return has_full_commit(package.vcs)
    if package.archive is not None:
        return bool(package.archive.hashes) or package.archive.url is None
    return package.sdist is None or bool(package.sdist.hashes)


def _is_proven(package: Package, artifact: Artifact, unproven: Sequence[str]) -> bool:
    """Return whether what is installed of a package is known; apart from the app's own contents."""
    if isinstance(artifact, (PackageDirectory, PackageArchive, PackageVcs)):
        return _is_hashed(package)
    return bool(artifact.hashes) or (package.version is not None and package.name not in unproven)


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
