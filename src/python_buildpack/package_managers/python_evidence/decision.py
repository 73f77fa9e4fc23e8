"""Choosing the X.Y that fits what is pinned."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.version import Version

from python_buildpack.environment.requirement import holds, python_markers
from python_buildpack.package_managers.pinned import Pinned, Pins
from python_buildpack.package_managers.wheel_tags import tags_of
from python_buildpack.python_version.sources import abi_series_of, series_of

# Of X.Y.0; https://peps.python.org/topic/release/
FIRST_RELEASES: Mapping[str, date] = MappingProxyType(
    {
        "3.10": date(2021, 10, 4),
        "3.11": date(2022, 10, 24),
        "3.12": date(2023, 10, 2),
        "3.13": date(2024, 10, 7),
        "3.14": date(2025, 10, 7),
        "3.15": date(2026, 10, 1),
    }
)
_MACHINES: Mapping[str, str] = MappingProxyType({"amd64": "x86_64", "arm64": "aarch64"})
_LINUX = ("linux", "manylinux")


@dataclass(frozen=True)
class Suggestion:
    """An X.Y, and why: words that may stand after it."""

    series: str
    reason: str


@dataclass(frozen=True)
class Candidates:
    """What there is to choose from.

    Attributes:
        versions: the newest release of each X.Y, the oldest X.Y first.
    """

    versions: tuple[Version, ...]
    arch: str


@dataclass(frozen=True)
class Unfit:
    """What is pinned and doesn't fit a Python.

    Attributes:
        misfits: each as ``name version``.
        series: the newest X.Y, or X.Yt, that all that is pinned fits, or None.
    """

    misfits: tuple[str, ...]
    series: str | None


def find_unfit(pins: Pins, candidates: Candidates, current: Version) -> Unfit | None:
    """Return what doesn't fit the Python ``current``; None if everything does, or may."""
    fits = _fits(pins, candidates)
    misfits = tuple(
        f"{each.name} {each.version}"
        for each, fitting in fits.items()
        if series_of(current) not in map(series_of, fitting)
    )
    fitting_all = [
        version
        for version in candidates.versions
        if all(version in fitting for fitting in fits.values())
    ]
    newest = max(fitting_all, default=None)
    return Unfit(misfits, abi_series_of(newest) if newest else None) if misfits else None


def has_wheels(pins: Pins, name: str, arch: str) -> bool:
    """Return whether any Python may have a wheel of a distribution: True if that isn't known."""
    known = [each.filenames for each in pins.distributions if each.name == name and each.filenames]
    return not known or any(_wheel_tags(names, arch) for names in known)


def suggest(pins: Pins, candidates: Candidates) -> Suggestion | None:
    """Return the newest X.Y that all that is pinned fits; None if that is the newest there is.

    A distribution says nothing that has no wheels for Linux, or fits none of the candidates.
    """
    fits = _fits(pins, candidates)
    counts = [sum(version in each for each in fits.values()) for version in candidates.versions]
    best = max(zip(counts, candidates.versions, strict=True), default=None)
    if best is None:
        return None
    chosen = best[1]
    newer = [version for version in candidates.versions if version > chosen]
    by_age = _by_age(pins, candidates.versions)
    if by_age is not None and by_age[0] < chosen:
        return Suggestion(series_of(by_age[0]), by_age[1])
    if not newer:
        return None
    misfits = [each for each, fitting in fits.items() if newer[0] not in fitting]
    return Suggestion(series_of(chosen), _reason(misfits, newer[0]))


def _fits(pins: Pins, candidates: Candidates) -> Mapping[Pinned, Collection[Version]]:
    """Return the candidates that each distribution fits, without those that tell nothing."""
    return {each: found for each in pins.distributions if (found := _fitting(each, candidates))}


def _fitting(pinned: Pinned, candidates: Candidates) -> Collection[Version]:
    """Return the candidates that a distribution fits; () where that tells nothing."""
    wheels = _wheel_tags(pinned.filenames, candidates.arch)
    return [
        version
        for version in candidates.versions
        if _is_for_others(pinned, version)
        or (
            _allows(pinned, version)
            and (not wheels or not wheels.isdisjoint(_supported(abi_series_of(version))))
        )
    ]


def _is_for_others(pinned: Pinned, version: Version) -> bool:
    """Return whether a distribution isn't installed on a Python, by its marker."""
    return not holds(pinned.marker, python_markers(str(version)))


def _allows(pinned: Pinned, version: Version) -> bool:
    return pinned.requires_python is None or pinned.requires_python.contains(version)


def _wheel_tags(filenames: Iterable[str], arch: str) -> set[tuple[str, str]]:
    """Return interpreter and ABI of all wheels for Linux."""
    tags = (tag for name in filenames for tag in tags_of(name))
    return {(tag.interpreter, tag.abi) for tag in tags if _is_for(tag, arch)}


def _is_for(tag: Tag, arch: str) -> bool:
    platform = tag.platform
    is_linux = platform.startswith(_LINUX) and platform.endswith(_MACHINES.get(arch, arch))
    return platform == "any" or is_linux


@cache
def _supported(abi_series: str) -> frozenset[tuple[str, str]]:
    """Return interpreter and ABI of the wheels that CPython X.Y, or X.Yt, can use."""
    abi = f"cp{abi_series.replace('.', '')}"
    interpreter = abi.removesuffix("t")
    version = tuple(map(int, abi_series.removesuffix("t").split(".")))
    tags = (
        *cpython_tags(version, abis=[abi], platforms=["linux"]),
        *compatible_tags(version, interpreter=interpreter, platforms=["linux"]),
    )
    return frozenset((tag.interpreter, tag.abi) for tag in tags)


def _by_age(pins: Pins, versions: Sequence[Version]) -> tuple[Version, str] | None:
    """Return the newest Python that was out when the newest file was uploaded, and why."""
    uploads = [each.uploaded for each in pins.distributions]
    if not pins.are_most or not uploads or None in uploads:
        return None
    newest = max(each for each in uploads if each is not None)
    known = [version for version in versions if series_of(version) in FIRST_RELEASES]
    later = [version for version in known if FIRST_RELEASES[series_of(version)] > newest]
    if not later:
        return None
    older = [version for version in known if version < later[0]]
    reason = f"all that is pinned is older than {series_of(later[0])}"
    return (max(older), reason) if older else (later[0], reason)


def _reason(misfits: Sequence[Pinned], version: Version) -> str:
    first, *others = misfits
    name, newer = f"{first.name} {first.version}", f"{series_of(version)} or newer"
    if not _allows(first, version):
        return f"{name} doesn't support {newer}"
    if others:
        return f"{name} and {len(others)} more have no wheel for {newer}"
    return f"{name} has no wheel for {newer}"
