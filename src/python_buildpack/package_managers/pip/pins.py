"""The exact pins of an app's requirements files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.markers import Marker
from packaging.specifiers import Specifier
from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.environment.requirement import holds, python_markers
from python_buildpack.environment.resolution import ResolvedDistribution
from python_buildpack.package_managers.pinned import Pinned, Pins
from python_buildpack.package_managers.pip.requirements_file import (
    Line,
    LinkKind,
    LinkRequirement,
    NamedRequirement,
    link_kind,
)
from python_buildpack.package_managers.pip.requirements_tree import (
    LocatedLine,
    RequirementFiles,
    full_commit,
    may_require,
    wheel_name,
)
from python_buildpack.package_managers.protocol import Unhashed

# Of several hashes in a URL, pip checks the first one only.
_FRAGMENT_HASH = re.compile(r"[#&](sha512|sha384|sha256|sha224|sha1|md5)=([^&]*)")
_STRONG_HASHES = ("sha256", "sha384", "sha512")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)(?:&|$)")


@dataclass(frozen=True)
class Pin:
    """An exact version, or a URL whose contents can't change unnoticed.

    Args:
        specifier: ``==X`` or ``===X``; None for a URL.
        hashes: allowed digests, each as ``sha256:…``; may be empty with a specifier.
        commit: the VCS commit, where the URL is one of a VCS.
        marker: the environments that it holds in; None for all.
    """

    specifier: Specifier | None
    hashes: tuple[str, ...]
    commit: str | None
    marker: Marker | None
    file: str
    line: int

    def is_of(self, distribution: ResolvedDistribution) -> bool:
        """Return whether it determines what was installed."""
        if self.specifier is not None:
            return self.specifier.contains(distribution.version, prereleases=True)
        if self.commit is not None:
            return self.commit == distribution.commit
        return self._allows(distribution)

    def is_of_file(self, distribution: ResolvedDistribution) -> bool:
        """Return whether it determines what was installed, and that is a file of an index."""
        is_allowed = not self.hashes or self._allows(distribution)
        return self.specifier is not None and self.is_of(distribution) and is_allowed

    def _allows(self, distribution: ResolvedDistribution) -> bool:
        return not {*self.hashes}.isdisjoint(distribution.hashes)


def pins(closure: RequirementFiles) -> Mapping[NormalizedName, tuple[Pin, ...]]:
    """Return the exact pins of each distribution, of constraints files too.

    They are ``==`` and ``===`` without a wildcard, URLs with a strong hash, and VCS URLs with a
    full commit hash. Several pins of one name may differ by their markers.
    """
    found: dict[NormalizedName, list[Pin]] = {}
    for located in closure.lines:
        for name, pin in _pins_of(located):
            found.setdefault(name, []).append(pin)
    return {name: tuple(its) for name, its in found.items()}


def _pins_of(located: LocatedLine) -> list[tuple[NormalizedName, Pin]]:
    line = located.line
    where = (located.file.path, line.number)
    if isinstance(line, NamedRequirement):
        requirement = line.requirement
        name = canonicalize_name(requirement.name)
        if requirement.url:
            return _url_pins(name, requirement.url, line, requirement.marker, where)
        return [
            (name, Pin(specifier, line.hashes, None, requirement.marker, *where))
            for specifier in requirement.specifier
            if specifier.operator in ("==", "===") and not specifier.version.endswith(".*")
        ]
    if isinstance(line, LinkRequirement) and (link_name := _name_of_link(line.target)):
        return _url_pins(link_name, line.target, line, line.marker, where)
    return []


def _url_pins(
    name: NormalizedName, url: str, line: Line, marker: Marker | None, where: tuple[str, int]
) -> list[tuple[NormalizedName, Pin]]:
    kind = link_kind(url)
    if kind is LinkKind.VCS and (commit := full_commit(url)):
        return [(name, Pin(None, (), commit, marker, *where))]
    hashes = line.hashes
    if (match := _FRAGMENT_HASH.search(url)) and match[1] in _STRONG_HASHES:
        hashes = (*hashes, f"{match[1]}:{match[2]}")
    if kind is LinkKind.URL and hashes:
        return [(name, Pin(None, hashes, None, marker, *where))]
    return []


def _name_of_link(url: str) -> NormalizedName | None:
    """Return the name that a URL tells; a source distribution's is in its metadata only."""
    if egg := _EGG.search(url):
        return canonicalize_name(egg[1])
    return wheel_name(url)


def taken_again(
    closure: RequirementFiles, known: Iterable[ResolvedDistribution], python_version: str
) -> tuple[ResolvedDistribution, ...] | None:
    """Return those files of an index that exact versions and hashes make pip take again.

    It is None if one of them isn't pinned: then only pip tells whether it is wanted.
    """
    pinned, again = pins_for(closure, python_version), list[ResolvedDistribution]()
    requested = {*_requested(closure, python_version)}
    for each in known:
        its = pinned.get(each.name)
        if not its:
            return None
        if not each.is_direct and all(pin.is_of_file(each) for pin in its):
            again.append(replace(each, is_requested=each.name in requested))
    return tuple(again)


def expected(closure: RequirementFiles, python_version: str) -> dict[str, str]:
    """Return the distributions that lines ask for; see ``Dependencies.expected``."""
    pinned = pins_for(closure, python_version)
    return {
        name: next((pin.specifier.version for pin in pinned.get(name, ()) if pin.specifier), "")
        for name in _requested(closure, python_version)
    }


def _requested(closure: RequirementFiles, python_version: str) -> Iterator[NormalizedName]:
    python = python_markers(python_version)
    for line in (each.line for each in closure.lines if may_require(each)):
        if isinstance(line, NamedRequirement) and holds(line.requirement.marker, python):
            yield canonicalize_name(line.requirement.name)
        elif isinstance(line, LinkRequirement) and holds(line.marker, python):
            yield from filter(None, (_name_of_link(line.target),))


def pins_for(
    closure: RequirementFiles, python_version: str
) -> Mapping[NormalizedName, tuple[Pin, ...]]:
    """Return the exact pins that hold for a Python, X.Y.Z."""
    python = python_markers(python_version)
    return {
        name: tuple(pin for pin in its if holds(pin.marker, python))
        for name, its in pins(closure).items()
    }


def pinned_by(closure: RequirementFiles) -> Pins:
    """Return what requirements pin."""
    pinned = tuple(
        Pinned(name, pin.specifier.version, marker=pin.marker)
        for name, its in pins(closure).items()
        for pin in its
        if pin.specifier is not None
    )
    names = {each.name for each in pinned}
    required = [located.line for located in closure.lines if may_require(located)]
    count = sum(
        isinstance(line, NamedRequirement) and canonicalize_name(line.requirement.name) in names
        for line in required
    )
    # The newest releases of what isn't pinned are for the Python that they find.
    return Pins(pinned, 0 < len(required) <= 2 * count)


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
