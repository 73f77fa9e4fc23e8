"""pip's installation report: what pip would install, or has installed, and from where.

https://pip.pypa.io/en/stable/reference/installation-report/
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard
from urllib.parse import urlsplit, urlunsplit

from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.errors import InternalError


@dataclass(eq=False)
class InvalidReportError(InternalError):
    """The report has not the documented form; ``problem`` is where, such as ``install[3]``."""

    problem: str


@dataclass(frozen=True)
class ResolvedDistribution:
    """One distribution and its origin.

    Attributes:
        name: normalised.
        version: as its metadata has it.
        url: of the archive, repository or directory; without credentials, query and fragment.
        hashes: of the archive, each as ``sha256:…``, sorted.
        vcs: "git" and so on, with ``commit``; None for what isn't from a repository.
        subdirectory: of the archive or repository; "" for its root.
        is_editable: whether it is a link to a directory rather than a copy.
        is_requested: whether the requirements name it.
        is_direct: whether they name it with its URL.
    """

    name: NormalizedName
    version: str
    url: str
    hashes: tuple[str, ...]
    vcs: str | None
    commit: str | None
    subdirectory: str
    is_editable: bool
    is_requested: bool
    is_direct: bool

    @property
    def is_proven(self) -> bool:
        """Whether the same origin means the same contents."""
        return not self.is_editable and bool(self.hashes or self.commit)

    @property
    def filename(self) -> str:
        """The last part of the URL's path."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class Resolution:
    """Every distribution that makes up an environment, by name."""

    distributions: tuple[ResolvedDistribution, ...]

    @property
    def versions(self) -> dict[str, str]:
        """The version of each distribution, by its name."""
        return {each.name: each.version for each in self.distributions}

    @property
    def unproven(self) -> tuple[str, ...]:
        """The names of the distributions whose origin doesn't determine their contents."""
        return tuple(each.name for each in self.distributions if not each.is_proven)

    def digest(self) -> str:
        """Return what two resolutions share only if they give the same environment; SHA-256."""
        values = [list(vars(each).values()) for each in self.distributions]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def parse_report(text: str) -> Resolution:
    """Parse a report of format 1.

    Raises:
        InvalidReportError: it has another form.
    """
    try:
        report = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidReportError("it is not JSON") from None
    items = report.get("install") if _is_table(report) and report.get("version") == "1" else None
    if not isinstance(items, list):
        raise InvalidReportError("it is no report of format 1")
    distributions = (_parse_item(item, f"install[{index}]") for index, item in enumerate(items))
    return Resolution(tuple(sorted(distributions, key=lambda each: each.name)))


def _parse_item(item: object, where: str) -> ResolvedDistribution:
    table = _table(item, where)
    metadata = _table(table.get("metadata"), f"{where}.metadata")
    origin = _table(table.get("download_info"), f"{where}.download_info")
    vcs = _table(origin.get("vcs_info", {}), f"{where}.download_info.vcs_info")
    archive = _table(origin.get("archive_info", {}), f"{where}.download_info.archive_info")
    directory = _table(origin.get("dir_info", {}), f"{where}.download_info.dir_info")
    hashes = _table(archive.get("hashes", {}), f"{where}.download_info.archive_info.hashes")
    subdirectory = origin.get("subdirectory", "")
    commit, vcs_name = vcs.get("commit_id"), vcs.get("vcs")
    return ResolvedDistribution(
        name=canonicalize_name(_string(metadata.get("name"), f"{where}.metadata.name")),
        version=_string(metadata.get("version"), f"{where}.metadata.version"),
        url=bare_url(_string(origin.get("url"), f"{where}.download_info.url")),
        hashes=tuple(sorted(f"{name}:{value}" for name, value in hashes.items())),
        vcs=vcs_name if isinstance(vcs_name, str) else None,
        commit=commit if isinstance(commit, str) else None,
        subdirectory=subdirectory if isinstance(subdirectory, str) else "",
        is_editable=directory.get("editable") is True,
        is_requested=table.get("requested") is True,
        is_direct=table.get("is_direct") is True,
    )


def bare_url(url: str) -> str:
    """Return ``url`` without what may be a secret or change from day to day."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _is_table(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict)


def _table(value: object, where: str) -> Mapping[str, object]:
    if not _is_table(value):
        raise InvalidReportError(f"{where} is not an object")
    return value


def _string(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise InvalidReportError(f"{where} is not a string")
    return value
