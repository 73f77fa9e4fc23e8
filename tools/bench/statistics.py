"""Medians over the runs, and ratios of what was measured side by side in the same run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from tools.bench.results import AppResults, BuildSample


def builds_of(app: AppResults, target: str, scenario: str) -> tuple[BuildSample, ...]:
    """Return the builds of one scenario, one a run."""
    return tuple(
        build for build in app.builds if (build.target, build.scenario) == (target, scenario)
    )


def median_of(
    builds: Sequence[BuildSample], value: Callable[[BuildSample], float | None]
) -> float | None:
    """Return the median of ``value`` over the builds that have one, None if none has."""
    values = [found for build in builds if (found := value(build)) is not None]
    return median(values) if values else None


def median_seconds(builds: Sequence[BuildSample], phase: str) -> float | None:
    """Return the median seconds of a phase, or of ``total``."""
    return median_of(builds, lambda build: build.seconds.get(phase))


def plain_median(app: AppResults, work: str) -> float | None:
    """Return the median seconds of what was measured beside the builds."""
    values = [sample.seconds for sample in app.plain if sample.work == work]
    return median(values) if values else None


def plain_seconds(app: AppResults, works: Sequence[str], run: int) -> float | None:
    """Return the seconds of all of ``works`` together in one run, None if one is missing."""
    parts = [
        median(samples)
        for work in works
        if (samples := [s.seconds for s in app.plain if (s.work, s.run) == (work, run)])
    ]
    return sum(parts) if len(parts) == len(works) else None


def build_ratio(
    app: AppResults, target: str, scenario: str, phase: str, works: Sequence[str]
) -> float | None:
    """Return the median of a phase's seconds divided by those of ``works`` in the same run."""

    def ratio(build: BuildSample) -> float | None:
        plain = plain_seconds(app, works, build.run)
        return build.seconds[phase] / plain if plain and phase in build.seconds else None

    return median_of(builds_of(app, target, scenario), ratio)


def scenario_ratio(app: AppResults, target: str, scenario: str, other: str) -> float | None:
    """Return the median of a scenario's seconds divided by another's in the same run."""
    others = {build.run: build.seconds["total"] for build in builds_of(app, target, other)}

    def ratio(build: BuildSample) -> float | None:
        return build.seconds["total"] / others[build.run] if build.run in others else None

    return median_of(builds_of(app, target, scenario), ratio)


def build_excess(
    app: AppResults, target: str, scenario: str, phase: str, works: Sequence[str]
) -> float | None:
    """Return the median of a phase's seconds minus those of ``works`` in the same run."""

    def excess(build: BuildSample) -> float | None:
        plain = plain_seconds(app, works, build.run)
        return None if plain is None else build.seconds[phase] - plain

    return median_of(builds_of(app, target, scenario), excess)


def plain_ratio(app: AppResults, work: str, other: str) -> float | None:
    """Return the median of one work's seconds divided by another's in the same run."""
    ratios = []
    for run in sorted({sample.run for sample in app.plain}):
        one, two = plain_seconds(app, [work], run), plain_seconds(app, [other], run)
        if one is not None and two:
            ratios.append(one / two)
    return median(ratios) if ratios else None
