from __future__ import annotations

import pytest

from tests.unit.tools.bench.samples import build_sample
from tools.bench.plain import PIP_COLD, PIP_WARM, UNPACK_PYTHON
from tools.bench.results import AppResults, PlainSample
from tools.bench.statistics import (
    build_excess,
    build_ratio,
    builds_of,
    median_of,
    median_seconds,
    plain_median,
    plain_ratio,
    plain_seconds,
)

# The machine became three times as slow between the runs; both sides alike.
PAIRED = AppResults(
    "app",
    1,
    builds=(build_sample(run=1, build=2.0), build_sample(run=2, build=6.0)),
    plain=(
        PlainSample(PIP_COLD, 1, 9.0),
        PlainSample(UNPACK_PYTHON, 1, 1.0),
        PlainSample(PIP_COLD, 2, 27.0),
        PlainSample(UNPACK_PYTHON, 2, 3.0),
    ),
)


def test_builds_of_one_scenario_and_target() -> None:
    wanted = build_sample("added", target="layout")
    others = (build_sample("added"), build_sample("cold", target="layout"))
    assert builds_of(AppResults("app", 1, (*others, wanted)), "layout", "added") == (wanted,)


def test_median_of_leaves_out_what_was_not_measured() -> None:
    builds = [build_sample(received=size) for size in (1, None, 5, 3)]
    assert median_of(builds, lambda build: build.registry_received) == 3


def test_median_of_nothing_measured() -> None:
    assert median_of([build_sample(received=None)], lambda build: build.registry_received) is None


def test_median_seconds_of_a_phase_that_did_not_run() -> None:
    assert median_seconds(PAIRED.builds, "restore") is None


def test_median_seconds() -> None:
    assert median_seconds(PAIRED.builds, "build") == 4.0


def test_plain_median() -> None:
    assert plain_median(PAIRED, PIP_COLD) == 18.0
    assert plain_median(PAIRED, PIP_WARM) is None


@pytest.mark.parametrize(
    ("works", "expected"),
    [((PIP_COLD,), 9.0), ((PIP_COLD, UNPACK_PYTHON), 10.0), ((PIP_COLD, PIP_WARM), None)],
)
def test_plain_seconds_of_a_run(works: tuple[str, ...], expected: float | None) -> None:
    assert plain_seconds(PAIRED, works, 1) == expected


def test_build_ratio_compares_within_a_run() -> None:
    ratio = build_ratio(PAIRED, "registry", "cold", "build", (PIP_COLD, UNPACK_PYTHON))
    assert ratio == pytest.approx(0.2)


def test_build_ratio_to_what_was_not_measured() -> None:
    assert build_ratio(PAIRED, "registry", "cold", "build", (PIP_WARM,)) is None


def test_plain_ratio_compares_within_a_run() -> None:
    assert plain_ratio(PAIRED, UNPACK_PYTHON, PIP_COLD) == pytest.approx(1 / 9)
    assert plain_ratio(PAIRED, UNPACK_PYTHON, PIP_WARM) is None


def test_build_excess_is_of_the_same_run() -> None:
    # 2 - 1 in the first run, 6 - 3 in the second.
    assert build_excess(PAIRED, "registry", "cold", "build", [UNPACK_PYTHON]) == 2.0


def test_build_excess_without_anything_beside() -> None:
    assert build_excess(PAIRED, "registry", "cold", "build", [PIP_WARM]) is None
