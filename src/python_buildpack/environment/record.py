"""Where distributions are installed, and RECORD, in which each lists its files.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
from collections.abc import Collection, Iterable
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

Row = list[str]


def dist_infos(directory: Path) -> list[Path]:
    """Return the dist-info directory of each distribution, sorted.

    Args:
        directory: a virtual environment, a user site, or an environment of conda's, which may have
            a link to ``lib/python3.13``.
    """
    found = directory.glob("lib/python*/site-packages/*.dist-info")
    return sorted(path for path in found if not path.parents[1].is_symlink())


def read_record(dist_info: Path) -> tuple[Row, ...] | None:
    """Return the rows of what a wheel's author may have written; None if it can't be read.

    Each has at least a path, which may be any that a file can have, and lead anywhere; then a
    digest and a size, if all is well.
    """
    try:
        # What isn't UTF-8 stays what it is, as it does in the names of files.
        text = (dist_info / "RECORD").read_bytes().decode("utf-8", "surrogateescape")
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except (OSError, csv.Error):
        return None
    return tuple(row for row in rows if row and row[0] and "\0" not in row[0])


def overlapping(directory: Path) -> tuple[Path, ...]:
    """Return the dist-info directory of each distribution that overwrites another's file.

    They are in the order in which pip installs what doesn't depend on each other.
    """
    first: dict[str, tuple[Path, Row]] = {}
    found: set[Path] = set()
    for dist_info in dist_infos(directory):
        for path, *file in read_record(dist_info) or ():
            other, same = first.setdefault(path, (dist_info, file))
            if other != dist_info and same != file:
                found |= {other, dist_info}
    return tuple(sorted(found, reverse=True))


def owners_of(venv_dir: Path, files: Collection[Path]) -> dict[Path, NormalizedName]:
    """Return the distribution of each file, where it is known.

    Args:
        files: with their directories, below ``venv_dir``.
    """
    wanted = {str(file): file for file in files}
    names = {file.name for file in files}
    owners: dict[Path, NormalizedName] = {}
    for dist_info in dist_infos(venv_dir):
        name = canonicalize_name(dist_info.stem.rpartition("-")[0])
        for path, *_ in read_record(dist_info) or ():
            # First the names alone, as records have thousands of lines.
            if path.rpartition("/")[2] in names:
                # Programs are recorded as ../../../bin/name.
                file = wanted.get(os.path.normpath(dist_info.parent / path))
                if file is not None:
                    owners[file] = name
    return owners


def recorded(path: str, contents: bytes) -> Row:
    """Return the row of a file."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).rstrip(b"=").decode()
    return [path, f"sha256={digest}", str(len(contents))]


def is_complete(row: Row) -> bool:
    """Return whether a row has a SHA-256 and a size, which some tools leave out."""
    return len(row) == 3 and row[1].startswith("sha256=") and row[2].isdecimal()


def record_contents(rows: Iterable[Row]) -> bytes:
    """Return the contents of RECORD, in an order that doesn't depend on who installed."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(sorted(rows))
    return text.getvalue().encode("utf-8", "surrogateescape")
