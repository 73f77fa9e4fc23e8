from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from python_buildpack.environment.parts.partition import LEAST_BYTES, Footprint, partition

SITE = "lib/python3.13/site-packages"
LEAST = 100


def footprint(
    name: str,
    size: int,
    *claims: str,
    searched: tuple[str, ...] = (),
    is_movable: bool = True,
) -> Footprint:
    """Return a distribution with a package of its own name, and what else it claims."""
    paths = (*(claims or (name,)), f"{name}-1.0.dist-info")
    return Footprint(
        name=canonicalize_name(name),
        version="1.0",
        file=f"{name}-1.0-py3-none-any.whl",
        hashes=(f"sha256:{name}",),
        size=size,
        claims=tuple(sorted(f"{SITE}/{path}" for path in paths)),
        searched=tuple(f"{SITE}/{path}" for path in searched),
        is_movable=is_movable,
    )


def parts_of(*footprints: Footprint, most: int = 16) -> list[tuple[str, ...]]:
    found = partition(footprints, least_bytes=LEAST, most=most)
    return [group.names for group in found]


def test_large_distributions_have_parts_of_their_own() -> None:
    found = parts_of(footprint("numpy", 100), footprint("six", 99), footprint("pandas", 500))
    assert found == [("numpy",), ("pandas",)]


def test_what_cannot_be_moved_stays() -> None:
    assert parts_of(footprint("torch", 500, is_movable=False)) == []


def test_the_largest_are_moved() -> None:
    many = [footprint(f"d{number:02}", 100 + number) for number in range(20)]
    assert parts_of(*many, most=3) == [("d17",), ("d18",), ("d19",)]


@given(st.lists(st.integers(0, 2 * LEAST_BYTES), max_size=60))
def test_there_are_at_most_sixteen(sizes: list[int]) -> None:
    found = partition([footprint(f"d{number}", size) for number, size in enumerate(sizes)])
    assert len(found) == min(16, sum(size >= LEAST_BYTES for size in sizes))


def test_of_the_same_size_the_first_by_name() -> None:
    assert parts_of(footprint("b", 100), footprint("a", 100), most=1) == [("a",)]


def test_namespace_is_nobody_s() -> None:
    found = parts_of(
        footprint("google-api", 10, "google/api"),
        footprint("google-cloud-bigquery", 200, "google/cloud/bigquery"),
        footprint("google-cloud-storage", 300, "google/cloud/storage"),
    )
    assert found == [("google-cloud-bigquery",), ("google-cloud-storage",)]


@pytest.mark.parametrize("claim", ["numpy", "numpy/plugins/extra", "numpy/core"])
def test_who_writes_into_a_large_one_is_with_it(claim: str) -> None:
    assert parts_of(footprint("numpy", 200), footprint("plugin", 5, claim)) == [("numpy", "plugin")]


def test_whole_directory_of_a_small_one_with_a_large_one_in_it() -> None:
    found = parts_of(
        footprint("google", 5, "google"), footprint("bigquery", 200, "google/bigquery")
    )
    assert found == [("bigquery", "google")]


def test_who_writes_into_a_large_one_and_cannot_be_moved_keeps_it() -> None:
    plugin = footprint("plugin", 5, "numpy/plugin", is_movable=False)
    assert parts_of(footprint("numpy", 200), plugin) == []


def test_names_that_begin_alike_are_apart() -> None:
    found = parts_of(footprint("numpy", 200), footprint("numpy-stubs", 200, "numpy_stubs"))
    assert found == [("numpy",), ("numpy-stubs",)]


def test_libraries_that_a_large_one_searches_are_with_it() -> None:
    torch = footprint("torch", 900, searched=("nvidia/cublas/lib", "nvidia/cudnn/lib"))
    found = parts_of(
        torch,
        footprint("nvidia-cublas", 300, "nvidia/cublas"),
        footprint("nvidia-cudnn", 5, "nvidia/cudnn"),
        footprint("nvidia-other", 300, "nvidia/other"),
    )
    assert found == [("nvidia-other",), ("nvidia-cublas", "nvidia-cudnn", "torch")]


def test_search_goes_on_from_what_was_found() -> None:
    found = parts_of(
        footprint("a", 200, searched=("b/lib",)),
        footprint("b", 5, searched=("c/lib",)),
        footprint("c", 5),
        footprint("d", 5),
    )
    assert found == [("a", "b", "c")]


def test_small_ones_search_through_links() -> None:
    torch = footprint("torch", 900)
    assert parts_of(torch, footprint("plugin", 5, searched=("torch/lib",))) == [("torch",)]


def test_part_has_the_name_of_its_largest() -> None:
    found = partition(
        [footprint("a", 40, searched=("z",)), footprint("z", 400), footprint("b", 60, "z/b")],
        least_bytes=LEAST,
    )
    assert [(group.name, group.size) for group in found] == [("z", 460)]


_NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
_PATHS = st.sampled_from(["a", "a/b", "a/b/c", "b", "b/d", "c", "x/y", "x", "x.py"])
_FOOTPRINTS = st.lists(
    st.builds(
        footprint,
        _NAMES,
        st.integers(0, 300),
        _PATHS,
        searched=st.lists(_PATHS, max_size=2).map(tuple),
        is_movable=st.booleans(),
    ),
    unique_by=lambda each: each.name,
)


@given(_FOOTPRINTS, st.randoms())
def test_partition_is_of_the_installed_alone(found: list[Footprint], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    parts = partition(found, least_bytes=LEAST, most=2)
    assert parts == partition(shuffled, least_bytes=LEAST, most=2)
    assert len(parts) <= 2
    for part in parts:
        assert part.size >= LEAST
        assert all(member.is_movable for member in part.members)
        others = [each for each in found if each not in part.members]
        for member in part.members:
            assert not any(_overlap(member.claims, other.claims) for other in others)
            assert not any(_overlap(member.searched, other.claims) for other in others)


def _overlap(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return any(
        f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
        for one in some
        for other in others
    )


def test_size_decides_alone_whether_one_is_moved() -> None:
    small = footprint("numpy", LEAST - 1)
    assert parts_of(small) == []
    assert parts_of(replace(small, size=LEAST)) == [("numpy",)]
