"""Resolved distributions."""

from __future__ import annotations

from dataclasses import replace

from packaging.utils import canonicalize_name

from python_buildpack.environment.resolution import ResolvedDistribution

WHEEL = ResolvedDistribution(
    name=canonicalize_name("Flask"),
    version="3.1.0",
    url="https://index.example/packages/flask-3.1.0-py3-none-any.whl",
    hashes=("sha256:" + "a" * 64,),
    vcs=None,
    commit=None,
    subdirectory="",
    is_editable=False,
    is_requested=True,
    is_direct=False,
)

OTHER = replace(
    WHEEL,
    name=canonicalize_name("click"),
    version="8.2.0",
    url="https://index.example/packages/click-8.2.0-py3-none-any.whl",
)
