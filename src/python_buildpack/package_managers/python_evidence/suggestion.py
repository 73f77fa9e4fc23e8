"""The X.Y that an app was written for, where it doesn't say: what made its lock, what it pins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from python_buildpack.app.request import Build
from python_buildpack.environment.requirement import archive_name
from python_buildpack.package_managers.failures.causes import (
    BuildFailedError,
    CompilerMissingError,
    NoWheelError,
    RequiresPythonError,
    SystemLibraryMissingError,
)
from python_buildpack.package_managers.pinned import Pinned, Pins
from python_buildpack.package_managers.pip.bundled_wheel import (
    NoVendoredPipError,
    read_vendored_pip,
)
from python_buildpack.package_managers.pip.diagnosis import NoMatchingDistributionError
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.package_managers.python_evidence.decision import (
    Candidates,
    Suggestion,
    Unfit,
    find_unfit,
    has_wheels,
    suggest,
)
from python_buildpack.package_managers.python_evidence.index_pages import with_index_files
from python_buildpack.package_managers.python_evidence.indexes import read_indexes
from python_buildpack.python_version.sources import (
    DEFAULT_PYTHON_VERSION,
    EVIDENCE,
    VersionSource,
    abi_series_of,
    series_of,
)
from python_buildpack.system.errors import BuildpackError, UserError
from python_buildpack.system.text_file import read_text_file

_MAX_FILE_BYTES = 16 * 1024 * 1024
_DEFAULT = Version(DEFAULT_PYTHON_VERSION)


# What fails without a wheel for a Python.
_BUILT_HERE = (BuildFailedError, CompilerMissingError, SystemLibraryMissingError)
_OF_MISFITS = (*_BUILT_HERE, NoMatchingDistributionError, NoWheelError, RequiresPythonError)


@dataclass(eq=False)
class UnfitPythonError(UserError):
    """An installation failed, and there are no wheels of what is pinned for this Python.

    Attributes:
        unfit: what doesn't fit it, and which Python would do.
    """

    cause: BuildpackError
    series: str
    unfit: Unfit


def suggested_source(
    build: Build, dependencies: Dependencies, versions: Sequence[Version]
) -> VersionSource | None:
    """Return the X.Y that fits the app, and why; None if the default does, or nothing tells.

    Args:
        versions: those that the app's files allow, oldest first.
    """
    newest = {
        series_of(version): version
        for version in versions
        if version.release[:2] <= _DEFAULT.release
    }
    candidates = Candidates(tuple(newest.values()), build.context.target.arch)
    found = _made_with(dependencies, newest) or suggest(_pins(build, dependencies), candidates)
    if found is None:
        return None
    return VersionSource(EVIDENCE, None, found.reason, SpecifierSet(f"=={found.series}.*"))


def misfits_explained(
    error: BuildpackError,
    build: Build,
    dependencies: Dependencies,
    versions: Sequence[Version],
    current: Version,
) -> BuildpackError:
    """Return why an installation failed, with the Pythons that have the wheels that it lacks."""
    if not isinstance(error, _OF_MISFITS):
        return error
    newest = {
        series_of(version): version
        for version in versions
        if not version.is_prerelease and version.local == current.local
    }
    candidates = Candidates(tuple(newest.values()), build.context.target.arch)
    pins = _pins(build, dependencies)
    if isinstance(error, _BUILT_HERE):
        name = canonicalize_name(error.distribution)
        error = replace(error, has_wheels=has_wheels(pins, name, build.context.target.arch))
    unfit = find_unfit(pins, candidates, current)
    return error if unfit is None else UnfitPythonError(error, abi_series_of(current), unfit)


def _made_with(dependencies: Dependencies, newest: Mapping[str, Version]) -> Suggestion | None:
    for file in dependencies.made_files:
        text = read_text_file(
            dependencies.app_dir, file, max_bytes=_MAX_FILE_BYTES, allows_utf16=True
        )
        found = made_with(text or "")
        if found is not None and found[0] in newest:
            return Suggestion(found[0], f"{found[1]} has made {file} for it")
    return None


def _carried(directories: Iterable[str]) -> Iterator[Pinned]:
    """Yield the distributions that directories have wheels of: without an index, there are no others."""
    found: dict[str, Pinned] = {}
    for path in sorted(path for each in directories for path in Path(each).glob("*.whl")):
        named = archive_name(path.name)
        if named is None:
            continue
        name, version = named
        others = found[name].filenames if name in found else ()
        found[name] = Pinned(name, str(version), (*others, path.name))
    yield from found.values()


def _pins(build: Build, dependencies: Dependencies) -> Pins:
    """Return what is pinned, with what the indexes tell where the lock has no files."""
    pins, options = dependencies.pinned(), dependencies.index_options
    if options is None or not build.asks_indexes:
        return pins
    if build.settings.offline:
        carried = _carried(build.environment.get("PIP_FIND_LINKS", "").split())
        return replace(pins, distributions=(*pins.distributions, *carried))
    try:
        pip_wheel = read_vendored_pip(build.context.buildpack_dir).path
    except NoVendoredPipError:
        return pins
    indexes = read_indexes(options, build.environment, pip_wheel)
    return replace(pins, distributions=with_index_files(pins.distributions, indexes))


# Of pip-tools since 5.5; uv's header has the command alone.
_PIP_COMPILE = re.compile(
    r"^# This file is autogenerated by pip-compile with python (?P<series>3\.\d+)$",
    re.IGNORECASE | re.MULTILINE,
)
_UV_COMMAND = re.compile(r"^#\s+uv pip compile (?P<arguments>.*)$", re.MULTILINE)
_UV_PYTHON = re.compile(r"(?:^|\s)(?:--python-version|--python|-p)[= ](?P<series>3\.\d+)")
_HEADER_LENGTH = 2000


def made_with(text: str) -> tuple[str, str] | None:
    """Return X.Y and the tool that made a requirements file for it; None if it doesn't say.

    https://pip-tools.readthedocs.io/en/stable/
    """
    header = text[:_HEADER_LENGTH]
    if match := _PIP_COMPILE.search(header):
        return match["series"], "pip-compile"
    command = _UV_COMMAND.search(header)
    if command is None or "--universal" in command["arguments"]:
        return None
    match = _UV_PYTHON.search(command["arguments"])
    return (match["series"], "uv pip compile") if match else None
