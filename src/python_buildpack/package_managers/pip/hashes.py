"""Which requirements have no hash that pip can check."""

from __future__ import annotations

from collections.abc import Iterator

from python_buildpack.package_managers.pip.pins import pins
from python_buildpack.package_managers.pip.requirements_tree import (
    RequirementFiles,
    may_require,
)
from python_buildpack.package_managers.protocol import Unhashed


def unhashed_lines(closure: RequirementFiles) -> Iterator[Unhashed]:
    """Yield the requirements that pip couldn't check."""
    hashed_urls = {
        (pin.file, pin.line) for its in pins(closure).values() for pin in its if pin.hashes
    }
    for located in closure.lines:
        line = located.line
        is_hashed = bool(line.hashes) or (located.file.path, line.number) in hashed_urls
        if may_require(located) and not is_hashed:
            yield Unhashed(located.file.path, line.number, line.text)
