"""Locks of Pipenv."""

from __future__ import annotations

import json

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
COMMIT = "c" * 40
SOURCE = {"name": "pypi", "url": "https://index.example/simple", "verify_ssl": True}

# As Pipenv 2026.10.3 computes it.
PIPFILE_HASH = "f6e66aeca1cab1ac92bfd9293440311bace47df68fa485b3bf12c516e7b231d4"


def lock_of(default: object = None, *, sources: object = (SOURCE,), **more: object) -> str:
    meta = {"hash": {"sha256": PIPFILE_HASH}, "pipfile-spec": 6, "sources": sources}
    return json.dumps({"_meta": meta, "default": default or {}, "develop": {}, **more})
