"""What tools that install from a lock file of their own have in common."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.tags import Tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from python_buildpack.app.find_links import check_archive, check_find_links
from python_buildpack.app.submodules import check_submodules
from python_buildpack.environment.installed import InstalledDistribution, installed_distributions
from python_buildpack.environment.local_source import is_project, local_digests, tree_digest
from python_buildpack.environment.record import overlapping
from python_buildpack.environment.resolution import (
    Pinning,
    Resolution,
    ResolvedDistribution,
    strip_url,
)
from python_buildpack.package_managers.pinned import Pinned, Pins
from python_buildpack.package_managers.protocol import Dependencies, ToolRun, Unhashed
from python_buildpack.package_managers.wheel_tags import tags_of, wheel_tags
from python_buildpack.system.command import CommandResult, run_command
from python_buildpack.system.digests import digest_of
from python_buildpack.system.errors import BuildpackError


@dataclass(frozen=True)
class LockedPackage:
    """One package of a lock file.

    Attributes:
        version: None if it is read from a directory.
        artifacts: URL or file name, and hash, of each of its files.
        local: the directory or file that it comes from, relative to the app; None for others.
        needs_hash: False for directories of the app, and for full commits of repositories.
        groups: those that it is in; () where the lock doesn't tell.
    """

    name: str
    version: str | None
    artifacts: tuple[tuple[str, str], ...]
    local: str | None
    needs_hash: bool = True
    groups: tuple[str, ...] = ()

    @property
    def is_hashed(self) -> bool:
        """Whether the lock tells all of its files, or what it is made from, by a digest."""
        files = self.artifacts
        return not self.needs_hash or (bool(files) and all(digest for _, digest in files))


@dataclass(frozen=True)
class LockedDependencies(Dependencies):
    """What is alike in all tools that install what their lock file has.

    Attributes:
        files: names and digests of what the tool reads.
    """

    packages: tuple[LockedPackage, ...]
    groups: tuple[str, ...]
    extras: tuple[str, ...]
    files: Mapping[str, str]

    @property
    def display_name(self) -> str:
        """The lock."""
        return self.manager.files[0]

    @property
    def input_files(self) -> frozenset[str]:
        """The lock, and the projects and settings that belong to it."""
        return frozenset(self.files)

    def check_local_files(self) -> None:
        """Check the wheels, and the directories of wheels, that are locked."""
        paths = sorted({each.local for each in self.packages if each.local is not None})
        check_submodules(self.app_dir, paths, self.display_name)
        for path in paths:
            if not is_project(self.app_dir / path):
                check_archive(self.app_dir, path, self.display_name)
                check_find_links(self.app_dir, [path], self.display_name)

    def fingerprint(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return what the tool reads: files, settings, local projects; name → digest."""
        return {
            **self.files,
            **self.contents,
            **dict(self.settings(environment)),
            "BP_GROUPS": digest_of(self.groups),
            "BP_EXTRAS": digest_of(self.extras),
        }

    @cached_property
    def contents(self) -> dict[str, str]:
        """Digests of what local packages are built from, taken before that."""
        paths = {each.local for each in self.packages if each.local is not None}
        return local_digests(self.app_dir, self.root or self.app_dir, paths)

    def settings(self, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield the tool's settings that decide what is installed; name and digest."""
        raise NotImplementedError

    def build_settings(self, environment: Mapping[str, str]) -> str:
        """Return a digest of the tool's settings."""
        return digest_of(sorted(self.settings(environment)))

    def install(self, run: ToolRun) -> Resolution:
        """Install what the lock has for this platform.

        Tools install side by side: which of two distributions overwrites the other's file is left
        to chance. These are installed again, one after the other.
        """
        self._run(run)
        for dist_info in overlapping(run.venv_dir):
            name = dist_info.stem.rpartition("-")[0]
            run.output.line(
                f"Installing {name} again, since another distribution has a file of the same path"
            )
            shutil.rmtree(dist_info)
            self._run(run)
        return installed_resolution(run.venv_dir, self.packages)

    @property
    def syncs(self) -> bool:
        """Whether what isn't wanted is removed: all these tools do."""
        return True

    def resolve(self, run: ToolRun) -> Resolution:
        """Return all of the lock that this Python can use, wanted here or not, by its best wheel."""
        ranks = {tag: rank for rank, tag in enumerate(wheel_tags(Version(run.python_version)))}
        return Resolution(tuple(_of_wheels(self.packages, ranks)))

    def _run(self, run: ToolRun) -> None:
        result = run_command(
            [run.executable, *self.arguments],
            environment=self.environment(run),
            working_dir=self.app_dir,
            on_line=run.output.command_line,
        )
        if result.exit_status != 0:
            raise self.failure(result, run.python_version)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command that installs, without the program."""
        raise NotImplementedError

    def environment(self, run: ToolRun) -> dict[str, str]:
        """Return the variables in which the tool installs where it is to, and nothing else."""
        raise NotImplementedError

    def failure(self, result: CommandResult, python_version: str) -> BuildpackError:
        """Return why the tool has failed."""
        raise NotImplementedError

    def pinning(
        self,
        resolution: Resolution,  # noqa: ARG002 - of the protocol
        python_version: str,  # noqa: ARG002
        environment: Mapping[str, str],  # noqa: ARG002
    ) -> Pinning:
        """Return LOCKED, unless a local project's contents can't be read."""
        return Pinning.LOCKED if all(self.contents.values()) else Pinning.UNPROVEN

    def pinned(self) -> Pins:
        """Return the packages that are chosen and aren't the app's own."""
        pinned = (
            Pinned(each.name, each.version, tuple(_filename(url) for url, _ in each.artifacts))
            for each in self._chosen()
            if each.version is not None and each.local is None
        )
        return Pins(tuple(pinned), are_most=True)

    def expected(self, python_version: str) -> dict[str, str]:  # noqa: ARG002 - of the protocol
        """Return the packages that are chosen, on whichever platform and Python."""
        return {each.name: each.version or "" for each in self._chosen()}

    def _chosen(self) -> Iterator[LockedPackage]:
        chosen = {"main", *self.groups}
        for package in self.packages:
            if not package.groups or chosen.intersection(package.groups):
                yield package

    def unhashed(self) -> tuple[Unhashed, ...]:
        """Return the packages of which the lock has files without a hash."""
        return tuple(
            Unhashed(self.display_name, None, f"{each.name} {each.version or ''}".rstrip())
            for each in self.packages
            if not each.is_hashed
        )


def file_digests(app_dir: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the digest of each of the app's files that is there, by path."""
    digests = {path: tree_digest(app_dir / path) for path in sorted(set(paths))}
    return {path: digest for path, digest in digests.items() if digest is not None}


def _filename(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


def installed_resolution(venv_dir: Path, packages: Sequence[LockedPackage]) -> Resolution:
    """Return what is installed, and the file of the lock that each distribution comes from."""
    locked = {(each.name, each.version): each.artifacts for each in packages}
    return Resolution(
        tuple(
            _resolved(each, locked.get((each.name, each.version), ()))
            for each in installed_distributions(venv_dir)
        )
    )


def _of_wheels(
    packages: Iterable[LockedPackage], ranks: Mapping[Tag, int]
) -> Iterator[ResolvedDistribution]:
    """Yield the packages of which there is a wheel with one of these tags, the first preferred."""
    for package in packages:
        best, wheel = len(ranks), None
        for url, digest in package.artifacts:
            tags = tags_of(_filename(url))
            rank = min((ranks.get(tag, best) for tag in tags), default=best)
            if rank < best:
                best, wheel = rank, (url, digest)
        if wheel is not None and package.version is not None:
            name = canonicalize_name(package.name)
            yield ResolvedDistribution(name, package.version, strip_url(wheel[0]), (wheel[1],))


def _resolved(
    installed: InstalledDistribution, artifacts: tuple[tuple[str, str], ...]
) -> ResolvedDistribution:
    if installed.origin is not None:
        return installed.origin
    url, digest = _installed_artifact(installed, artifacts)
    hashes = (digest,) if digest else ()
    return ResolvedDistribution(installed.name, installed.version, strip_url(url), hashes)


def _installed_artifact(
    installed: InstalledDistribution, artifacts: tuple[tuple[str, str], ...]
) -> tuple[str, str]:
    """Return the file that a distribution was installed from: a wheel of the same tags, or none.

    What was built here has tags as well; then it is the source distribution, if there is one.
    """
    others = []
    for url, digest in artifacts:
        tags = tags_of(_filename(url))
        if tags and tags == installed.tags:
            return url, digest
        others += [] if tags else [(url, digest)]
    return others[0] if others else ("", "")
