"""Where distributions are installed, and RECORD, in which each lists its files.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

Row = list[str]


def dist_infos(directory: Path) -> list[Path]:
    """Return the dist-info directory of each distribution, sorted.

    Args:
        directory: a virtual environment or a user site.
    """
    return sorted(directory.glob("lib/python*/site-packages/*.dist-info"))


def read_record(dist_info: Path) -> tuple[Row, ...] | None:
    """Return the rows of what a wheel's author may have written; None where it can't be read.

    Each has at least a path, which may be any that a file can have, and lead anywhere; then a
    digest and a size, if all is well.

    Args:
        dist_info: the directory that has it.
    """
    try:
        # What isn't UTF-8 stays what it is, as it does in the names of files.
        text = (dist_info / "RECORD").read_bytes().decode("utf-8", "surrogateescape")
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except (OSError, csv.Error):
        return None
    return tuple(row for row in rows if row and row[0] and "\0" not in row[0])
