"""pip's installation reports."""

from __future__ import annotations

from pathlib import Path

from python_buildpack.environment.resolution import Resolution, ResolvedDistribution
from python_buildpack.package_managers.pip.report import parse_report

# Real reports of pip 26.3, shortened, from an index at https://index.example and an app at /app.
FIXTURES = Path(__file__).parents[3] / "fixtures" / "pip_report"
COMMIT = "149e5170b30da1088b126d8e71270d179af213d1"


def report(name: str) -> Resolution:
    return parse_report((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def only(name: str) -> ResolvedDistribution:
    (distribution,) = report(name).distributions
    return distribution
