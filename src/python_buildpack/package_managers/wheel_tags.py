"""Which wheels a Python can use."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from python_buildpack.python_version.sources import abi_series_of


def wheel_tags(version: Version) -> Sequence[Tag]:
    """Return what wheels CPython ``version`` can use on the platform of this process."""
    series = (version.major, version.minor)
    abi = f"cp{abi_series_of(version).replace('.', '')}"
    interpreter = abi.removesuffix("t")
    return (
        *cpython_tags(series, abis=[abi]),
        *compatible_tags(series, interpreter=interpreter),
    )


def tags_of(filename: str) -> frozenset[Tag]:
    """Return the tags of a wheel, by its file name; none for other files."""
    try:
        return parse_wheel_filename(filename)[3]
    except InvalidWheelFilename:
        return frozenset()
