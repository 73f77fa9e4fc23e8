"""Which distribution has installed a file, read from the RECORD of each."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.environment.record import read_record


def owners_of(venv_dir: Path, files: Collection[Path]) -> dict[Path, NormalizedName]:
    """Return the distribution of each file, where it is known.

    Args:
        venv_dir: the virtual environment.
        files: with their directories, below ``venv_dir``.
    """
    wanted = {str(file): file for file in files}
    names = {file.name for file in files}
    owners: dict[Path, NormalizedName] = {}
    for record in sorted(venv_dir.glob("lib/python*/site-packages/*.dist-info/RECORD")):
        name = canonicalize_name(record.parent.name.removesuffix(".dist-info").rpartition("-")[0])
        site_packages = record.parent.parent
        for path, *_ in read_record(record.parent) or ():
            # First the names alone, as records have thousands of lines.
            if path.rpartition("/")[2] in names:
                # Programs are recorded as ../../../bin/name.
                file = wanted.get(os.path.normpath(site_packages / path))
                if file is not None:
                    owners[file] = name
    return owners
