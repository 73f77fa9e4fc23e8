"""What the tests of an app's layers share."""

from __future__ import annotations

from tests.unit.app_build import published

FLASK = published("flask", "3.1.0")
EVERYWHERE = {"launch", "build", "cache"}


def causes(log: list[str]) -> list[str]:
    prefix = "  Discarding the previous environment: "
    return [line.removeprefix(prefix) for line in log if line.startswith(prefix)]
