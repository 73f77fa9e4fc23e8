"""Which distributions of an environment have a layer of their own: decided by what is installed alone.

https://github.com/python-buildpack/python-buildpack/blob/main/docs/layers.md#large-distributions
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName

# Installed, without bytecode: below, a layer of its own costs more than it saves.
LEAST_BYTES = 5_000_000
# An image can have 127 layers, and other buildpacks and the base image have some too.
MOST_PARTS = 16


@dataclass(frozen=True)
class Footprint:
    """What a distribution takes up in an environment.

    Attributes:
        name: normalised.
        version: as its metadata has it.
        file: the name of the wheel that it was unpacked from.
        hashes: of that.
        size: of its files, without bytecode, in bytes.
        claims: where all of its files are, relative to the environment: of packages, the outermost
            directories in which it has a file; modules, programs and data files one by one.
        searched: directories that aren't within its claims, relative to the environment, in which
            its programs and libraries look for others.
        is_movable: whether nothing keeps it with the others.
    """

    name: NormalizedName
    version: str
    file: str
    hashes: tuple[str, ...]
    size: int
    claims: tuple[str, ...]
    searched: tuple[str, ...] = ()
    is_movable: bool = True

    @property
    def dist_info(self) -> str:
        """The claim that is its metadata; "" if it has none."""
        return next((each for each in self.claims if each.endswith(".dist-info")), "")


@dataclass(frozen=True)
class Group:
    """Distributions that can only be together in a layer; most are alone."""

    members: tuple[Footprint, ...]

    @property
    def size(self) -> int:
        """Of all files, without bytecode, in bytes."""
        return sum(each.size for each in self.members)

    @property
    def name(self) -> NormalizedName:
        """The name of the largest distribution."""
        return min(self.members, key=lambda each: (-each.size, each.name)).name

    @property
    def names(self) -> tuple[NormalizedName, ...]:
        """The names of the distributions, sorted."""
        return tuple(sorted(each.name for each in self.members))


def partition(
    footprints: Sequence[Footprint], *, least_bytes: int = LEAST_BYTES, most: int = MOST_PARTS
) -> tuple[Group, ...]:
    """Return what has a layer of its own, by name: the largest that can be moved.

    Args:
        footprints: of all distributions of the environment.
        least_bytes: that a group must have.
        most: how many groups there may be.
    """
    large = [each for each in groups(footprints, least_bytes) if each.size >= least_bytes]
    movable = [each for each in large if all(member.is_movable for member in each.members)]
    largest = sorted(movable, key=lambda each: (-each.size, each.name))[:most]
    return tuple(sorted(largest, key=lambda each: each.name))


def groups(footprints: Sequence[Footprint], least_bytes: int) -> tuple[Group, ...]:
    """Return which distributions belong together.

    Those do whose claims lie within each other; and a large one with those in whose directories it
    looks for libraries: the loader follows a link before it goes up.
    """
    together = {each.name: Group((each,)) for each in footprints}
    places = _Places(footprints)
    for each in footprints:
        others = frozenset().union(*map(places.owners, each.claims))
        _join(together, each.name, others)
    while pending := _apart(together, places, least_bytes):
        _join(together, *pending)
    return tuple({each.names: each for each in together.values()}.values())


def _apart(
    together: dict[NormalizedName, Group], places: _Places, least_bytes: int
) -> tuple[NormalizedName, frozenset[NormalizedName]] | None:
    """Return the name of a member of a large group that searches in other groups, and of theirs."""
    for group in together.values():
        for member in group.members if group.size >= least_bytes else ():
            for directory in member.searched:
                found = places.owners(directory).difference(group.names)
                if found:
                    return member.name, found
    return None


def _join(
    together: dict[NormalizedName, Group], name: NormalizedName, others: frozenset[NormalizedName]
) -> None:
    members = {each for other in (name, *others) for each in together[other].members}
    joined = Group(tuple(sorted(members, key=lambda each: each.name)))
    together.update(dict.fromkeys(joined.names, joined))


class _Places:
    """Who claims which paths."""

    def __init__(self, footprints: Sequence[Footprint]) -> None:
        self._at: dict[str, set[NormalizedName]] = {}
        self._below: dict[str, set[NormalizedName]] = {}
        for each in footprints:
            for claim in each.claims:
                self._at.setdefault(claim, set()).add(each.name)
                for parent in with_parents(claim):
                    self._below.setdefault(parent, set()).add(each.name)

    def owners(self, path: str) -> frozenset[NormalizedName]:
        """Return the names of those who claim ``path``, or something below or above it."""
        nothing: set[NormalizedName] = set()
        above = (self._at.get(parent, nothing) for parent in with_parents(path))
        return frozenset(nothing.union(*above, self._below.get(path, nothing)))


def with_parents(path: str) -> Iterator[str]:
    """Yield a path, the directory that it is in, and so on."""
    while path:
        yield path
        path = path.rpartition("/")[0]
