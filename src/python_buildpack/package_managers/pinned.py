"""What an app pins: each distribution with its version, and its files where a lock has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from packaging.markers import Marker
    from packaging.specifiers import SpecifierSet


@dataclass(frozen=True)
class Pinned:
    """A distribution of which one version is installed.

    Attributes:
        filenames: of its files; () where they aren't known.
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
