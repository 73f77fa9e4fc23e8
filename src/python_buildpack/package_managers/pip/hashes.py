"""Which requirements have no hash that pip can check."""

from __future__ import annotations

from collections.abc import Iterator

from python_buildpack.package_managers.pip.pins import pins
from python_buildpack.package_managers.pip.requirements_file import (
    EditableRequirement,
    Line,
    LinkRequirement,
    NamedRequirement,
)
from python_buildpack.package_managers.pip.requirements_tree import (
    RequirementFiles,
    full_commit,
    may_require,
)
from python_buildpack.package_managers.protocol import Unhashed


def unhashed_lines(closure: RequirementFiles, *, is_lock: bool) -> Iterator[Unhashed]:
    """Yield the requirements that pip couldn't check, or of a lock, those without a hash."""
    hashed_urls = {
        (pin.file, pin.line) for its in pins(closure).values() for pin in its if pin.hashes
    }
    for located in closure.lines:
        line = located.line
        is_hashed = bool(line.hashes) or (located.file.path, line.number) in hashed_urls
        if may_require(located) and not is_hashed and not (is_lock and _is_proven(line)):
            yield Unhashed(located.file.path, None if is_lock else line.number, line.text)


def _is_proven(line: Line) -> bool:
    """Tell whether a line of a lock is for a directory of the app, or a full commit."""
    target = ""
    if isinstance(line, (EditableRequirement, LinkRequirement)):
        target = line.target
    elif isinstance(line, NamedRequirement):
        target = line.requirement.url or ""
    return target.startswith((".", "/")) or full_commit(target) is not None
