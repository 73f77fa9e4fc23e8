"""Which Python release an app gets."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from python_buildpack.app.files import AppFiles
from python_buildpack.app.pyproject import PYPROJECT_TOML, read_pyproject
from python_buildpack.python_version.inventory import Artifact, Inventory
from python_buildpack.python_version.sources import (
    BP_PYTHON_VERSION,
    DEFAULT,
    DEFAULT_PYTHON_VERSION,
    LAST_BUILD,
    OLDEST_SUPPORTED,
    PYTHON_VERSION_FILE,
    REQUIRES_PYTHON,
    RUNTIME_TXT,
    InvalidPythonVersionError,
    MultiplePythonVersionsError,
    NoPythonVersionError,
    VersionSource,
    bare_version,
    is_free_threaded,
    parse_python_version_file,
    parse_requested_version,
    parse_requires_python,
    parse_runtime_txt,
    series_of,
    version_of,
)
from python_buildpack.python_version.tool_versions import ToolVersion, requesting_files
from python_buildpack.system.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Suggest = Callable[[Sequence[Version]], "VersionSource | None"]

END_OF_LIFE_NOTICE = datetime.timedelta(days=180)

_LAST_BUILT = re.compile(r"(?P<series>\d\.\d{1,4})(?P<free>t?)(?=\.|$)", re.ASCII)
# What "older than supported" is tried with, where only an upper bound such as <3.10 is given.
_TOO_OLD = tuple(Version(text) for text in ("2.7.18", "3.0.0", "3.6.15", "3.8.20", "3.9.25"))


@dataclass(frozen=True)
class EndOfLife:
    """The X.Y in use gets no more security fixes, or soon won't.

    Args:
        version: such as "3.10".
        reached: whether ``date`` has come.
    """

    version: str
    date: datetime.date
    reached: bool


@dataclass(frozen=True)
class RuntimeTxtUsed:
    """The app has a ``runtime.txt``, which ``.python-version`` has replaced.

    Args:
        version: as it is to be written in ``.python-version``.
    """

    version: str
    has_python_version_file: bool


Notice = EndOfLife | RuntimeTxtUsed


@dataclass(frozen=True)
class PythonVersionResolution:
    """The release an app gets, and why.

    Args:
        source: what decided: where several agree, the one that leaves the least choice.
    """

    artifact: Artifact
    source: VersionSource
    notices: tuple[RuntimeTxtUsed, ...]
    warnings: tuple[EndOfLife, ...]

    @property
    def version(self) -> Version:
        """The release."""
        return self.artifact.version


@dataclass(eq=False)
class UnavailablePythonVersionError(UserError):
    """One source asks for what isn't in the inventory."""

    source: VersionSource
    available: tuple[Version, ...]
    os: str
    arch: str


class UnknownPythonVersionError(UnavailablePythonVersionError):
    """There is no such release among those of its time, such as 3.13.99."""


class NoFreeThreadedPythonError(UnavailablePythonVersionError):
    """There is no free-threaded build of what is requested."""


class PythonTooOldError(UnavailablePythonVersionError):
    """What is requested is older than the oldest Python that is supported."""


class PythonNotYetReleasedError(UnavailablePythonVersionError):
    """What is requested is newer than anything in the inventory."""


@dataclass(eq=False)
class ConflictingPythonVersionsError(UserError):
    """Each source can be satisfied, but no release satisfies all of them."""

    sources: tuple[VersionSource, ...]
    available: tuple[Version, ...]
    os: str
    arch: str


@dataclass(eq=False)
class OutdatedRuntimeTxtError(UserError):
    """A runtime.txt that can't be satisfied stands beside the .python-version that replaced it.

    Args:
        line: of runtime.txt, counted from 1; None if it isn't one line.
    """

    line: int | None
    text: str
    version_file: VersionSource


@dataclass(eq=False)
class NoPythonForPlatformError(UserError):
    """The inventory has no release at all for the platform.

    Args:
        platforms: those that it has archives for, such as "linux/amd64".
        prereleases: what there is for the platform instead, oldest first.
    """

    os: str
    arch: str
    platforms: tuple[str, ...]
    prereleases: tuple[Version, ...]


