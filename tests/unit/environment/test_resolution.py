from __future__ import annotations

from dataclasses import replace

import pytest

from python_buildpack.environment.resolution import Resolution, ResolvedDistribution, strip_url
from tests.unit.environment.resolutions import OTHER, WHEEL


def test_resolution_digest_is_of_its_distributions() -> None:
    resolution = Resolution((OTHER, WHEEL))
    assert resolution.digest() == Resolution((OTHER, WHEEL)).digest()
    assert resolution.digest() != Resolution((WHEEL,)).digest()
    assert resolution.digest() != Resolution(()).digest()


@pytest.mark.parametrize(
    "changed",
    [
        replace(WHEEL, version="3.1.1"),
        replace(WHEEL, url="https://index.example/packages/flask-3.1.0-1-py3-none-any.whl"),
        replace(WHEEL, hashes=("sha256:" + "b" * 64,)),
        replace(WHEEL, hashes=()),
        replace(WHEEL, vcs="git", commit="c" * 40),
        replace(WHEEL, subdirectory="src"),
        replace(WHEEL, is_editable=True),
        # These two are written into the environment: the file REQUESTED, and direct_url.json.
        replace(WHEEL, is_requested=False),
        replace(WHEEL, is_direct=True),
    ],
)
def test_resolution_digest_changes_with(changed: ResolvedDistribution) -> None:
    assert Resolution((changed,)).digest() != Resolution((WHEEL,)).digest()


ELSEWHERE = "https://other.example/token/flask-3.1.0-py3-none-any.whl"


def test_resolution_digest_is_not_of_the_index() -> None:
    """The same file, by its hash; the URL may hold the token of a private index."""
    moved = replace(WHEEL, url=ELSEWHERE)
    assert Resolution((moved,)).digest() == Resolution((WHEEL,)).digest()


@pytest.mark.parametrize(
    "distribution",
    [
        replace(WHEEL, is_direct=True),
        replace(WHEEL, hashes=()),
        replace(WHEEL, hashes=(), vcs="git", commit="c" * 40),
    ],
)
def test_resolution_digest_is_of_the_url_of(distribution: ResolvedDistribution) -> None:
    moved = replace(distribution, url=ELSEWHERE)
    assert Resolution((moved,)).digest() != Resolution((distribution,)).digest()


def test_resolution_masked() -> None:
    masked = Resolution((replace(WHEEL, url=ELSEWHERE),)).masked(
        lambda url: url.replace("token", "****")
    )
    assert masked.distributions[0].url == "https://other.example/****/flask-3.1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        pytest.param(WHEEL, True, id="hash"),
        pytest.param(replace(WHEEL, hashes=(), vcs="git", commit="c" * 40), True, id="commit"),
        pytest.param(replace(WHEEL, hashes=()), False, id="directory"),
        pytest.param(replace(WHEEL, hashes=(), is_editable=True), False, id="editable"),
        pytest.param(replace(WHEEL, commit="c" * 40, is_editable=True), False, id="editable VCS"),
    ],
)
def test_resolved_distribution_is_proven(
    distribution: ResolvedDistribution, expected: bool
) -> None:
    assert distribution.is_proven is expected
    assert Resolution((OTHER, distribution)).unproven == (() if expected else ("flask",))


def test_resolution_versions() -> None:
    assert Resolution((OTHER, WHEEL)).versions == {"click": "8.2.0", "flask": "3.1.0"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://index.example/a.whl", "https://index.example/a.whl"),
        ("https://user:pa55@index.example:8443/a.whl", "https://index.example:8443/a.whl"),
        ("https://token@index.example/a.whl", "https://index.example/a.whl"),
        ("https://user:p@55@index.example/a.whl", "https://index.example/a.whl"),
        ("https://index.example/a.whl?X-Signature=abc#sha256=1", "https://index.example/a.whl"),
        ("file:///app/a%20b.whl", "file:///app/a%20b.whl"),
        ("ssh://git@host.example/a.git", "ssh://host.example/a.git"),
    ],
)
def test_bare_url(url: str, expected: str) -> None:
    assert strip_url(url) == expected


def test_bare_url_of_no_url() -> None:
    with pytest.raises(ValueError, match="Invalid"):
        strip_url("https://[index.example/")
