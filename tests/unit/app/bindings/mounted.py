"""Bindings as a platform mounts them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

Bindings = Mapping[str, Mapping[str, str]]


def mount(root: Path, bindings: Bindings) -> Path:
    """Write bindings, by name their entries and texts, and return their root."""
    for name, entries in bindings.items():
        directory = root / name
        directory.mkdir(parents=True)
        for entry, text in entries.items():
            (directory / entry).write_text(text, encoding="utf-8")
    return root
