"""What is remembered of a distribution that has a layer of its own, in the metadata of that layer.

The layer is in the image, and isn't restored. This is enough to install an environment around it,
and to describe that: its place there, its metadata, and what the dynamic linker has to know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from python_buildpack.environment.installed import InstalledDistribution, installed_distributions
from python_buildpack.environment.linkage.check import Linkage, Need
from python_buildpack.environment.linkage.libraries import VenvLibraries
from python_buildpack.environment.parts.partition import Footprint, with_parents
from python_buildpack.environment.sbom.licenses import LONGEST_NAME


@dataclass(frozen=True)
class Member:
    """A distribution.

    Attributes:
        metadata: the fields of METADATA that are used here.
        tags: of the wheel.
        direct_url: what direct_url.json has; "" if there is none.
        linkage: what it needs and has for the dynamic linker.
        needs_libpython: whether something in it is linked to Python's shared library.
    """

    footprint: Footprint
    metadata: str
    tags: tuple[str, ...]
    direct_url: str
    linkage: Linkage
    needs_libpython: bool

    @property
    def name(self) -> str:
        """Of the distribution, normalised."""
        return self.footprint.name


def read_members(
    footprints: Sequence[Footprint],
    libraries: VenvLibraries,
    needs: Sequence[Need],
    libpython: frozenset[str],
) -> tuple[Member, ...]:
    """Return what is to be remembered of distributions that are on disk.

    Args:
        needs: as from ``read_needs``.
        libpython: the file names of Python's shared library.
    """
    venv_dir = libraries.venv_dir
    owners = _Owners(venv_dir, footprints)
    installed = {each.name: each for each in installed_distributions(venv_dir)}
    provided: dict[str, set[str]] = {each.name: set() for each in footprints}
    needed: dict[str, dict[str, str]] = {each.name: {} for each in footprints}
    for file, name in libraries.provided():
        if (owner := owners.of(file)) is not None:
            provided[owner].add(name)
    for file, name, found in sorted(needs, key=lambda need: need[:2]):
        owner = owners.of(file)
        if owner is not None and (found is None or owners.of(found) != owner):
            needed[owner].setdefault(name, file.relative_to(venv_dir).as_posix())
    embedding = {owners.of(file) for file in libraries.linked_to(libpython)}
    return tuple(
        Member(
            footprint=each,
            metadata="\n".join(_metadata(installed[each.name])) + "\n",
            tags=tuple(sorted(map(str, installed[each.name].tags))),
            direct_url=_direct_url(venv_dir, each),
            linkage=Linkage(
                each.name,
                tuple(sorted(provided[each.name])),
                tuple(sorted(needed[each.name].items())),
            ),
            needs_libpython=each.name in embedding,
        )
        for each in footprints
    )


class _Owners:
    """The distributions of files."""

    def __init__(self, venv_dir: Path, footprints: Sequence[Footprint]) -> None:
        self._venv_dir = venv_dir
        self._claims = {claim: each.name for each in footprints for claim in each.claims}

    def of(self, file: Path) -> str | None:
        """Return the name of the one that claims ``file``; None for others, and other places."""
        if not file.is_relative_to(self._venv_dir):
            return None
        places = with_parents(file.relative_to(self._venv_dir).as_posix())
        return next((self._claims[place] for place in places if place in self._claims), None)


def _metadata(installed: InstalledDistribution) -> Iterator[str]:
    metadata = installed.metadata
    fields: Mapping[str, Sequence[str]] = {
        "Metadata-Version": ["2.4"],
        "Name": [metadata["name"]],
        "Version": [installed.version],
        "License-Expression": [metadata.get("license_expression", "")],
        # Some have the whole text of the licence here.
        "License": [metadata.get("license", "")],
        "Classifier": [each for each in metadata.get("classifiers", []) if "License ::" in each],
        "Requires-Dist": metadata.get("requires_dist", []),
        "Provides-Extra": metadata.get("provides_extra", []),
    }
    for name, values in fields.items():
        for value in values:
            text = " ".join(value.split())
            if text and (name != "License" or len(text) <= LONGEST_NAME):
                yield f"{name}: {text}"


def _direct_url(venv_dir: Path, footprint: Footprint) -> str:
    try:
        return (venv_dir / footprint.dist_info / "direct_url.json").read_text(encoding="utf-8")
    except OSError:
        return ""


def members_to_json(members: Sequence[Member]) -> str:
    """Return members as text, the same for the same ones."""
    return json.dumps([asdict(each) for each in members], sort_keys=True, separators=(",", ":"))


def members_from_json(text: str) -> tuple[Member, ...] | None:
    """Return the members that ``members_to_json`` has written; None for anything else."""
    try:
        members = tuple(_member(each) for each in json.loads(text))
        is_whole = members_to_json(members) == text and all(map(_is_member, members))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None
    return members if is_whole else None


def _member(document: dict[str, Any]) -> Member:
    footprint, linkage = document["footprint"], document["linkage"]
    return Member(
        **{
            **_frozen(document),
            "footprint": Footprint(**_frozen(footprint)),
            "linkage": Linkage(
                linkage["distribution"],
                tuple(linkage["provided"]),
                tuple((library, file) for library, file in linkage["needed"]),
            ),
        }
    )


def _frozen(document: dict[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
    }


def _is_member(member: Member) -> bool:
    """Return whether its values are of their types, and its places in an environment."""
    footprint, linkage = member.footprint, member.linkage
    lists = (
        *(footprint.hashes, footprint.claims, footprint.searched),
        *(member.tags, linkage.provided, *linkage.needed),
    )
    texts = (
        *(footprint.name, footprint.version, footprint.file, member.metadata, member.direct_url),
        *(text for each in lists for text in each),
    )
    are_inside = all(
        not claim.startswith("/") and ".." not in claim.split("/") for claim in footprint.claims
    )
    is_typed = (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(each, tuple) for each in lists)
        and isinstance(footprint.size, int)
    )
    return is_typed and are_inside and bool(footprint.dist_info)