def read_version_sources(
    files: AppFiles, bp_python_version: str | None, tool_versions: Sequence[ToolVersion]
) -> tuple[VersionSource, ...]:
    """Read every place where the app's Python version is requested, highest precedence first.

    What is written for mise and asdf is for a developer's machine: the first of it counts, where
    neither the user nor a file that is there for Python alone says anything.

    Args:
        bp_python_version: the user's setting; an empty one counts as not set.
        tool_versions: of mise and asdf, in the order of their precedence.

    Raises:
        InvalidPythonVersionError, NoPythonVersionError, MultiplePythonVersionsError,
        OutdatedRuntimeTxtError: a text isn't a version.
        InvalidPyprojectError, InvalidTomlError, NotUtf8Error, UnreadableFileError: a file
            can't be read.
    """
    setting = (bp_python_version or "").strip()
    requires_python = read_pyproject(files).requires_python
    given = parse_requested_version(BP_PYTHON_VERSION, None, setting) if setting else None
    requesting = requesting_files(files)
    text = requesting.text(PYTHON_VERSION_FILE)
    version_file = parse_python_version_file(text) if text is not None else None
    runtime_txt = _read_runtime_txt(requesting, version_file)
    is_said = any(source is not None for source in (given, version_file, runtime_txt))
    sources = (
        given,
        version_file,
        *(
            parse_requested_version(t.file, t.line, t.text, t.key)
            for t in tool_versions[: not is_said]
        ),
        parse_requires_python(
            files.line_of(PYPROJECT_TOML, "project", REQUIRES_PYTHON), requires_python
        )
        if requires_python is not None
        else None,
        runtime_txt,
    )
    return tuple(source for source in sources if source is not None)


def _read_runtime_txt(files: AppFiles, version_file: VersionSource | None) -> VersionSource | None:
    text = files.text(RUNTIME_TXT)
    if text is None:
        return None
    try:
        return parse_runtime_txt(text)
    except InvalidPythonVersionError as error:
        if version_file is None:
            raise
        raise OutdatedRuntimeTxtError(error.line, error.text, version_file) from error
    except (NoPythonVersionError, MultiplePythonVersionsError) as error:
        if version_file is None:
            raise
        raise OutdatedRuntimeTxtError(None, "", version_file) from error


def resolve_python_version(
    sources: Sequence[VersionSource],
    inventory: Inventory,
    os: str,
    arch: str,
    last_built: str | None,
    today: datetime.date,
    suggest: Suggest = lambda _candidates: None,
) -> PythonVersionResolution:
    """Choose the newest release that satisfies all ``sources``.

    Where they leave a choice between several X.Y, the one of the last build is taken, so that a
    new default surprises nobody; then the one that is suggested; then the default; then the
    newest. ``latest`` is the newest, whatever the last build had. Pre-releases are
    taken only where a source names exactly that one, free-threaded builds only where one is asked
    for, or nothing is said and the last build had one.

    Args:
        last_built: the version of the app's last build, such as "3.13", "3.13.2" or "3.14t";
            anything else is ignored, since it comes from a layer's metadata.
        suggest: what the app itself was written for, among the candidates; asked where there is
            a choice, and no last build.

    Raises:
        NoPythonForPlatformError: nothing in the inventory is for this platform.
        PythonTooOldError, PythonNotYetReleasedError, UnknownPythonVersionError,
        NoFreeThreadedPythonError: a source asks for what the inventory doesn't have.
        ConflictingPythonVersionsError, OutdatedRuntimeTxtError: no release satisfies all sources.
    """
    available = inventory.versions(os, arch)
    last = _LAST_BUILT.match(last_built or "")
    candidates = _candidates(sources, available, last_was_free=bool(last and last["free"]))
    if not candidates:
        raise _no_candidate(sources, inventory, os, arch)
    preferences = _preferences(last and last["series"], lambda: suggest(candidates))
    version, source = _choose(candidates, sources, available, preferences)
    artifact = next(a for a in inventory.for_platform(os, arch) if a.version == version)
    return PythonVersionResolution(
        artifact, source, _notices(sources), _end_of_life(version, inventory, today)
    )


def _candidates(
    sources: Sequence[VersionSource], available: Sequence[Version], *, last_was_free: bool = False
) -> tuple[Version, ...]:
    allowed = tuple(
        version
        for version in available
        if all(source.allows(version) for source in sources)
        and (not version.is_prerelease or any(s.names_exactly(version) for s in sources))
    )
    free = _of_build(allowed, free_threaded=True)
    if free and (last_was_free or _asks_for_free_threaded(sources)):
        return free
    return _of_build(allowed, free_threaded=False)


