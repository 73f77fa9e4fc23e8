"""The contents of a layer as one digest, to see whether anybody has changed them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_CHUNK_BYTES = 1024 * 1024


def contents_digest(layer_dir: Path) -> str:
    """Return a SHA-256 of everything in a layer's directory that is exported; lower-case hex.

    Names, types, modes, the targets of links and the contents of files count; times and owners,
    which the exporter sets, don't.
    """
    digest = hashlib.sha256()
    for path in _entries(layer_dir):
        mode = path.lstat().st_mode
        name = os.fsencode(path.relative_to(layer_dir))
        digest.update(b"%s\0%o\0" % (name, mode))
        if stat.S_ISLNK(mode):
            digest.update(os.fsencode(path.readlink()))
        elif stat.S_ISREG(mode):
            digest.update(_file_digest(path))
        digest.update(b"\0")
    return digest.hexdigest()


def _file_digest(path: Path) -> bytes:
    """Return the SHA-256 of a file: shared libraries have gigabytes, and we little memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.digest()


def _entries(directory: Path) -> Iterator[Path]:
    for parent, directories, names in os.walk(directory):
        directories.sort()
        yield from sorted(Path(parent, name) for name in (*directories, *names))
