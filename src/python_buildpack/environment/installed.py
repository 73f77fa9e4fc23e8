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

from python_buildpack.environment.resolution import strip_url

if TYPE_CHECKING:
    from packaging.direct_url import DirectUrl

# Of a tag in WHEEL: real ones name a few versions, or a few platforms.
_MOST_DOTS = 20


@dataclass(frozen=True)
class Origin:
    """What direct_url.json tells of a distribution that didn't come from an index.

    Attributes:
        url: without credentials.
        hashes: of the archive, each as ``sha256:…``.
        vcs: "git" and so on, with ``commit``.
        is_editable: whether it is a link to a directory.
    """

    url: str
    hashes: tuple[str, ...]
    vcs: str | None
    commit: str | None
    subdirectory: str
    is_editable: bool


@dataclass(frozen=True)
class InstalledDistribution:
    """One distribution; ``tags`` are those of the wheel that it was installed from."""

    name: NormalizedName
    version: str
    tags: frozenset[Tag]
    origin: Origin | None


def installed_distributions(venv_dir: Path) -> tuple[InstalledDistribution, ...]:
    """Return the distributions of the environment at ``venv_dir``, by name."""
    found = (_read(path) for path in venv_dir.glob("lib/python*/site-packages/*.dist-info"))
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.name))


def _read(dist_info: Path) -> InstalledDistribution | None:
    metadata = dict(_headers(dist_info / "METADATA"))
    name, version = metadata.get("name"), metadata.get("version")
    if not name or not version:
        return None
    tags = (value for key, value in _headers(dist_info / "WHEEL") if key == "tag")
    return InstalledDistribution(
        canonicalize_name(name),
        version,
        frozenset(tag for text in tags for tag in _parsed_tags(text)),
        _origin(dist_info / "direct_url.json"),
    )


def _parsed_tags(text: str) -> frozenset[Tag]:
    """Return the tags that a compressed one stands for; none where it isn't one."""
    # It stands for all combinations of its parts.
    if text.count("-") != 2 or text.count(".") > _MOST_DOTS:
        return frozenset()
    try:
        return parse_tag(text)
    except InvalidTag:
        return frozenset()


def _headers(file: Path) -> Iterator[tuple[str, str]]:
    """Yield the fields before the first blank line, the first of each name last."""
    try:
        head = file.read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
    except OSError:
        return
    for line in reversed(head.splitlines()):
        name, separator, value = line.partition(":")
        if separator and not line.startswith((" ", "\t")):
            yield name.strip().lower(), value.strip()


def _origin(file: Path) -> Origin | None:
    """Parse https://packaging.python.org/en/latest/specifications/direct-url-data-structure/."""
    # Imported here: most distributions come from an index.
    from packaging.direct_url import DirectUrl, DirectUrlValidationError

    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        # JSON may escape a lone surrogate, which can be written nowhere.
        json.dumps(document, ensure_ascii=False).encode()
        return _parse_origin(DirectUrl.from_dict(document))
    except (OSError, ValueError, AttributeError, RecursionError, DirectUrlValidationError):
        return None


def _parse_origin(direct: DirectUrl) -> Origin:
    hashes = (direct.archive_info and direct.archive_info.hashes) or {}
    return Origin(
        url=strip_url(direct.url),
        hashes=tuple(sorted(f"{name}:{value}" for name, value in hashes.items())),
        vcs=direct.vcs_info.vcs if direct.vcs_info else None,
        commit=direct.vcs_info.commit_id if direct.vcs_info else None,
        subdirectory=direct.subdirectory or "",
        is_editable=direct.dir_info is not None and direct.dir_info.editable is True,
    )
