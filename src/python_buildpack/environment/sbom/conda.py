"""The packages of an environment of conda's or pixi's as components, from its own records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from python_buildpack.environment.resolution import Resolution
from python_buildpack.environment.sbom.components import (
    Component,
    Sbom,
    Source,
    conda_purl,
)
from python_buildpack.environment.sbom.distributions import environment_sbom
from python_buildpack.environment.sbom.licenses import declared_license


def conda_sbom(layer: str, prefix: Path, python_version: str, wheels: Resolution) -> Sbom:
    """Describe what is installed in ``prefix``: each package, and the Python distributions in it.

    Databases of vulnerabilities know most of them by the name of the distribution alone.

    Args:
        wheels: what is from a package index.
    """
    distributions = environment_sbom(layer, prefix, python_version, wheels)
    packages = tuple(_packages(prefix))
    needed = {ref for each in packages for ref in each.requires}
    components = sorted((*distributions.components, *packages), key=lambda each: each.ref)
    roots = {*distributions.roots, *(each.ref for each in packages if each.ref not in needed)}
    return replace(distributions, components=tuple(components), roots=tuple(sorted(roots)))


def _packages(prefix: Path) -> Iterator[Component]:
    files = sorted((prefix / "conda-meta").glob("*.json"))
    records = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    refs = {str(record["name"]): _purl(record) for record in records}
    for record in records:
        names = {str(spec).split()[0] for spec in record.get("depends", ()) if str(spec).strip()}
        yield _component(record, tuple(sorted(refs[name] for name in names & refs.keys())))


def _component(record: Mapping[str, Any], requires: tuple[str, ...]) -> Component:
    purl, sha256 = _purl(record), record.get("sha256")
    return Component(
        ref=purl,
        name=str(record["name"]),
        version=str(record["version"]),
        purl=purl,
        license=declared_license(None, str(record.get("license") or ""), []),
        source=Source(hashes=(("sha256", str(sha256)),) if sha256 else ()),
        requires=requires,
    )


def _purl(record: Mapping[str, Any]) -> str:
    """Return the package URL; https://github.com/package-url/purl-spec/blob/main/types-doc/conda-definition.md."""
    channel = str(record.get("channel") or "").rstrip("/").rpartition("/")[2]
    file = str(record.get("fn") or "")
    values = {
        "build": str(record["build"]),
        "channel": channel,
        "subdir": str(record["subdir"]),
        "type": "tar.bz2" if file.endswith(".tar.bz2") else "conda",
    }
    return conda_purl(str(record["name"]), str(record["version"]), values)
