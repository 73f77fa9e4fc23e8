"""pip's installation report: what pip would install, or has installed, and from where.

https://pip.pypa.io/en/stable/reference/installation-report/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

from packaging.utils import canonicalize_name

from python_buildpack.environment.resolution import (
    Resolution,
    ResolvedDistribution,
    from_direct_url,
)
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
    name = canonicalize_name(_string(metadata.get("name"), f"{where}.metadata.name"))
    version = _string(metadata.get("version"), f"{where}.metadata.version")
    try:
        found = from_direct_url(name, version, origin)
    except ValueError:
        raise InvalidReportError(f"{where}.download_info is not a direct URL") from None
    is_requested, is_direct = table.get("requested") is True, table.get("is_direct") is True
    return replace(found, is_requested=is_requested, is_direct=is_direct)


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
