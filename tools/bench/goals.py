"""What the builds have to keep to, and whether they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tools.bench.apps import DATA_SCIENCE_API, DJANGO_SITE, LARGE_12
from tools.bench.first_answer import IMAGE, PLAIN
from tools.bench.managers import COLD, NO_CHANGE
from tools.bench.plain import DRY_RUN, PIP_COLD, PIP_WARM, UNPACK_PYTHON
from tools.bench.results import AppResults, BuildSample
from tools.bench.startup import DETECT, FIRST_LINE
from tools.bench.statistics import (
    build_excess,
    build_ratio,
    builds_of,
    median_of,
    median_seconds,
    scenario_ratio,
)
from tools.bench.targets import LAYOUT, REGISTRY

# What package managers are measured with, and most goals are for.
GOAL_APP = DATA_SCIENCE_API.name
_MEGABYTE = 1e6
# uv's own takes tens of milliseconds, of which no build can be half.
_NO_CHANGE_RATIOS = ("Poetry", "Pipenv", "PDM")
_NO_CHANGE_EXCESSES = ("uv",)


@dataclass(frozen=True)
class Verdict:
    """One goal, and what was measured.

    Attributes:
        goal: what has to be small.
        measured: None if it was not measured.
        limit: the largest value that will do.
    """

    goal: str
    measured: float | None
    limit: float

    @property
    def word(self) -> str:
        """``yes``, ``no`` or ``not measured``."""
        if self.measured is None:
            return "not measured"
        return "yes" if self.measured <= self.limit else "no"


def judge_app(app: AppResults) -> tuple[Verdict, ...]:
    """Judge the builds of one app that went to a registry; () if there are no goals for it."""
    if app.app == DJANGO_SITE.name:
        ratio = scenario_ratio(app, REGISTRY, "source", "static")
        return (Verdict("A view changed: in all ÷ a static file changed", ratio, 0.25),)
    if app.app == LARGE_12.name:
        seconds = median_seconds(builds_of(app, REGISTRY, "added"), "total")
        sent = _median(app, "added", _registry_megabytes)
        return (
            Verdict("One requirement added: in all, s", seconds, 6),
            Verdict("One requirement added: MB from and to the registry", sent, 10),
        )
    if app.app != GOAL_APP:
        return ()
    return (*_byte_verdicts(app), *_time_verdicts(app), *_other_verdicts(app))


def judge_start_up(start_up: Mapping[str, Sequence[float]]) -> tuple[Verdict, ...]:
    """Judge how long it takes until the buildpack does its work."""
    goals = ((DETECT, 0.15), (FIRST_LINE, 0.25))
    pairs = zip(start_up.get(IMAGE, ()), start_up.get(PLAIN, ()), strict=True)
    ratios = [image / plain for image, plain in pairs]
    return (
        *(
            Verdict(f"{name}, s", median(start_up[name]) if name in start_up else None, limit)
            for name, limit in goals
        ),
        Verdict(f"{IMAGE} ÷ without bytecode", median(ratios) if ratios else None, 0.8),
    )


def judge_manager(app: AppResults) -> tuple[Verdict, ...]:
    """Judge the builds of what one package manager has locked by what it takes itself."""
    cold = build_ratio(app, LAYOUT, "cold", "build", (COLD,))
    verdicts = [Verdict(f"{app.app}, cold: build ÷ its own", cold, 1.3)]
    unchanged = (app, LAYOUT, "no-change", "build", (NO_CHANGE,))
    if app.app in _NO_CHANGE_RATIOS:
        goal = f"{app.app}, no change: build ÷ its own"
        verdicts.append(Verdict(goal, build_ratio(*unchanged), 0.5))
    if app.app in _NO_CHANGE_EXCESSES:
        goal = f"{app.app}, no change: build minus its own, s"
        verdicts.append(Verdict(goal, build_excess(*unchanged), 0.3))
    return tuple(verdicts)


def _byte_verdicts(app: AppResults) -> Iterator[Verdict]:
    goals = (
        ("no-change", "No change, locked", 5),
        ("no-change-unpinned", "No change, unpinned", 1),
        ("source", "Source changed", 5),
        ("added", "One requirement added", 20),
        ("changed", "One requirement changed", 20),
        ("removed", "One requirement removed", 20),
    )
    for scenario, title, limit in goals:
        goal = f"{title}: MB from and to the registry"
        yield Verdict(goal, _median(app, scenario, _registry_megabytes), limit)
    yield Verdict(
        "No change, unpinned: MB of distributions downloaded",
        _median(app, "no-change-unpinned", lambda build: build.wheel_bytes / _MEGABYTE),
        0,
    )


def _time_verdicts(app: AppResults) -> Iterator[Verdict]:
    goals = (
        ("No change, locked: in all ÷ pip warm", "no-change", "total", (PIP_WARM,), 0.05),
        ("Source changed: in all ÷ pip warm", "source", "total", (PIP_WARM,), 0.05),
        ("No change, unpinned: build ÷ dry run", "no-change-unpinned", "build", (DRY_RUN,), 1.3),
        ("Cold: build ÷ (pip cold + Python)", "cold", "build", (PIP_COLD, UNPACK_PYTHON), 0.65),
        ("One requirement added: build ÷ pip cold", "added", "build", (PIP_COLD,), 0.2),
        ("One requirement changed: build ÷ pip cold", "changed", "build", (PIP_COLD,), 0.2),
        ("One requirement removed: build ÷ pip cold", "removed", "build", (PIP_COLD,), 0.2),
        ("pip bumped: build ÷ pip cold", "pip", "build", (PIP_COLD,), 0.15),
    )
    for goal, scenario, phase, works, limit in goals:
        yield Verdict(goal, build_ratio(app, REGISTRY, scenario, phase, works), limit)
    for scenario in ("added", "changed", "removed"):
        goal = f"One requirement {scenario}: in all ÷ cold"
        yield Verdict(goal, scenario_ratio(app, REGISTRY, scenario, "cold"), 0.3)


def _other_verdicts(app: AppResults) -> Iterator[Verdict]:
    peaks = [build.own_peak_bytes for build in app.builds if build.own_peak_bytes]
    yield Verdict("Own process: MB of memory", max(peaks) / _MEGABYTE if peaks else None, 60)
    yield Verdict(
        "No change, locked: images that differ",
        _median(app, "no-change", lambda build: float(not build.is_same_image)),
        0,
    )
    yield Verdict(
        "No change, locked: lines of our log",
        _median(app, "no-change", lambda build: build.log_lines),
        14,
    )


def _median(
    app: AppResults, scenario: str, value: Callable[[BuildSample], float | None]
) -> float | None:
    return median_of(builds_of(app, REGISTRY, scenario), value)


def _registry_megabytes(build: BuildSample) -> float | None:
    if build.registry_received is None or build.registry_sent is None:
        return None
    return (build.registry_received + build.registry_sent) / _MEGABYTE