def _of_build(versions: Iterable[Version], *, free_threaded: bool) -> tuple[Version, ...]:
    return tuple(version for version in versions if is_free_threaded(version) is free_threaded)


def _asks_for_free_threaded(sources: Iterable[VersionSource]) -> bool:
    return any(source.free_threaded for source in sources)


def _choose(
    candidates: tuple[Version, ...],
    sources: Sequence[VersionSource],
    available: Sequence[Version],
    preferences: Iterable[VersionSource],
) -> tuple[Version, VersionSource]:
    newest = max(candidates)
    is_open = len({version.release[:2] for version in candidates}) > 1 or not sources
    latest = next((source for source in sources if source.wants_newest), None)
    if is_open and latest is not None:
        return newest, latest
    if is_open:
        for preferred in preferences:
            matching = [version for version in candidates if preferred.allows(version)]
            if matching:
                return max(matching), preferred
    if not sources:
        return newest, _series_source(DEFAULT, series_of(newest))
    return newest, min(sources, key=lambda source: sum(map(source.allows, available)))


def _preferences(
    last_series: str | None, suggested: Callable[[], VersionSource | None]
) -> Iterator[VersionSource]:
    if last_series:
        yield _series_source(LAST_BUILD, last_series)
    # Asked only here: it may take seconds.
    elif source := suggested():
        yield source
    yield _series_source(DEFAULT, DEFAULT_PYTHON_VERSION)


def _series_source(name: str, series: str) -> VersionSource:
    return VersionSource(name, None, series, SpecifierSet(f"=={series}.*"))


def _no_candidate(
    sources: Sequence[VersionSource], inventory: Inventory, os: str, arch: str
) -> UserError:
    available = inventory.versions(os, arch)
    # Where there is nothing of the requested build, the other is what there is.
    of_build = _of_build(available, free_threaded=_asks_for_free_threaded(sources)) or available
    if not available or not sources:
        return NoPythonForPlatformError(os, arch, inventory.platforms(), of_build)
    by_file = {source.file: source for source in sources}
    outdated, version_file = by_file.get(RUNTIME_TXT), by_file.get(PYTHON_VERSION_FILE)
    if outdated is not None and version_file is not None:
        others = [source for source in sources if source is not outdated]
        if _candidates(others, available):
            return OutdatedRuntimeTxtError(outdated.line, outdated.text, version_file)
    # A source that nothing can satisfy is the cause, whatever the others say.
    for source in sources:
        if not _candidates((source,), available):
            error = _why_unavailable(source, of_build)
            return error(source, of_build, os, arch)
    return ConflictingPythonVersionsError(tuple(sources), of_build, os, arch)


def _why_unavailable(
    source: VersionSource, available: Sequence[Version]
) -> type[UnavailablePythonVersionError]:
    if source.free_threaded:
        return NoFreeThreadedPythonError
    releases = (version for version in available if not version.is_prerelease)
    newest = max(releases, default=max(available))
    # Specifiers can't be compared with a range, so they are tried on versions near their bounds.
    named = [version for s in source.specifiers if (version := version_of(s)) is not None]
    after = [Version(f"{v.major}.{v.minor}.{v.micro + 1}") for v in named]
    allowed = [version for version in (*_TOO_OLD, *named, *after) if source.allows(version)]
    if any(version > newest for version in allowed):
        return PythonNotYetReleasedError
    if any(version.release < OLDEST_SUPPORTED.release for version in allowed):
        return PythonTooOldError
    return UnknownPythonVersionError


def _notices(sources: Sequence[VersionSource]) -> tuple[RuntimeTxtUsed, ...]:
    has_file = any(source.file == PYTHON_VERSION_FILE for source in sources)
    return tuple(
        RuntimeTxtUsed(bare_version(source.text), has_file)
        for source in sources
        if source.file == RUNTIME_TXT
    )


def _end_of_life(
    version: Version, inventory: Inventory, today: datetime.date
) -> tuple[EndOfLife, ...]:
    series = series_of(version)
    last_day = inventory.end_of_life.get(series)
    if last_day is None or today < last_day - END_OF_LIFE_NOTICE:
        return ()
    return (EndOfLife(series, last_day, reached=today >= last_day),)
