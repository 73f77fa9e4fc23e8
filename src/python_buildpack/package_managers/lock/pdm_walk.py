"""What of a lock is installed whose packages have dependencies, but neither groups nor markers.

It is walked from what the project asks for. Markers that depend on the platform alone are decided on
the way; those that depend on Python's version, which isn't known yet, are left to pip.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from packaging.markers import Marker
from packaging.pylock import Package
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from python_buildpack.environment.requirement import holds
from python_buildpack.system.errors import UserError

_PYTHON = re.compile(r"\b(?:python_version|python_full_version|implementation_version)\b")
# Of one package. Real locks have two or three: markers of Python versions, and both of them.
_MOST_CONDITIONS = 16

# Markers that all have to hold.
Condition = frozenset[str]
_ALWAYS: Condition = frozenset()


@dataclass(eq=False)
class MissingLockMetadataError(UserError):
    """A lock has no metadata of its packages, and dependencies alone can't stand for it.

    Attributes:
        package: of which several versions fit, or that is needed under too many conditions; None
            where there is no pyproject.toml to begin with.
    """

    package: str | None


@dataclass(frozen=True)
class LockedEntry:
    """A package of a lock; there is another one for each set of its extras that is needed.

    Attributes:
        version: of a directory or repository, too, where the lock has it.
        extras: of the package, normalised; they lead on.
        groups: that it is in, normalised; of no meaning in a lock without metadata.
    """

    package: Package
    version: str | None
    extras: frozenset[str]
    groups: frozenset[str]
    dependencies: tuple[Requirement, ...]


def required_entries(
    roots: Iterable[Requirement], entries: Sequence[LockedEntry]
) -> list[LockedEntry]:
    """Return what ``roots`` need, in the order of the lock, each under its marker.

    What isn't locked is left out.

    Raises:
        MissingLockMetadataError: it can't be told.
    """
    walk = _Walk(entries)
    walk.start(roots)
    return [
        replace(entry, package=replace(entry.package, marker=_marker(conditions)))
        for index, entry in enumerate(entries)
        if (conditions := walk.conditions.get(index)) is not None
    ]


@dataclass
class _Walk:
    """A walk through the entries of a lock.

    Attributes:
        conditions: under which an entry is needed, any of them, by its index.
    """

    entries: Sequence[LockedEntry]
    conditions: dict[int, list[Condition]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._indices: dict[tuple[str, frozenset[str]], list[int]] = {}
        for index, entry in enumerate(self.entries):
            key = entry.package.name, entry.extras
            self._indices.setdefault(key, []).append(index)

    def start(self, roots: Iterable[Requirement]) -> None:
        """Find what ``roots`` need."""
        queue = deque((root, _ALWAYS) for root in roots)
        while queue:
            requirement, outer = queue.popleft()
            own = _condition(requirement.marker)
            for index in self._locked(requirement) if own is not None else ():
                condition = outer | (own or _ALWAYS)
                if self._is_new(index, condition):
                    queue += ((each, condition) for each in self.entries[index].dependencies)

    def _is_new(self, index: int, condition: Condition) -> bool:
        """Note a condition, unless another one holds wherever it holds."""
        known = self.conditions.setdefault(index, [])
        if any(each <= condition for each in known):
            return False
        known[:] = [*(each for each in known if not condition <= each), condition]
        if len(known) > _MOST_CONDITIONS:
            raise MissingLockMetadataError(self.entries[index].package.name)
        return True

    def _locked(self, requirement: Requirement) -> list[int]:
        """Return the entries of a requirement: with its extras, which lead on, or without."""
        name, extras = canonicalize_name(requirement.name), _normalized(requirement.extras)
        exact = self._indices.get((name, extras))
        if exact is not None:
            return [self._of_version(exact, requirement)]
        parts = [frozenset[str](), *(frozenset({extra}) for extra in sorted(extras))]
        found = (self._indices.get((name, part)) for part in parts)
        return [self._of_version(each, requirement) for each in found if each is not None]

    def _of_version(self, indices: Sequence[int], requirement: Requirement) -> int:
        if len(indices) == 1:
            # Whatever is requested: the lock may have been told to differ.
            return indices[0]
        fitting = [each for each in indices if _fits(self.entries[each], requirement)]
        if len(fitting) != 1:
            raise MissingLockMetadataError(requirement.name)
        return fitting[0]


def _normalized(extras: Iterable[str]) -> frozenset[str]:
    return frozenset(map(canonicalize_name, extras))


def _fits(entry: LockedEntry, requirement: Requirement) -> bool:
    version = entry.version
    return version is None or requirement.specifier.contains(version, prereleases=True)


def _condition(marker: Marker | None) -> Condition | None:
    """Return what is left of a marker on this platform; None if it doesn't hold on it."""
    if marker is not None and _PYTHON.search(text := str(marker)):
        return frozenset({text})
    return _ALWAYS if holds(marker, {}) else None


def _marker(conditions: Sequence[Condition]) -> Marker | None:
    """Return a marker that holds where one of the conditions does; None for always."""
    if _ALWAYS in conditions:
        return None
    texts = [" and ".join(f"({marker})" for marker in sorted(each)) for each in conditions]
    return Marker(" or ".join(sorted(texts)))
