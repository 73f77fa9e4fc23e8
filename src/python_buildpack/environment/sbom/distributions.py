"""The distributions of an environment as components, from their own records and the resolution."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from packaging.utils import NormalizedName, canonicalize_name, canonicalize_version

from python_buildpack.environment.installed import (
    InstalledDistribution,
    installed_distributions,
)
from python_buildpack.environment.resolution import Resolution, ResolvedDistribution, strip_url
from python_buildpack.environment.sbom.components import Component, Sbom, Source, pypi_purl
from python_buildpack.environment.sbom.dependency_graph import dependency_graph, marker_environment
from python_buildpack.environment.sbom.licenses import declared_license

# Digests of these lengths; weaker ones prove nothing.
_HASH_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_HEXADECIMAL = re.compile(r"[0-9a-f]+")

# Name and version of a distribution, both normalized: some locks have 2024.1.1 for 2024.01.01.
_Key = tuple[NormalizedName, str]


def environment_sbom(
    layer: str, directory: Path, python_version: str, resolution: Resolution | None
) -> Sbom:
    """Describe what is installed below ``directory``."""
    installed = {_key(each.name, each.version): each for each in installed_distributions(directory)}
    chosen = resolution.distributions if resolution is not None else ()
    resolved = {_key(each.name, each.version): each for each in chosen}
    sources = {key: _source(each.origin, resolved.get(key)) for key, each in installed.items()}
    refs = {key: _ref(each, sources[key]) for key, each in installed.items()}
    needs = _needs(installed, refs, python_version)
    components = tuple(
        _component(each, sources[key], refs[key], needs[refs[key]])
        for key, each in installed.items()
    )
    requested = {refs[key] for key, each in resolved.items() if each.is_requested and key in refs}
    return Sbom(
        layer=layer,
        components=tuple(sorted(components, key=lambda each: each.ref)),
        roots=_roots(needs, requested),
        is_complete=True,
    )


def _key(name: str, version: str) -> _Key:
    return canonicalize_name(name), canonicalize_version(version)


def _ref(installed: InstalledDistribution, source: Source) -> str:
    purl = pypi_purl(installed.metadata["name"], installed.version, source)
    return purl or f"{installed.name}@{installed.version}"


def _needs(
    installed: Mapping[_Key, InstalledDistribution], refs: Mapping[_Key, str], python_version: str
) -> dict[str, tuple[str, ...]]:
    requirements = {
        name: each.metadata.get("requires_dist", []) for (name, _), each in installed.items()
    }
    graph = dependency_graph(requirements, marker_environment(python_version))
    by_name = {name: ref for (name, _), ref in refs.items()}
    return {
        refs[key]: tuple(sorted(by_name[target] for target in graph[key[0]])) for key in installed
    }


def _roots(needs: Mapping[str, tuple[str, ...]], requested: set[str]) -> tuple[str, ...]:
    """Return what was requested, and what no other distribution requires."""
    roots = requested or set(needs).difference(*needs.values())
    reached: set[str] = set()
    for ref in (*sorted(roots), *sorted(needs)):
        if ref in reached:
            continue
        roots.add(ref)
        pending = [ref]
        while pending:
            current = pending.pop()
            if current not in reached:
                reached.add(current)
                pending.extend(needs[current])
    return tuple(sorted(roots))


def _component(
    installed: InstalledDistribution, source: Source, ref: str, requires: tuple[str, ...]
) -> Component:
    metadata, name = installed.metadata, installed.metadata["name"]
    return Component(
        ref=ref,
        name=name,
        version=installed.version,
        purl=pypi_purl(name, installed.version, source),
        license=declared_license(
            metadata.get("license_expression"),
            metadata.get("license"),
            metadata.get("classifiers", []),
        ),
        source=source,
        requires=requires,
    )


def _source(origin: ResolvedDistribution | None, resolved: ResolvedDistribution | None) -> Source:
    # The environment's own record first: it says whether the distribution is from an index.
    known = origin or resolved
    if known is None:
        return Source()
    is_direct = known.is_direct
    hashes = (*known.hashes, *(resolved.hashes if resolved is not None else ()))
    # The URL of an index's file may hold a token in its path: name, version and hashes tell which
    # file it is.
    location = _remote_url(known.url) if is_direct else None
    if known.vcs and known.commit:
        repository = _repository_url(known)
        return Source(repository_url=repository, is_direct=True, is_public=repository is not None)
    return Source(
        archive_url=location,
        hashes=_strong_hashes(hashes),
        is_direct=is_direct,
        is_public=location is not None or not is_direct,
    )


def _repository_url(known: ResolvedDistribution) -> str | None:
    parts = urlsplit(known.url)
    if parts.scheme not in ("https", "http", "ssh", "git") or not parts.hostname:
        return None
    subdirectory = f"#{known.subdirectory}" if known.subdirectory else ""
    return f"{known.vcs}+{strip_url(known.url)}@{known.commit}{subdirectory}"


def _remote_url(url: str) -> str | None:
    """Return None for a file of the machine that builds, which nobody else can find."""
    parts = urlsplit(url)
    return strip_url(url) if parts.scheme in ("https", "http") and parts.hostname else None


def _strong_hashes(hashes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = {(name, value.lower()) for name, _, value in (each.partition(":") for each in hashes)}
    return tuple(
        sorted(
            (name, value)
            for name, value in pairs
            if len(value) == _HASH_LENGTHS.get(name) and _HEXADECIMAL.fullmatch(value)
        )
    )
