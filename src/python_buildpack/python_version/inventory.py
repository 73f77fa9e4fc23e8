"""The inventory: which Python releases can be installed, from where.

The format of the file, which is read by ``read_inventory``::

    format = "1"

    [end-of-life]                # X.Y to the date of its last security fix; may be left out
    "3.10" = "2026-10-31"

    [[artifacts]]                # at most one for each version, os and arch
    version = "3.14.9"
    os = "linux"                 # as in CNB_TARGET_OS
    arch = "amd64"               # as in CNB_TARGET_ARCH
    url = "https://…"            # https, http, file, or a path relative to the inventory
    sha256 = "…"                 # of the archive, lower-case hex
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from packaging.version import Version

from python_buildpack.python_version.sources import series_of
from python_buildpack.system.errors import UserError
from python_buildpack.system.text_file import InvalidTomlError, parse_toml, read_text_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

FORMAT = "1"
OLDEST_SUPPORTED = Version("3.10")

_LARGEST_INVENTORY_BYTES = 16 * 1024 * 1024
_URL_SCHEMES = ("https", "http", "file")
_VERSION = re.compile(r"\d\.\d{1,4}\.\d{1,4}(?:(?:a|b|rc)\d{1,4})?", re.ASCII)
_MAJOR_MINOR = re.compile(r"\d\.\d{1,4}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
# Python before 3.11 reads no other form of ISO 8601, and later versions do.
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PLATFORM_PART = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True)
class Artifact:
    """One archive of one Python release.

    Args:
        os: as in CNB_TARGET_OS, such as "linux".
        arch: as in CNB_TARGET_ARCH, such as "amd64".
        url: https, http or file; a relative path only before ``read_inventory`` resolves it.
        sha256: lower-case hex.
    """

    version: Version
    os: str
    arch: str
    url: str
    sha256: str

    @property
    def series(self) -> str:
        """X.Y."""
        return series_of(self.version)


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
        source: the file, or what else the text came from.
        problems: all of them, each with where it is, such as "artifacts[3].sha256: …".
    """

    source: str
    problems: tuple[str, ...]


def read_inventory(path: Path) -> Inventory:
    """Read an inventory file. Relative paths in it become file URLs.

    Raises:
        InvalidInventoryError: there is no such file, or it isn't an inventory.
        UnreadableFileError: it isn't a file that can be read.
        NotUtf8Error: it isn't UTF-8 text.
    """
    directory = path.absolute().parent
    text = read_text_file(directory, str(path.absolute()), max_bytes=_LARGEST_INVENTORY_BYTES)
    if text is None:
        raise InvalidInventoryError(str(path), ("There is no such file.",))
    inventory = parse_inventory(text, str(path))
    artifacts = tuple(_with_absolute_url(artifact, directory) for artifact in inventory.artifacts)
    return replace(inventory, artifacts=artifacts)


def parse_inventory(text: str, source: str) -> Inventory:
    """Parse an inventory, in the format that this module's docstring shows.

    Args:
        text: the contents of the file.
        source: where they come from, for the error only.

    Raises:
        InvalidInventoryError: ``text`` isn't an inventory; with all problems that it has.
    """
    try:
        document = parse_toml(text, source)
    except InvalidTomlError as error:
        place = f"line {error.line}, column {error.column}: " if error.line is not None else ""
        raise InvalidInventoryError(source, (f"{place}{error.problem}",)) from error
    if document.get("format") != FORMAT:
        # Whatever else such a file holds can't be judged.
        raise InvalidInventoryError(source, (f'format: must be "{FORMAT}"',))
    problems: list[str] = []
    end_of_life = _end_of_life(document.get("end-of-life", {}), problems)
    artifacts = _artifacts(document.get("artifacts"), problems)
    if problems:
        raise InvalidInventoryError(source, tuple(problems))
    return Inventory(artifacts, MappingProxyType(end_of_life))


def _with_absolute_url(artifact: Artifact, directory: Path) -> Artifact:
    if urlsplit(artifact.url).scheme:
        return artifact
    return replace(artifact, url=(directory / artifact.url).as_uri())


def _end_of_life(table: object, problems: list[str]) -> dict[str, date]:
    dates: dict[str, date] = {}
    if not isinstance(table, dict):
        problems.append("end-of-life: must be a table")
        return dates
    for minor, value in table.items():
        if not _MAJOR_MINOR.fullmatch(minor):
            problems.append(f'end-of-life."{minor}": the name must be X.Y, such as "3.10"')
        parsed = _date(value)
        if parsed is None:
            problems.append(f'end-of-life."{minor}": must be a date such as "2026-10-31"')
        else:
            dates[minor] = parsed
    return dates


def _date(value: object) -> date | None:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _artifacts(array: object, problems: list[str]) -> tuple[Artifact, ...]:
    if not isinstance(array, list) or not array:
        problems.append("artifacts: must be an array of tables, with at least one")
        return ()
    parsed = (_artifact(item, f"artifacts[{i}]", problems) for i, item in enumerate(array))
    artifacts: dict[tuple[Version, str, str], Artifact] = {}
    for i, artifact in enumerate(parsed):
        if artifact is None:
            continue
        key = (artifact.version, artifact.os, artifact.arch)
        if key in artifacts:
            platform = f"{artifact.os}/{artifact.arch}"
            problems.append(f"artifacts[{i}]: a second {artifact.version} for {platform}")
        artifacts[key] = artifact
    return tuple(artifacts.values())


def _artifact(item: object, path: str, problems: list[str]) -> Artifact | None:
    if not isinstance(item, dict):
        problems.append(f"{path}: must be a table")
        return None
    known = len(problems)
    values: dict[str, str] = {}
    for key, problem_of in _CHECKS.items():
        value = item.get(key)
        problem = problem_of(value) if isinstance(value, str) else "must be a string"
        if problem is not None:
            problems.append(f"{path}.{key}: {problem if key in item else 'is missing'}")
        else:
            values[key] = str(value)
    if len(problems) > known:
        return None
    version = Version(values.pop("version"))
    return Artifact(version=version, **values)


def _version_problem(value: str) -> str | None:
    if not _VERSION.fullmatch(value):
        return "must be a whole version, such as 3.14.9 or 3.15.0rc1"
    if Version(value).release[:2] < OLDEST_SUPPORTED.release:
        return f"must be {OLDEST_SUPPORTED} or newer"
    return None


def _platform_problem(value: str) -> str | None:
    return None if _PLATFORM_PART.fullmatch(value) else 'must be a name such as "linux" or "amd64"'


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


def _sha256_problem(value: str) -> str | None:
    return None if _SHA256.fullmatch(value) else "must be 64 lower-case hexadecimal digits"


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "version": _version_problem,
    "os": _platform_problem,
    "arch": _platform_problem,
    "url": _url_problem,
    "sha256": _sha256_problem,
}
