"""Requirements, markers and file names of distributions, from text that may be anything."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

# Parsing takes time that grows with the square of the number of specifiers. Real requirements, with
# all of their markers, have some hundred characters.
MAX_REQUIREMENT_LENGTH = 16 * 1024


def parse_requirement(text: str) -> Requirement | None:
    """Return the requirement; None where ``text`` is none, or longer than any can be."""
    if len(text) > MAX_REQUIREMENT_LENGTH:
        return None
    try:
        return Requirement(text)
    except (InvalidRequirement, RecursionError):
        return None


def python_markers(python_version: str) -> dict[str, str]:
    """Return what the variables of markers are that tell of a Python's version."""
    return {
        "implementation_version": python_version,
        "python_full_version": python_version,
        "python_version": ".".join(python_version.split(".")[:2]),
    }


def holds(marker: Marker | None, environment: Mapping[str, str]) -> bool:
    """Return whether a marker holds; one that means nothing does not.

    Args:
        environment: the variables that aren't those of this process.
    """
    try:
        return marker is None or marker.evaluate({"extra": "", **environment})
    except (UndefinedComparison, UndefinedEnvironmentName):
        return False


def archive_name(filename: str) -> tuple[NormalizedName, Version] | None:
    """Return the name and version of a wheel or source distribution; None for other files."""
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[:2]
        return parse_sdist_filename(filename)
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
