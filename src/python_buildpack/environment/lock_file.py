"""The resolution that was installed, as a lock file that every tool can read.

https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

from __future__ import annotations

from urllib.parse import unquote

from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
)
from packaging.version import InvalidVersion, Version

from python_buildpack.cnb.toml_writer import write_toml
from python_buildpack.environment.requirement import archive_name
from python_buildpack.environment.resolution import Resolution, ResolvedDistribution

_CREATED_BY = "python-buildpack"


def pylock_toml(resolution: Resolution) -> str:
    """Return ``pylock.toml`` for one environment: without markers, each distribution once."""
    lock = Pylock(
        lock_version=Version("1.0"),
        created_by=_CREATED_BY,
        packages=[_package(distribution) for distribution in resolution.distributions],
    )
    return write_toml(lock.to_dict())


def _package(distribution: ResolvedDistribution) -> Package:
    name, version = distribution.name, _version(distribution.version)
    subdirectory = distribution.subdirectory or None
    url, hashes = distribution.url, dict(each.split(":", 1) for each in distribution.hashes)
    if distribution.vcs and distribution.commit:
        vcs = PackageVcs(
            type=distribution.vcs,
            url=url,
            commit_id=distribution.commit,
            subdirectory=subdirectory,
        )
        return Package(name=name, version=version, vcs=vcs)
    filename = unquote(distribution.filename)
    if not hashes and url.startswith("file://"):
        directory = PackageDirectory(
            path=unquote(url.removeprefix("file://")),
            editable=distribution.is_editable or None,
            subdirectory=subdirectory,
        )
        # A version that is read from a directory may change with the directory.
        return Package(name=name, directory=directory)
    # Some old files on indexes have other names than the format wants.
    if distribution.is_direct or archive_name(filename) != (name, version):
        archive = PackageArchive(
            url=url if distribution.is_direct else None,
            path=None if distribution.is_direct else filename,
            hashes=hashes,
            subdirectory=subdirectory,
        )
        return Package(name=name, version=version, archive=archive)
    # No URL, which may hold a token of a private index, and which Poetry's lock doesn't have: the
    # path of a file that lies beside ours.
    if filename.endswith(".whl"):
        wheel = PackageWheel(path=filename, hashes=hashes)
        return Package(name=name, version=version, wheels=[wheel])
    return Package(name=name, version=version, sdist=PackageSdist(path=filename, hashes=hashes))


def _version(text: str) -> Version | None:
    """Return None for a version of before PEP 440, which the file has no place for."""
    try:
        return Version(text)
    except InvalidVersion:
        return None
