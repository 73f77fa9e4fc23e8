"""Digests of what decides an installation: they tell that it changed, and give no secret away."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

_CHUNK_BYTES = 1024 * 1024


def digest_of(value: object) -> str:
    """Return the SHA-256 of a value as JSON; times, which TOML has and JSON hasn't, as text."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file, however large it is, in lower-case hex."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
