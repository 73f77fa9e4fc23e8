"""What makes up an environment: each distribution, its version and its origin."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from urllib.parse import urlsplit, urlunsplit

from packaging.utils import NormalizedName

_STRONG_HASHES = ("sha256:", "sha384:", "sha512:")


class Pinning(Enum):
    """How much of a resolution the app's own files determine."""

    LOCKED = "locked"
    """Every distribution is pinned: nothing changes unless the requirements do."""

    RESOLVED = "resolved"
    """The package index decides; what it decided is known by digests."""

    UNPROVEN = "unproven"
    """Something comes from where the contents can change unnoticed, such as a directory."""

    ADDED_TO = "added to"
    """pip adds to what is solved, which only an installation tells."""

    WRITES_APP = "writes into the app"
    """The installation changes the app's own files, which only a build that installs then has."""


@dataclass(frozen=True)
class ResolvedDistribution:
    """One distribution and its origin.

    Attributes:
        url: of the archive, repository or directory; without credentials, query and fragment.
        hashes: of the archive, each as ``sha256:…``, sorted.
        vcs: "git" and so on, with ``commit``; None for what isn't from a repository.
        subdirectory: of the archive or repository; "" for its root.
        is_editable: whether it is a link to a directory rather than a copy.
        is_requested: whether the requirements name it.
        is_direct: whether they name it with its URL.
    """

    name: NormalizedName
    version: str
    url: str
    hashes: tuple[str, ...]
    vcs: str | None = None
    commit: str | None = None
    subdirectory: str = ""
    is_editable: bool = False
    is_requested: bool = False
    is_direct: bool = False

    @property
    def is_proven(self) -> bool:
        """Whether the same origin means the same contents."""
        strong = any(each.startswith(_STRONG_HASHES) for each in self.hashes)
        return not self.is_editable and (strong or self.commit is not None)

    @property
    def is_built(self) -> bool:
        """Whether it may have been built here, rather than unpacked from a wheel."""
        return self.is_editable or self.vcs is not None or not self.filename.endswith(".whl")

    def without_index(self) -> ResolvedDistribution:
        """Return it without the URL of an index, which may hold a token, where hashes tell the file."""
        is_of_index = self.hashes and not (self.is_direct or self.is_editable or self.vcs)
        return replace(self, url=self.filename) if is_of_index else self

    def masked(self, mask: Callable[[str], str]) -> ResolvedDistribution:
        """Return it with a URL in which ``mask`` has hidden the secrets."""
        return replace(self, url=mask(self.url))

    @property
    def is_local(self) -> bool:
        """Whether it comes from a file or directory of the build."""
        return self.url.startswith("file:")

    @property
    def filename(self) -> str:
        """The last part of the URL's path."""
        return self.url.rpartition("/")[2]


def from_direct_url(
    name: NormalizedName, version: str, document: Mapping[str, object]
) -> ResolvedDistribution:
    """Return a distribution and its origin, as direct_url.json and pip's reports have it.

    https://packaging.python.org/en/latest/specifications/direct-url-data-structure/

    Raises:
        ValueError: ``document`` has another form, or its URL is none.
    """
    from packaging.direct_url import DirectUrl, DirectUrlValidationError

    try:
        direct = DirectUrl.from_dict(document)
    except (AttributeError, DirectUrlValidationError):
        raise ValueError("it isn't a direct URL") from None
    hashes = (direct.archive_info and direct.archive_info.hashes) or {}
    return ResolvedDistribution(
        name=name,
        version=version,
        url=strip_url(direct.url),
        hashes=tuple(sorted(f"{algorithm}:{value}" for algorithm, value in hashes.items())),
        vcs=direct.vcs_info.vcs if direct.vcs_info else None,
        commit=direct.vcs_info.commit_id if direct.vcs_info else None,
        subdirectory=direct.subdirectory or "",
        is_editable=direct.dir_info is not None and direct.dir_info.editable is True,
        is_direct=True,
    )


@dataclass(frozen=True)
class Resolution:
    """Every distribution that makes up an environment, by name."""

    distributions: tuple[ResolvedDistribution, ...]

    @property
    def versions(self) -> dict[str, str]:
        """The version of each distribution, by its name."""
        return {each.name: each.version for each in self.distributions}

    @property
    def has_built(self) -> bool:
        """Whether a distribution may have been built here."""
        return any(each.is_built for each in self.distributions)

    @property
    def unproven(self) -> tuple[str, ...]:
        """The names of the distributions whose origin doesn't determine their contents."""
        return tuple(each.name for each in self.distributions if not each.is_proven)

    def masked(self, mask: Callable[[str], str]) -> Resolution:
        """Return it with URLs in which ``mask`` has hidden the secrets."""
        return Resolution(tuple(each.masked(mask) for each in self.distributions))

    def digest(self) -> str:
        """Return what two resolutions share only if they give the same environment; SHA-256."""
        values = [list(vars(each.without_index()).values()) for each in self.distributions]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def strip_url(url: str) -> str:
    """Return ``url`` without what may be a secret or change from day to day.

    Raises:
        ValueError: it isn't a URL.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
