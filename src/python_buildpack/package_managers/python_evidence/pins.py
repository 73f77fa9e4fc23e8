"""What an app pins: each distribution with its version, and its files where a lock has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import unquote, urlsplit

from packaging.markers import Marker
from packaging.pylock import Package
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from python_buildpack.package_managers.lock.dependencies import LockDependencies
from python_buildpack.package_managers.lock.pylock_requirements import has_file_names
from python_buildpack.package_managers.locked_packages import LockedDependencies
from python_buildpack.package_managers.pip.pins import pins
from python_buildpack.package_managers.pip.requirements_file import NamedRequirement
from python_buildpack.package_managers.pip.requirements_tree import may_require
from python_buildpack.package_managers.pip.strategy import PipRequirements
from python_buildpack.package_managers.project.strategy import ProjectRequirements
from python_buildpack.package_managers.protocol import Dependencies


@dataclass(frozen=True)
class Pinned:
    """A distribution of which one version is installed.

    Attributes:
        name: normalised.
        version: as it is written.
        filenames: of its files; () where they aren't known.
        marker: the environments that it is for; None for all.
        requires_python: as the index or a lock has it.
        uploaded: when the newest of its files was.
    """

    name: str
    version: str
    filenames: tuple[str, ...] = ()
    marker: Marker | None = None
    requires_python: SpecifierSet | None = None
    uploaded: date | None = None


@dataclass(frozen=True)
class Pins:
    """What is pinned; ``are_most`` where that is half of what is required, or more."""

    distributions: tuple[Pinned, ...]
    are_most: bool


def read_pins(dependencies: Dependencies) -> Pins:
    """Return what is pinned; nothing where that isn't known."""
    match dependencies:
        case LockedDependencies():
            return Pins(tuple(_locked(dependencies)), are_most=True)
        case LockDependencies():
            released = (each for each in dependencies.lock.packages if not each.is_direct)
            return Pins(tuple(map(_of_pylock, released)), are_most=True)
        case ProjectRequirements(groups=(_, *_)):
            return replace(_required(dependencies), are_most=False)
        case PipRequirements():
            return _required(dependencies)
        case _:
            return Pins((), are_most=False)


def _locked(dependencies: LockedDependencies) -> Iterator[Pinned]:
    chosen = {"main", *dependencies.groups}
    for package in dependencies.packages:
        is_chosen = not package.groups or chosen.intersection(package.groups)
        if package.version is not None and package.local is None and is_chosen:
            names = tuple(_filename(url) for url, _ in package.artifacts)
            yield Pinned(package.name, package.version, names)


def _filename(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _of_pylock(package: Package) -> Pinned:
    files = (*(package.wheels or ()), *((package.sdist,) if package.sdist else ()))
    names = tuple(file.filename for file in files) if has_file_names(package) else ()
    return Pinned(
        package.name,
        str(package.version or ""),
        names,
        package.marker,
        package.requires_python,
    )


def _required(dependencies: PipRequirements) -> Pins:
    found = pins(dependencies.closure)
    pinned = tuple(
        Pinned(name, pin.specifier.version, marker=pin.marker)
        for name, its in found.items()
        for pin in its
        if pin.specifier is not None
    )
    names = {each.name for each in pinned}
    required = [located.line for located in dependencies.closure.lines if may_require(located)]
    count = sum(
        isinstance(line, NamedRequirement) and canonicalize_name(line.requirement.name) in names
        for line in required
    )
    # The newest releases of what isn't pinned are for the Python that they find.
    return Pins(pinned, 0 < len(required) <= 2 * count)
