from __future__ import annotations

import pytest

from tests.unit.tools.bench.samples import MEGABYTE, build_sample
from tools.bench.apps import DJANGO_SITE, LARGE_12
from tools.bench.first_answer import IMAGE, PLAIN
from tools.bench.goals import GOAL_APP, Verdict, judge_app, judge_manager, judge_start_up
from tools.bench.managers import COLD, MANAGERS, NO_CHANGE
from tools.bench.plain import PIP_WARM
from tools.bench.results import AppResults, BuildSample, PlainSample
from tools.bench.startup import DETECT, FIRST_LINE


def verdict(goal: str, *builds: BuildSample) -> Verdict:
    app = AppResults(GOAL_APP, 1, builds, (PlainSample(PIP_WARM, 1, 40.0),))
    (found,) = [each for each in judge_app(app) if each.goal == goal]
    return found


@pytest.mark.parametrize(
    ("measured", "word"), [(1.0, "yes"), (1.1, "no"), (0.0, "yes"), (None, "not measured")]
)
def test_word(measured: float | None, word: str) -> None:
    assert Verdict("goal", measured, 1.0).word == word


def test_bytes_both_ways_are_added() -> None:
    build = build_sample("no-change", received=2 * MEGABYTE, sent=4 * MEGABYTE)
    assert verdict("No change, locked: MB from and to the registry", build).measured == 6.0


def test_only_builds_to_the_registry_are_judged() -> None:
    build = build_sample("no-change", target="layout")
    found = verdict("No change, locked: in all ÷ pip warm", build)
    assert found.word == "not measured"


def test_time_is_judged_by_plain_pip_of_the_same_run() -> None:
    found = verdict("Source changed: in all ÷ pip warm", build_sample("source", total=2.0))
    assert (found.measured, found.word) == (0.05, "yes")


@pytest.mark.parametrize(("is_same", "word"), [(True, "yes"), (False, "no")])
def test_image_must_be_the_same(is_same: bool, word: str) -> None:
    build = build_sample("no-change", is_same_image=is_same)
    assert verdict("No change, locked: images that differ", build).word == word


def test_memory_is_the_worst_of_all_builds() -> None:
    builds = [build_sample(own_peak_bytes=size * MEGABYTE) for size in (20, 61, 30)]
    assert verdict("Own process: MB of memory", *builds).word == "no"


def test_a_view_is_judged_by_a_static_file() -> None:
    builds = (build_sample("source", total=1.0), build_sample("static", total=8.0))
    (found,) = judge_app(AppResults(DJANGO_SITE.name, 1, builds))
    assert (found.measured, found.word) == (0.125, "yes")


def test_a_light_one_beside_large_ones_is_judged_by_itself() -> None:
    build = build_sample("added", total=6.5, received=MEGABYTE, sent=8 * MEGABYTE)
    seconds, sent = judge_app(AppResults(LARGE_12.name, 13, (build,)))
    assert [(each.measured, each.word) for each in (seconds, sent)] == [(6.5, "no"), (9.0, "yes")]


def test_start_up_is_judged_by_the_median() -> None:
    verdicts = judge_start_up({DETECT: (0.1, 0.1, 0.9), FIRST_LINE: (0.3,)})
    assert [each.word for each in verdicts] == ["yes", "no", "not measured"]


@pytest.mark.parametrize(("plain", "word"), [(1.0, "yes"), (0.8, "no")])
def test_the_first_answer_is_judged_by_the_plain_one(plain: float, word: str) -> None:
    verdicts = judge_start_up({IMAGE: (0.5, 0.7, 0.7), PLAIN: (plain, plain, 0.1)})
    assert verdicts[-1].word == word


def test_start_up_not_measured() -> None:
    assert {each.word for each in judge_start_up({})} == {"not measured"}


def manager_results(name: str, *, cold: float = 10.0, no_change: float = 1.0) -> AppResults:
    builds = (
        build_sample("cold", target="layout", build=cold),
        build_sample("no-change", target="layout", build=no_change),
    )
    return AppResults(name, 1, builds, (PlainSample(COLD, 1, 10.0), PlainSample(NO_CHANGE, 1, 1.0)))


@pytest.mark.parametrize("name", [manager.name for manager in MANAGERS])
@pytest.mark.parametrize(("cold", "word"), [(13.0, "yes"), (14.0, "no")])
def test_manager_is_judged_by_its_own_cold_install(name: str, cold: float, word: str) -> None:
    assert judge_manager(manager_results(name, cold=cold))[0].word == word


@pytest.mark.parametrize(
    ("name", "no_change", "measured", "word"),
    [
        ("uv", 1.25, 0.25, "yes"),
        ("uv", 1.5, 0.5, "no"),
        ("Poetry", 0.5, 0.5, "yes"),
        ("Pipenv", 0.25, 0.25, "yes"),
        ("PDM", 0.75, 0.75, "no"),
    ],
)
def test_manager_is_judged_by_its_own_no_change(
    name: str, no_change: float, measured: float, word: str
) -> None:
    found = judge_manager(manager_results(name, no_change=no_change))[-1]
    assert (found.measured, found.word) == (measured, word)


def test_pip_without_change_is_not_judged() -> None:
    assert len(judge_manager(manager_results("pylock.toml"))) == 1
