"""pip's installation report: what pip would install, or has installed, and from where.

https://pip.pypa.io/en/stable/reference/installation-report/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from packaging.utils import canonicalize_name

from python_buildpack.environment.resolution import Resolution, ResolvedDistribution, strip_url
from python_buildpack.system.errors import InternalError


@dataclass(eq=False)
class InvalidReportError(InternalError):
    """The report has not the documented form; ``problem`` is where, such as ``install[3]``."""

    problem: str


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
        raise InvalidReportError("it isn't a report of format 1")
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
        url=_url(origin.get("url"), f"{where}.download_info.url"),
        hashes=tuple(sorted(f"{name}:{value}" for name, value in hashes.items())),
        vcs=vcs_name if isinstance(vcs_name, str) else None,
        commit=commit if isinstance(commit, str) else None,
        subdirectory=subdirectory if isinstance(subdirectory, str) else "",
        is_editable=directory.get("editable") is True,
        is_requested=table.get("requested") is True,
        is_direct=table.get("is_direct") is True,
    )


def _url(value: object, where: str) -> str:
    try:
        return strip_url(_string(value, where))
    except ValueError:
        raise InvalidReportError(f"{where} is not a URL") from None


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
