"""Requirements files and locks that are copies: exported from the lock of another tool."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import tomli
from packaging.utils import canonicalize_name

from python_buildpack.package_managers.locks import MAX_LOCK_BYTES
from python_buildpack.package_managers.registry import MANAGERS
from python_buildpack.system.errors import UserError
from python_buildpack.system.text_file import read_text_file

_MOST_LINES = 20

# A normalised name, and a version as it is written.
_Version = tuple[str, str]


def read_exporter(app_dir: Path, file: str) -> str | None:
    """Return the tool that exported ``file``, as BP_PACKAGE_MANAGER names it; None if nothing tells.

    Raises:
        UnreadableFileError, NotUtf8Error: it can't be read.
    """
    text = read_text_file(app_dir, file, max_bytes=MAX_LOCK_BYTES, allows_utf16=True)
    return parse_exporter(text or "")


def parse_exporter(text: str) -> str | None:
    """Return the tool that a file's head names as its maker; see ``read_exporter``."""
    for comment in _head(text):
        for manager in MANAGERS:
            if manager.export_mark and re.search(manager.export_mark, comment):
                return manager.name
    return None


def has_same_versions(app_dir: Path, file: str, lock: str) -> bool:
    """Return whether a requirements file pins what a lock has, and nothing else: a copy, then."""
    text = read_text_file(app_dir, file, max_bytes=MAX_LOCK_BYTES, allows_utf16=True)
    locked = read_text_file(app_dir, lock, max_bytes=MAX_LOCK_BYTES)
    pinned = parse_pinned(text or "")
    return bool(pinned) and pinned <= parse_locked(locked or "")


def parse_pinned(text: str) -> frozenset[_Version]:
    """Return the names and versions of requirements; () where one has no exact version."""
    from python_buildpack.package_managers.pip.requirements_file import NamedRequirement, OptionLine
    from python_buildpack.package_managers.pip.requirements_tree import parse_requirement_closure

    try:
        lines = [each.line for each in parse_requirement_closure(text, "").lines]
    except UserError:
        return frozenset()
    required = [line for line in lines if not isinstance(line, OptionLine)]
    found = [
        (canonicalize_name(line.requirement.name), specifier.version)
        for line in required
        if isinstance(line, NamedRequirement) and len(line.requirement.specifier) == 1
        for specifier in line.requirement.specifier
        if specifier.operator == "==" and not specifier.version.endswith(".*")
    ]
    return frozenset(found) if len(found) == len(required) else frozenset()


def parse_locked(text: str) -> frozenset[_Version]:
    """Return the names and versions of a lock of uv, Poetry, PDM or Pipenv; () for anything else."""
    try:
        if text.lstrip().startswith("{"):
            return frozenset(_of_pipenv(json.loads(text)))
        items = tomli.loads(text).get("package", ())
    except (ValueError, RecursionError):
        return frozenset()
    return frozenset(
        (canonicalize_name(str(item.get("name"))), str(item.get("version")))
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict)
    )


def _of_pipenv(document: object) -> Iterator[_Version]:
    for packages in document.values() if isinstance(document, dict) else ():
        for name, entry in packages.items() if isinstance(packages, dict) else ():
            version = entry.get("version") if isinstance(entry, dict) else None
            if isinstance(version, str):
                yield canonicalize_name(name), version.removeprefix("==")


def _head(text: str) -> Iterator[str]:
    """Yield the comments before the first requirement; options such as -i may stand among them."""
    for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        stripped = line.strip()
        if stripped.startswith("#"):
            yield stripped
        elif stripped and not stripped.startswith("-"):
            return
