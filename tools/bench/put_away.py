"""Clearing directories between measurements without deleting them.

For a minute or more, ext4 doesn't use a deleted file's inode again, and steps over each of them
when it looks for a free one: what is measured right after a directory was deleted takes up to
three times as long to write its files, and the longer, the more was deleted before it. A build
begins in a fresh container. https://docs.kernel.org/filesystems/ext4/inodes.html
"""

from __future__ import annotations

import itertools
import os
import shutil
import time
from pathlib import Path

_NAME = ".put-away"
_PAUSE_SECONDS = 65


def put_away(directory: Path) -> None:
    """Move a directory, if there is one, out of the way."""
    if not directory.exists():
        return
    old = directory.parent / _NAME
    old.mkdir(exist_ok=True)
    names = (old / str(number) for number in itertools.count())
    directory.rename(next(name for name in names if not name.exists()))


def delete_put_away(work_dir: Path) -> None:
    """Delete what was put away in ``work_dir`` and below, and wait until that has no effect."""
    put_away_here = list(work_dir.rglob(_NAME))
    if not put_away_here:
        return
    for old in put_away_here:
        shutil.rmtree(old, ignore_errors=True)
    os.sync()
    time.sleep(_PAUSE_SECONDS)
