"""What is installed in a virtual environment, read from its own records.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.tags import InvalidTag, Tag, parse_tag
from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.environment.record import dist_infos
from python_buildpack.environment.resolution import ResolvedDistribution, from_direct_url

if TYPE_CHECKING:
    from packaging.metadata import RawMetadata

_FIELDS_WITH_ONE_VALUE = frozenset({"license", "license-expression", "name", "version"})
_USED_FIELDS = _FIELDS_WITH_ONE_VALUE | {"classifier", "provides-extra", "requires-dist"}
# Of a tag in WHEEL: real ones name a few versions, or a few platforms.
_MOST_DOTS = 20


@dataclass(frozen=True)
class InstalledDistribution:
    """One distribution.

    Attributes:
        version: as its metadata has it.
        metadata: the fields that are used here, name and version among them.
        tags: those of the wheel that it was installed from.
        origin: what direct_url.json tells of one that didn't come from an index.
    """

    name: NormalizedName
    version: str
    metadata: RawMetadata
    tags: frozenset[Tag]
    origin: ResolvedDistribution | None


def installed_distributions(directory: Path) -> tuple[InstalledDistribution, ...]:
    """Return the distributions of a virtual environment or a user site, by name."""
    found = (_read(dist_info) for dist_info in dist_infos(directory))
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.name))


def _read(dist_info: Path) -> InstalledDistribution | None:
    from packaging.metadata import parse_email

    metadata, _ = parse_email("\n".join(_used_fields(dist_info / "METADATA")))
    name, version = metadata.get("name", "").strip(), metadata.get("version", "").strip()
    if not name or not version:
        return None
    normalized = canonicalize_name(name)
    return InstalledDistribution(
        normalized,
        version,
        metadata,
        frozenset(tag for text in _tags(dist_info / "WHEEL") for tag in _parsed_tags(text)),
        _origin(dist_info / "direct_url.json", normalized, version),
    )


def _used_fields(file: Path) -> Iterator[str]:
    """Yield the lines of METADATA that are used here, the first of fields that have one value.

    Parsing takes time that grows with the square of the number of fields that nobody knows.
    """
    is_used = False
    seen: set[str] = set()
    for line in _head(file):
        name, colon, value = line.partition(":")
        if line.startswith((" ", "\t")):
            if is_used:
                yield line
            continue
        field = name.strip().lower()
        is_used = bool(colon) and field in _USED_FIELDS - seen
        seen |= {field} & _FIELDS_WITH_ONE_VALUE
        if is_used:
            yield f"{name.strip()}:{value}"


def _tags(file: Path) -> Iterator[str]:
    for line in _head(file):
        name, _, value = line.partition(":")
        if name.strip().lower() == "tag":
            yield value.strip()


def _head(file: Path) -> list[str]:
    """Return the lines before the first blank one; none if the file can't be read."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").partition("\n\n")[0].split("\n")
    except OSError:
        return []


def _parsed_tags(text: str) -> frozenset[Tag]:
    """Return the tags that a compressed one stands for; none if it isn't one."""
    # It stands for all combinations of its parts.
    if text.count("-") != 2 or text.count(".") > _MOST_DOTS:
        return frozenset()
    try:
        return parse_tag(text)
    except InvalidTag:
        return frozenset()


def _origin(file: Path, name: NormalizedName, version: str) -> ResolvedDistribution | None:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        # JSON may escape a lone surrogate, which can be written nowhere.
        json.dumps(document, ensure_ascii=False).encode()
        return from_direct_url(name, version, document)
    except (OSError, ValueError, RecursionError):
        return None
