"""Environments with distributions in them, as installers write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from python_buildpack.environment.resolution import Resolution, ResolvedDistribution

SITE_PACKAGES = "lib/python3.13/site-packages"
SHA256 = "ab" * 32


def install(
    environment: Path,
    name: str,
    version: str = "1.0",
    *fields: str,
    direct_url: Any = None,
) -> None:
    """Write the dist-info directory of a distribution, with more ``fields`` of core metadata."""
    dist_info = environment / SITE_PACKAGES / f"{name}-{version}.dist-info"
    dist_info.mkdir(parents=True)
    lines = ("Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *fields)
    text = "\n".join((*lines, "", "License: in the description", ""))
    (dist_info / "METADATA").write_text(text, encoding="utf-8")
    if direct_url is not None:
        (dist_info / "direct_url.json").write_text(json.dumps(direct_url), encoding="utf-8")


def resolved(
    name: str,
    version: str = "1.0",
    *,
    url: str = "",
    hashes: tuple[str, ...] = (),
    is_requested: bool = True,
) -> ResolvedDistribution:
    """Return a distribution that was chosen from an index."""
    return ResolvedDistribution(
        name=canonicalize_name(name),
        version=version,
        url=url,
        hashes=hashes,
        vcs=None,
        commit=None,
        subdirectory="",
        is_editable=False,
        is_requested=is_requested,
        is_direct=False,
    )


def resolution(*distributions: ResolvedDistribution) -> Resolution:
    return Resolution(tuple(sorted(distributions, key=lambda each: each.name)))
