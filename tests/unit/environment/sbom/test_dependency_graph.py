from __future__ import annotations

import pytest
from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.environment.sbom.dependency_graph import dependency_graph, marker_environment


def graph(**requirements: list[str]) -> dict[str, set[str]]:
    """Return the graph for Python 3.13.2; names have underscores for hyphens."""
    named: dict[NormalizedName, list[str]] = {
        canonicalize_name(name): texts for name, texts in requirements.items()
    }
    result = dependency_graph(named, marker_environment("3.13.2"))
    return {name: {*targets} for name, targets in result.items()}


def test_dependency_graph_of_normalized_names() -> None:
    assert graph(app=["Zope_Interface>=1", "missing"], zope_interface=[]) == {
        "app": {"zope-interface"},
        "zope-interface": set(),
    }


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ('python_version >= "3.13"', True),
        ('python_full_version < "3.13.2"', False),
        ('implementation_name == "cpython"', True),
        ('sys_platform == "win32"', False),
        ('extra == "socks"', False),
        ('platform_release >= "4"', False),
    ],
)
def test_dependency_graph_by_markers(marker: str, holds: bool) -> None:
    assert graph(a=[f"b; {marker}"], b=[])["a"] == ({"b"} if holds else set())


def test_dependency_graph_with_extras() -> None:
    assert graph(
        app=["client[All]"],
        client=['client[fast]; extra == "all"', 'fast; extra == "fast"', 'slow; extra == "slow"'],
        fast=[],
        slow=[],
    ) == {"app": {"client"}, "client": {"fast"}, "fast": set(), "slow": set()}


def test_dependency_graph_with_a_cycle() -> None:
    assert graph(a=["b"], b=["a"]) == {"a": {"b"}, "b": {"a"}}


@pytest.mark.parametrize(
    "text",
    [
        *("b (>=1", "b>=1.dev.x", "", 'b; nothing == "x"', "b; 'x' in extras"),
        f"b; {'(' * 1000}",
        "b" + ",".join(f"!={i}" for i in range(100_000)),
    ],
    ids=range(7),
)
def test_dependency_graph_without_what_is_invalid(text: str) -> None:
    assert graph(a=[text, "c"], b=[], c=[])["a"] == {"c"}
