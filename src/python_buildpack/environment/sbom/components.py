"""What a bill of materials lists, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class License:
    """What a distribution says of its licence.

    Attributes:
        expression: SPDX's, where it is certain; None otherwise.
        names: what is said instead, in its own words; () where there is an expression.
    """

    expression: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """Where a component was installed from.

    Attributes:
        archive_url: of the archive; https or http, without credentials, or None.
        repository_url: such as ``git+https://host/repository@commit#subdirectory``; without
            credentials; None for what isn't from a repository.
        hashes: of the archive, (name of the algorithm as in hashlib, lower-case hex), sorted.
        is_direct: whether it was installed from this very location rather than from an index.
        is_public: whether anybody but this build can know the location; False for directories.
    """

    archive_url: str | None = None
    repository_url: str | None = None
    hashes: tuple[tuple[str, str], ...] = ()
    is_direct: bool = False
    is_public: bool = True


@dataclass(frozen=True)
class Component:
    """One thing that is installed.

    Attributes:
        ref: names it within the document.
        purl: https://github.com/package-url/purl-spec; None if no database can know it.
        requires: the refs of the components that it needs, sorted.
        cpe: by which databases of vulnerabilities know it, where that isn't by the purl.
    """

    ref: str
    name: str
    version: str
    purl: str | None
    license: License = License()
    source: Source = Source()
    requires: tuple[str, ...] = ()
    cpe: str | None = None


@dataclass(frozen=True)
class Sbom:
    """The bill of materials of one layer.

    Attributes:
        components: by ref.
        roots: the refs of what the layer is there for, sorted; the others are needed by these.
        is_complete: whether everything in the layer is listed.
    """

    layer: str
    components: tuple[Component, ...]
    roots: tuple[str, ...]
    is_complete: bool


def pypi_purl(name: str, version: str, source: Source) -> str | None:
    """Return the package URL of a distribution; None for one that is from a directory.

    The same name and version on an index would be another distribution than that one.
    https://github.com/package-url/purl-spec/blob/main/types-doc/pypi-definition.md
    """
    if not source.is_public:
        return None
    qualifiers = ""
    if source.repository_url is not None:
        repository, _, _ = source.repository_url.partition("#")
        qualifiers = f"?vcs_url={_encoded(repository)}"
    elif source.is_direct and source.archive_url is not None:
        qualifiers = f"?download_url={_encoded(source.archive_url)}"
    return f"pkg:pypi/{_encoded(name.lower().replace('_', '-'))}@{_encoded(version)}{qualifiers}"


def generic_purl(name: str, version: str) -> str:
    """Return the package URL of what no package manager has."""
    return f"pkg:generic/{_encoded(name)}@{_encoded(version)}"


def conda_purl(name: str, version: str, qualifiers: Mapping[str, str]) -> str:
    """Return the package URL of a package of conda's."""
    pairs = "&".join(f"{key}={_encoded(value)}" for key, value in qualifiers.items() if value)
    return f"pkg:conda/{_encoded(name)}@{_encoded(version)}?{pairs}"


def cpe_name(vendor: str, product: str, version: str, update: str = "*") -> str:
    """Return a CPE 2.3 name; https://csrc.nist.gov/pubs/ir/7695/final."""
    return f"cpe:2.3:a:{vendor}:{product}:{version}:{update}:*:*:*:*:*:*"


def _encoded(text: str) -> str:
    # A colon is left as it is, by the specification; so is what quote() always leaves.
    return quote(text, safe=":/")
