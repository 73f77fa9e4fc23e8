"""The inventory: which Python releases can be installed, from where.

The format of the file, which is read by ``read_inventory``::

    format = "1"

    [end-of-life]                # X.Y to the date of its last security fix; may be left out
    "3.10" = "2026-10-31"

    [[artifacts]]                # at most one for each version, os and arch
    version = "3.14.9"           # or "3.14.9+freethreaded", of a build without the GIL
    os = "linux"                 # as in CNB_TARGET_OS
    arch = "amd64"               # as in CNB_TARGET_ARCH
    url = "https://…"            # https, http, file, or a path relative to the inventory
    sha256 = "…"                 # of the archive, lower-case hex
    libraries = "openssl 3.5.7, zlib 1.3.2"    # linked into it; may be left out
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from packaging.version import Version

from python_buildpack.python_version.sources import OLDEST_SUPPORTED, abi_series_of
from python_buildpack.system.errors import UserError
from python_buildpack.system.text_file import InvalidTomlError, parse_toml, read_text_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = "1"

_LARGEST_INVENTORY_BYTES = 16 * 1024 * 1024
_URL_SCHEMES = ("https", "http", "file")
_SERIES = re.compile(r"\d\.\d{1,4}", re.ASCII)
# Python before 3.11 reads no other form of ISO 8601, and later versions do.
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_VERSION = re.compile(r"\d\.\d{1,4}\.\d{1,4}(?:(?:a|b|rc)\d{1,4})?(?:\+freethreaded)?", re.ASCII)
_PLATFORM = (re.compile(r"[a-z0-9_]+"), 'must be a name such as "linux" or "amd64"')
_LIBRARY = re.compile(r"([a-z][a-z0-9-]*) ([0-9][0-9A-Za-z.]*)")
_FORMS = {
    "version": (_VERSION, "must be a whole version, such as 3.14.9 or 3.15.0rc1"),
    "os": _PLATFORM,
    "arch": _PLATFORM,
    "sha256": (re.compile(r"[0-9a-f]{64}"), "must be 64 lower-case hexadecimal digits"),
    "libraries": (
        re.compile(rf"(?:{_LIBRARY.pattern}(?:, {_LIBRARY.pattern})*)?"),
        'must be names and versions, such as "openssl 3.5.7, zlib 1.3.2"',
    ),
}


@dataclass(frozen=True)
class Artifact:
    """One archive of one Python release.

    Args:
        version: of a free-threaded build, with the local version ``freethreaded``.
        os: as in CNB_TARGET_OS, such as "linux".
        arch: as in CNB_TARGET_ARCH, such as "amd64".
        url: https, http or file; a relative path only before ``read_inventory`` resolves it.
        libraries: the name and version of each that is linked into it, as far as they are known.
    """

    version: Version
    os: str
    arch: str
    url: str
    sha256: str
    libraries: tuple[tuple[str, str], ...] = ()

    @property
    def series(self) -> str:
        """X.Y, or X.Yt of a free-threaded build."""
        return abi_series_of(self.version)


@dataclass(frozen=True)
class Inventory:
    """All archives, and when each X.Y gets its last security fix.

    Args:
        end_of_life: from "3.10" to the date; not every X.Y need be there.
    """

    artifacts: tuple[Artifact, ...]
    end_of_life: Mapping[str, date]

    def versions(self, os: str, arch: str) -> tuple[Version, ...]:
        """Return the versions there are for a platform, oldest first."""
        return tuple(sorted(artifact.version for artifact in self.for_platform(os, arch)))

    def for_platform(self, os: str, arch: str) -> tuple[Artifact, ...]:
        """Return the archives for a platform."""
        return tuple(a for a in self.artifacts if (a.os, a.arch) == (os, arch))

    def platforms(self) -> tuple[str, ...]:
        """Return every platform that has an archive, as "linux/amd64", sorted."""
        return tuple(sorted({f"{a.os}/{a.arch}" for a in self.artifacts}))


@dataclass(eq=False)
class InvalidInventoryError(UserError):
    """The inventory can't be used.

    Args:
        problem: the first, with where it is, such as "artifacts[3].sha256: …".
    """

    source: str
    problem: str


def read_inventory(path: Path) -> Inventory:
    """Read an inventory file. Relative paths in it become file URLs.

    Raises:
        InvalidInventoryError: there is no such file, or it isn't an inventory.
    """
    directory = path.absolute().parent
    text = read_text_file(directory, str(path.absolute()), max_bytes=_LARGEST_INVENTORY_BYTES)
    if text is None:
        raise InvalidInventoryError(str(path), "There is no such file.")
    inventory = parse_inventory(text, str(path))
    artifacts = tuple(
        each if urlsplit(each.url).scheme else replace(each, url=(directory / each.url).as_uri())
        for each in inventory.artifacts
    )
    return replace(inventory, artifacts=artifacts)


def parse_inventory(text: str, source: str) -> Inventory:
    """Parse an inventory, in the format that this module's docstring shows.

    Raises:
        InvalidInventoryError: ``text`` isn't an inventory.
    """
    try:
        document = parse_toml(text, source)
        _check(document.get("format") == FORMAT, f'format: must be "{FORMAT}"')
        end_of_life = _end_of_life(document.get("end-of-life", {}))
        return Inventory(_artifacts(document.get("artifacts")), MappingProxyType(end_of_life))
    except InvalidTomlError as error:
        place = f"line {error.line}, column {error.column}: " if error.line is not None else ""
        raise InvalidInventoryError(source, f"{place}{error.problem}") from error
    except _ProblemError as problem:
        raise InvalidInventoryError(source, str(problem)) from problem


class _ProblemError(Exception):
    """What is wrong, and where."""


def _check(is_right: object, problem: str) -> None:
    if not is_right:
        raise _ProblemError(problem)


def _end_of_life(table: object) -> dict[str, date]:
    if not isinstance(table, dict):
        raise _ProblemError("end-of-life: must be a table")
    dates = {}
    for series, value in table.items():
        place = f'end-of-life."{series}"'
        _check(_SERIES.fullmatch(series), f'{place}: the name must be X.Y, such as "3.10"')
        is_date = isinstance(value, str) and _DATE.fullmatch(value)
        try:
            dates[series] = date.fromisoformat(value if is_date else "")
        except ValueError:
            raise _ProblemError(f'{place}: must be a date such as "2026-10-31"') from None
    return dates


def _artifacts(array: object) -> tuple[Artifact, ...]:
    if not isinstance(array, list) or not array:
        raise _ProblemError("artifacts: must be an array of tables, with at least one")
    artifacts: dict[tuple[Version, str, str], Artifact] = {}
    for i, item in enumerate(array):
        artifact = _artifact(item, f"artifacts[{i}]")
        key = (artifact.version, artifact.os, artifact.arch)
        platform = f"{artifact.os}/{artifact.arch}"
        _check(key not in artifacts, f"artifacts[{i}]: a second {artifact.version} for {platform}")
        artifacts[key] = artifact
    return tuple(artifacts.values())


def _artifact(item: object, path: str) -> Artifact:
    if not isinstance(item, dict):
        raise _ProblemError(f"{path}: must be a table")
    table = {"libraries": "", **item}
    values = {key: _string(table, key, path) for key in (*_FORMS, "url")}
    for key, (pattern, form) in _FORMS.items():
        _check(pattern.fullmatch(values[key]), f"{path}.{key}: {form}")
    version = Version(values.pop("version"))
    is_supported = version.release[:2] >= OLDEST_SUPPORTED.release
    _check(is_supported, f"{path}.version: must be {OLDEST_SUPPORTED} or newer")
    if problem := _url_problem(values["url"]):
        raise _ProblemError(f"{path}.url: {problem}")
    libraries = tuple(_LIBRARY.findall(values.pop("libraries")))
    return Artifact(version=version, libraries=libraries, **values)


def _string(item: dict[str, object], key: str, path: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise _ProblemError(f"{path}.{key}: {'must be a string' if key in item else 'is missing'}")
    return value


def _url_problem(value: str) -> str | None:
    # The value is in no message: a URL may hold a password.
    try:
        url = urlsplit(value)
        has_host = bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        return "is not a valid URL"
    if not value or not value.isprintable():
        return "must not be empty or hold control characters"
    if not url.scheme:
        return "is not a valid URL" if url.netloc else None
    if " " in value:
        return "must have its spaces written as %20"
    if url.scheme not in _URL_SCHEMES:
        return "must be a https, http or file URL, or a path relative to the inventory"
    if url.scheme == "file":
        return None if value.startswith("file:///") else "must begin with file:///"
    return None if has_host else "has no host"
