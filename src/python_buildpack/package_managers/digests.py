"""Digests of what decides an installation: they tell that it changed, and give no secret away."""

from __future__ import annotations

import hashlib
import json


def digest_of(value: object) -> str:
    """Return the SHA-256 of a value as JSON; times, which TOML has and JSON hasn't, as text."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
