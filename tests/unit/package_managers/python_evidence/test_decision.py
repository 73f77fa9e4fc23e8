"""Which X.Y fits what is pinned."""

from __future__ import annotations

from datetime import date

import pytest
from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from python_buildpack.package_managers.pinned import Pinned, Pins
from python_buildpack.package_managers.python_evidence.decision import (
    Candidates,
    Suggestion,
    Unfit,
    find_unfit,
    suggest,
)

CANDIDATES = Candidates(
    tuple(map(Version, ("3.10.16", "3.11.11", "3.12.3", "3.13.1", "3.14.6"))), "amd64"
)
LINUX = "manylinux_2_17_x86_64.manylinux2014_x86_64"


def wheel(tags: str, platform: str = LINUX) -> str:
    return f"fast-1.0-{tags}-{platform}.whl"


def fast(*filenames: str) -> Pinned:
    return Pinned("fast", "1.0", filenames)


def series(*pinned: Pinned, arch: str = "amd64") -> str | None:
    candidates = Candidates(CANDIDATES.versions, arch)
    found = suggest(Pins(pinned, are_most=False), candidates)
    return found.series if found else None


@pytest.mark.parametrize(
    ("filenames", "expected"),
    [
        ((wheel("cp311-cp311"), wheel("cp310-cp310"), "fast-1.0.tar.gz"), "3.11"),
        ((wheel("cp39-cp39"), wheel("cp310-cp310")), "3.10"),
        ((wheel("cp314-cp314"),), None),
        ((wheel("cp37-abi3"),), None),
        ((wheel("py3-none"),), None),
        (("fast-1.0-py2.py3-none-any.whl", wheel("cp311-cp311")), None),
        # Built from source on every Python.
        (("fast-1.0.tar.gz",), None),
        ((), None),
        # No candidate can use it.
        ((wheel("cp38-cp38"),), None),
        # Not for this platform.
        ((wheel("cp311-cp311", "win_amd64"), wheel("cp311-cp311", "macosx_11_0_arm64")), None),
        ((wheel("cp311-cp311", "musllinux_1_1_x86_64"),), None),
        (("fast.whl", "fast-1.0-cp311.whl"), None),
    ],
)
def test_wheels(filenames: tuple[str, ...], expected: str | None) -> None:
    assert series(fast(*filenames)) == expected


def test_wheels_of_another_architecture() -> None:
    files = fast(wheel("cp312-cp312"), wheel("cp311-cp311", "manylinux2014_aarch64"))
    assert series(files) == "3.12"
    assert series(files, arch="arm64") == "3.11"


def test_all_have_to_fit() -> None:
    newer = fast(wheel("cp312-cp312"), wheel("cp311-cp311"))
    older = Pinned("slow", "2.0", ("slow-2.0-cp311-cp311-linux_x86_64.whl",))
    assert series(newer, older) == "3.11"


def test_where_nothing_fits_all_the_most_counts() -> None:
    only = [
        Pinned(name, "1", (f"{name}-1-cp3{minor}-cp3{minor}-linux_x86_64.whl",))
        for name, minor in (("a", 10), ("b", 12), ("c", 12))
    ]
    assert series(*only) == "3.12"


@pytest.mark.parametrize(
    ("marker", "expected"),
    [('python_version < "3.12"', None), ('sys_platform == "linux"', "3.11")],
)
def test_markers(marker: str, expected: str | None) -> None:
    pinned = Pinned("fast", "1.0", (wheel("cp311-cp311"),), Marker(marker))
    assert series(pinned) == expected


def test_requires_python() -> None:
    pinned = Pinned("fast", "1.0", ("fast-1.0.tar.gz",), None, SpecifierSet(">=3.7,<3.13"))
    found = suggest(Pins((pinned,), are_most=False), CANDIDATES)
    assert found == Suggestion("3.12", "fast 1.0 doesn't support 3.13 or newer")


