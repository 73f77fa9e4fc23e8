"""The benchmark's results as Markdown that is read as it is, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from tools.bench.goals import Verdict, judge_app, judge_manager, judge_start_up
from tools.bench.managers import COLD, NO_CHANGE
from tools.bench.plain import PIP_COLD, PIP_WARM, PLAIN_WORK
from tools.bench.results import PHASES, AppResults, Results
from tools.bench.scenarios import SCENARIOS, Scenario
from tools.bench.statistics import (
    build_ratio,
    builds_of,
    median_of,
    median_seconds,
    plain_median,
    plain_ratio,
)
from tools.bench.targets import LAYOUT, TARGETS
from tools.errors import ToolError

RESULTS_HEADING = "## Latest results"
MANAGERS_HEADING = "## Latest results of the package managers"
_MEGABYTE = 1e6
_NONE = "-"
_MANAGERS_HEADER = (
    *("manager", "cold, its own", "cold, build", "cold, build ÷ its own"),
    *("no change, its own", "no change, build", "no change, build ÷ its own"),
)
_HEADER = (
    *("work", "target", *PHASES, "in all", "from reg.", "to reg.", "wheels", "layers"),
    *("own mem.", "all mem.", "in all ÷ pip warm", "build ÷ pip cold"),
)


def render_report(results: Results) -> str:
    """Return everything as Markdown: seconds, and MB of 1,000,000 bytes; medians of the runs."""
    blocks = [_introduction(results)]
    for app in results.apps:
        blocks += [
            f"### {app.app}: {app.distributions} distributions",
            render_table(_HEADER, [*_build_rows(app), *_plain_rows(app)]),
        ]
        if sizes := _size_rows(app):
            blocks.append(render_table(("layer", "MB", "MB compressed"), sizes))
        if verdicts := judge_app(app):
            blocks += ["#### Goals, with image and cache in a registry", _goals(verdicts)]
    if results.managers:
        blocks += _manager_blocks(results.managers)
    if results.start_up:
        rows = [
            (name, f"{median(seconds):.3f}", f"{min(seconds):.3f}")
            for name, seconds in results.start_up.items()
        ]
        blocks += ["### Start", render_table(("process", "seconds", "fastest"), rows)]
        blocks.append(_goals(judge_start_up(results.start_up)))
    return "\n\n".join(blocks) + "\n"


def with_latest_results(document: str, report: str, heading: str = RESULTS_HEADING) -> str:
    """Return ``document`` with ``report`` in the place of what follows ``heading``.

    What follows it goes on until the next heading of the same level.

    Raises:
        ToolError: it has no such heading.
    """
    before, line, after = document.partition(f"\n{heading}\n")
    if not line:
        raise ToolError(f"There is no line {heading!r} for the results to follow.")
    _, next_heading, rest = after.partition("\n## ")
    return f"{before}{line}\n{report}{next_heading}{rest}"


def render_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns are aligned in the text, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if position == 0 else cell.rjust(width)
            for position, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rules = [
        "-" * width if position == 0 else "-" * (width - 1) + ":"
        for position, width in enumerate(widths)
    ]
    return "\n".join([line(header), line(rules), *map(line, rows)])


def _introduction(results: Results) -> str:
    about = [f"{name}: {value}" for name, value in results.machine.items()]
    about += [f"{name} {version}" for name, version in results.versions.items()]
    runs = f"{results.runs} run{'s' if results.runs != 1 else ''}"
    first = f"Measured on {results.date[:10]}, medians of {runs}: {'; '.join(about)}."
    return "\n\n".join([first, *results.notes])


def _build_rows(app: AppResults) -> Iterator[tuple[str, ...]]:
    for target in TARGETS:
        for scenario in SCENARIOS:
            if builds_of(app, target, scenario.name):
                yield _build_row(app, target, scenario)


def _build_row(app: AppResults, target: str, scenario: Scenario) -> tuple[str, ...]:
    builds = builds_of(app, target, scenario.name)
    seconds = [_text(median_seconds(builds, phase), ".2f") for phase in (*PHASES, "total")]
    is_same = all(build.is_same_image for build in builds)
    layers = median_of(builds, lambda build: len(build.changed_layers))
    return (
        scenario.title,
        target,
        *seconds,
        _megabytes(median_of(builds, lambda build: build.registry_received)),
        _megabytes(median_of(builds, lambda build: build.registry_sent)),
        _megabytes(median_of(builds, lambda build: build.wheel_bytes)),
        "same image" if is_same else _text(layers, ".0f"),
        _megabytes(median_of(builds, lambda build: build.own_peak_bytes or None)),
        _megabytes(median_of(builds, lambda build: build.tree_peak_bytes or None)),
        _text(build_ratio(app, target, scenario.name, "total", [PIP_WARM]), ".3f"),
        _text(build_ratio(app, target, scenario.name, "build", [PIP_COLD]), ".3f"),
    )


def _plain_rows(app: AppResults) -> Iterator[tuple[str, ...]]:
    left_out = len(PHASES)
    for work in PLAIN_WORK:
        seconds = plain_median(app, work)
        if seconds is not None:
            ratios = [_text(plain_ratio(app, work, other), ".3f") for other in (PIP_WARM, PIP_COLD)]
            empty = (_NONE,) * left_out
            yield (f"*{work}*", _NONE, *empty, f"{seconds:.2f}", *(_NONE,) * 6, *ratios)


def _manager_blocks(managers: Sequence[AppResults]) -> list[str]:
    """Return one table of all managers' seconds, and one of the goals."""
    rows = [
        (
            app.app,
            *(
                cell
                for scenario, work in (("cold", COLD), ("no-change", NO_CHANGE))
                for cell in (
                    _text(plain_median(app, work), ".2f"),
                    _text(median_seconds(builds_of(app, LAYOUT, scenario), "build"), ".2f"),
                    _text(build_ratio(app, LAYOUT, scenario, "build", [work]), ".3f"),
                )
            ),
        )
        for app in managers
    ]
    return [
        f"### Package managers: {managers[0].distributions} distributions",
        render_table(_MANAGERS_HEADER, rows),
        "#### Goals, beside each package manager",
        _goals([verdict for app in managers for verdict in judge_manager(app)]),
    ]


def _size_rows(app: AppResults) -> list[tuple[str, ...]]:
    """Return the sizes of the layers of the first image that was built."""
    layers = app.builds[0].layers if app.builds else ()
    rows = [(each.name, each.uncompressed, each.compressed) for each in layers]
    rows.append(("in all", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    return [(name, _megabytes(size), _megabytes(packed)) for name, size, packed in rows]


def _goals(verdicts: Sequence[Verdict]) -> str:
    rows = [
        (verdict.goal, _text(verdict.measured, ".3f"), f"{verdict.limit:g}", verdict.word)
        for verdict in verdicts
    ]
    return render_table(("goal", "measured", "at most", "kept"), rows)


def _megabytes(size: float | None) -> str:
    return _NONE if size is None else f"{size / _MEGABYTE:.1f}"


def _text(value: float | None, form: str) -> str:
    return _NONE if value is None else format(value, form)
