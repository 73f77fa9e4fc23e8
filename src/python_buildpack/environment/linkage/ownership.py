"""Which distribution has installed a file, read from the RECORD of each."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.environment.record import dist_infos, read_record


def owners_of(venv_dir: Path, files: Collection[Path]) -> dict[Path, NormalizedName]:
    """Return the distribution of each file, where it is known.

    Args:
        venv_dir: the virtual environment.
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