def test_reason_names_one_and_counts_the_rest() -> None:
    pinned = [
        Pinned(name, "1", (f"{name}-1-cp311-cp311-linux_x86_64.whl",)) for name in ("a", "b", "c")
    ]
    found = suggest(Pins((*pinned, fast()), are_most=False), CANDIDATES)
    assert found == Suggestion("3.11", "a 1 and 2 more have no wheel for 3.12 or newer")


@pytest.mark.parametrize(
    ("uploaded", "expected"),
    [
        (date(2026, 1, 1), None),
        (date(2025, 10, 7), None),
        (date(2025, 10, 6), Suggestion("3.13", "all that is pinned is older than 3.14")),
        (date(2022, 8, 1), Suggestion("3.10", "all that is pinned is older than 3.11")),
        (date(2019, 1, 1), Suggestion("3.10", "all that is pinned is older than 3.10")),
    ],
)
def test_age(uploaded: date, expected: Suggestion | None) -> None:
    older = Pinned("old", "1", (), uploaded=date(2018, 1, 1))
    newer = Pinned("fast", "1", (), uploaded=uploaded)
    assert suggest(Pins((older, newer), are_most=True), CANDIDATES) == expected


@pytest.mark.parametrize(
    "pins",
    [
        Pins((Pinned("a", "1", uploaded=date(2019, 1, 1)),), are_most=False),
        Pins((Pinned("a", "1", uploaded=date(2019, 1, 1)), Pinned("b", "1")), are_most=True),
        Pins((), are_most=True),
    ],
)
def test_age_that_is_not_known(pins: Pins) -> None:
    assert suggest(pins, CANDIDATES) is None


def test_the_older_of_wheels_and_age() -> None:
    pinned = Pinned("fast", "1.0", (wheel("cp310-cp310"),), uploaded=date(2023, 1, 1))
    found = suggest(Pins((pinned,), are_most=True), CANDIDATES)
    assert found is not None
    assert found.series == "3.10"


def test_no_candidates() -> None:
    assert suggest(Pins((fast(),), are_most=True), Candidates((), "amd64")) is None


def test_unfit() -> None:
    pins = Pins(
        (
            Pinned("a", "1", ("a-1-cp311-cp311-linux_x86_64.whl",)),
            Pinned("b", "2", (), requires_python=SpecifierSet("<3.13")),
            Pinned("c", "3", ("c-3-py3-none-any.whl",)),
        ),
        are_most=False,
    )
    found = find_unfit(pins, CANDIDATES, Version("3.14.6"))
    assert found == Unfit(("a 1", "b 2"), "3.11")
    assert find_unfit(pins, CANDIDATES, Version("3.12.3")) == Unfit(("a 1",), "3.11")
    assert find_unfit(pins, CANDIDATES, Version("3.11.11")) is None


def test_free_threaded_builds_need_wheels_of_their_own() -> None:
    names = ("3.13.1+freethreaded", "3.14.6+freethreaded")
    candidates = Candidates(tuple(map(Version, names)), "amd64")
    both = (wheel("cp313-cp313t"), wheel("cp314-cp314"), wheel("cp314-abi3"))
    pins = Pins((fast(*both), Pinned("c", "3", ("c-3-py3-none-any.whl",))), are_most=False)
    assert suggest(pins, candidates) == Suggestion(
        "3.13", "fast 1.0 has no wheel for 3.14 or newer"
    )
    assert find_unfit(pins, candidates, Version(names[1])) == Unfit(("fast 1.0",), "3.13t")
    assert find_unfit(pins, candidates, Version(names[0])) is None
    assert series(fast(wheel("cp313-cp313t"), wheel("cp311-cp311"))) == "3.11"


def test_unfit_where_no_python_fits_all() -> None:
    pins = Pins(
        tuple(
            Pinned(name, "1", (f"{name}-1-cp3{minor}-cp3{minor}-linux_x86_64.whl",))
            for name, minor in (("a", 10), ("b", 12))
        ),
        are_most=False,
    )
    assert find_unfit(pins, CANDIDATES, Version("3.14.6")) == Unfit(("a 1", "b 1"), None)
