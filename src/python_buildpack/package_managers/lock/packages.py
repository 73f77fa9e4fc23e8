"""Packages of Pipfile.lock and pdm.lock, as those of PEP 751."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from packaging.markers import InvalidMarker, Marker
from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
)
from packaging.utils import InvalidName, NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from python_buildpack.environment.requirement import MAX_REQUIREMENT_LENGTH
from python_buildpack.package_managers.lock.pylock_requirements import files_of, problem_with
from python_buildpack.package_managers.locks import LockTable
from python_buildpack.package_managers.pip.requirements_file import LinkKind, is_archive, link_kind
from python_buildpack.system.digests import digest_of
from python_buildpack.system.redaction import redact_url_credentials

_VCS = ("git", "hg", "svn", "bzr")


def read_package(entry: LockTable, *, name: str, marker: str, hashes: Sequence[str]) -> Package:
    """Return the package of an ``entry``; of a release, whatever files have the ``hashes``.

    Raises:
        InvalidLockError: pip can't install it.
    """
    text = entry.text
    place = text("file") or text("path")
    subdirectory = text("subdirectory") or None
    package = Package(name=normalized(entry, name), marker=_marker(entry, marker))
    if vcs := next((each for each in _VCS if text(each)), None):
        commit = text("revision") or text("ref")
        repository = PackageVcs(
            type=vcs, url=text(vcs), commit_id=commit, subdirectory=subdirectory
        )
        package = replace(package, vcs=repository)
    elif url := text("url") or (place if link_kind(place) is not LinkKind.UNKNOWN else ""):
        package = _of_url(package, url, hashes, subdirectory, entry)
    elif place:
        package = _of_path(package, place, hashes, entry)
    else:
        version = _version(entry, text("version"))
        package = _of_release(replace(package, version=version), hashes)
    problem = problem_with(package)
    if not place.isprintable():
        problem = "a path has characters that can't be printed"
    if problem:
        raise entry.reader.invalid(f"{entry.where}: {problem}")
    return package


def normalized(entry: LockTable, name: str) -> NormalizedName:
    """Return a name of a package or an extra, normalised.

    Raises:
        InvalidLockError: it is none.
    """
    try:
        return canonicalize_name(name, validate=True)
    except InvalidName:
        raise entry.invalid(f"has the name {name!r}, which no package can have") from None


def merged(packages: Iterable[Package]) -> Iterator[Package]:
    """Merge entries of one package: an extra, or another group, may have its own."""
    found: dict[str, Package] = {}
    for each in packages:
        key = repr((each.name, each.version, each.vcs, each.directory, each.archive))
        before = found.get(key, each)
        hashes = [
            f"{algorithm}:{digest}"
            for file in (*files_of(before), *files_of(each))
            for algorithm, digest in file.hashes.items()
        ]
        both = replace(before, marker=_either(before.marker, each.marker))
        found[key] = both if both.is_direct else _of_release(both, hashes)
    yield from found.values()


def lock_of(packages: Iterable[Package], tool: str) -> Pylock:
    """Return a lock of ``packages`` that ``tool`` has made."""
    return Pylock(lock_version=Version("1.0"), created_by=tool, packages=tuple(packages))


def lock_digest(lock: Pylock, option_lines: Sequence[str]) -> str:
    """Return a digest of what a lock and its indexes mean, without their credentials."""
    return digest_of(redact_url_credentials(f"{option_lines} {lock.to_dict()}"))


def _of_release(package: Package, hashes: Iterable[str]) -> Package:
    """Return a package with files that are known by their hashes alone, not by name."""
    ordered = sorted(set(hashes))
    return replace(
        package,
        sdist=PackageSdist(hashes=_hashes(ordered[:1])),
        wheels=tuple(PackageWheel(hashes=_hashes([each])) for each in ordered[1:]),
    )


def _of_url(
    package: Package, url: str, hashes: Sequence[str], subdirectory: str | None, entry: LockTable
) -> Package:
    if link_kind(url) is LinkKind.PATH:
        return _of_path(package, unquote(urlsplit(url).path), hashes, entry)
    archive = PackageArchive(url=url, hashes=_hashes(hashes), subdirectory=subdirectory)
    return replace(package, archive=archive)


def _of_path(package: Package, path: str, hashes: Sequence[str], entry: LockTable) -> Package:
    if is_archive(path):
        return replace(package, archive=PackageArchive(path=path, hashes=_hashes(hashes)))
    is_editable = entry.values.get("editable") is True
    return replace(package, directory=PackageDirectory(path=path, editable=is_editable))


def _hashes(hashes: Sequence[str]) -> dict[str, str]:
    pairs = (each.partition(":") for each in hashes)
    return {algorithm: digest for algorithm, _, digest in pairs}


def _version(entry: LockTable, text: str) -> Version | None:
    if not text:
        return None
    try:
        return Version(text)
    except InvalidVersion:
        raise entry.invalid(f"has the version {text!r}, which is none") from None


def _marker(entry: LockTable, text: str) -> Marker | None:
    if not text:
        return None
    try:
        if text.isprintable() and len(text) <= MAX_REQUIREMENT_LENGTH:
            return Marker(text)
    except (InvalidMarker, RecursionError):
        pass
    raise entry.invalid("has a marker that isn't one") from None


def _either(one: Marker | None, other: Marker | None) -> Marker | None:
    """Return a marker that holds where one of two does."""
    if one is None or other is None:
        return None
    return one if one == other else Marker(f"({one}) or ({other})")
