from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.unit.tools.bench.samples import build_sample
from tools.bench.goals import GOAL_APP
from tools.bench.managers import COLD, NO_CHANGE
from tools.bench.plain import PIP_COLD, PIP_WARM
from tools.bench.report import MANAGERS_HEADING, render_report, render_table, with_latest_results
from tools.bench.results import AppResults, PlainSample, Results
from tools.bench.startup import DETECT
from tools.errors import ToolError


def results(*apps: AppResults) -> Results:
    return Results(
        date="2026-01-02T03:04:05+00:00",
        machine={"memory": "8 GB"},
        versions={"pip": "26.3"},
        notes=("Left out: the registry.",),
        runs=1,
        start_up={DETECT: (0.1, 0.2, 0.3)},
        apps=apps,
    )


def row(report: str, start: str) -> list[str]:
    (line,) = [line for line in report.splitlines() if line.startswith(f"| {start}")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_render_table_aligns_columns() -> None:
    assert render_table(("what", "n"), [("a", "1"), ("longer", "234")]) == (
        "| what   |   n |\n| ------ | --: |\n| a      |   1 |\n| longer | 234 |"
    )


def test_latest_results_take_the_place_of_earlier_ones() -> None:
    document = "# Benchmark\n\n## Latest results\n\nold\n"
    assert with_latest_results(document, "new\n") == "# Benchmark\n\n## Latest results\n\nnew\n"


def test_latest_results_end_before_the_next_heading() -> None:
    document = (
        f"# Benchmark\n\n{MANAGERS_HEADING}\n\nold\n\n### More\n\n## Latest results\n\nkept\n"
    )
    assert with_latest_results(document, "new\n", MANAGERS_HEADING) == (
        f"# Benchmark\n\n{MANAGERS_HEADING}\n\nnew\n\n## Latest results\n\nkept\n"
    )


def test_latest_results_without_a_place() -> None:
    with pytest.raises(ToolError, match="## Latest results"):
        with_latest_results("# Benchmark\n", "new\n")


def test_report_says_where_and_when() -> None:
    report = render_report(results())
    assert report.startswith("Measured on 2026-01-02, medians of 1 run: memory: 8 GB; pip 26.3.\n")
    assert "Left out: the registry." in report


def test_report_has_a_row_for_each_scenario_that_was_built() -> None:
    plain = (PlainSample(PIP_WARM, 1, 8.0), PlainSample(PIP_COLD, 1, 10.0))
    app = AppResults("small", 7, (build_sample("cold", build=2.0, total=4.0),), plain)
    report = render_report(results(app))
    assert "### small: 7 distributions" in report
    assert row(report, "Cold") == [
        *("Cold", "registry", "-", "0.10", "-", "2.00", "-", "4.00"),
        *("1.0", "2.0", "0.0", "2", "30.0", "30.0", "0.500", "0.200"),
    ]
    assert "No change" not in report


def test_report_of_a_layout_has_no_traffic() -> None:
    build = build_sample(target="layout", received=None, sent=None, is_same_image=True)
    cells = row(render_report(results(AppResults("small", 1, (build,)))), "Cold")
    assert cells[8:12] == ["-", "-", "0.0", "same image"]


def test_report_has_plain_work_beside() -> None:
    plain = (PlainSample(PIP_WARM, 1, 8.0), PlainSample(PIP_COLD, 1, 10.0))
    cells = row(render_report(results(AppResults("small", 1, (), plain))), f"*{PIP_COLD}*")
    assert (cells[7], cells[-2:]) == ("10.00", ["1.250", "1.000"])


def test_report_adds_up_the_layers() -> None:
    report = render_report(results(AppResults("small", 1, (build_sample(),))))
    assert row(report, "venv") == ["venv", "3.0", "1.0"]
    assert row(report, "in all") == ["in all", "3.0", "1.0"]


def test_report_judges_apps_with_goals() -> None:
    apps = (AppResults("small", 1), AppResults(GOAL_APP, 1, (build_sample("no-change"),)))
    report = render_report(results(*apps))
    assert report.count("#### Goals") == 1
    assert row(report, "No change, locked: MB from")[1:] == ["3.000", "5", "yes"]


def test_report_has_the_median_start() -> None:
    assert row(render_report(results()), f"{DETECT} ")[1:] == ["0.200", "0.100"]


def test_json_has_every_sample() -> None:
    app = AppResults("small", 1).with_build(build_sample().with_index_bytes(5, 6))
    document = json.loads(results(app.with_plain((PlainSample(PIP_COLD, 2, 1.5),))).to_json())
    (found,) = document["apps"]
    assert document["format"] == "1"
    assert (found["builds"][0]["wheel_bytes"], found["builds"][0]["index_bytes"]) == (5, 6)
    assert found["plain"] == [{"work": PIP_COLD, "run": 2, "seconds": 1.5}]


def test_report_has_a_row_and_goals_for_each_manager() -> None:
    builds = (
        build_sample("cold", target="layout", build=12.0),
        build_sample("no-change", target="layout", build=0.2),
    )
    plain = (PlainSample(COLD, 1, 24.0), PlainSample(NO_CHANGE, 1, 0.8))
    managers = (AppResults("Poetry", 35, builds, plain), AppResults("PDM", 35))
    report = render_report(replace(results(), managers=managers))
    assert "### Package managers: 35 distributions" in report
    assert row(report, "Poetry  ") == [
        "Poetry",
        *("24.00", "12.00", "0.500", "0.80", "0.20", "0.250"),
    ]
    assert row(report, "PDM  ") == ["PDM", *("-",) * 6]
    assert row(report, "Poetry, no change")[1:] == ["0.250", "0.5", "yes"]
    assert row(report, "PDM, cold")[1:] == ["-", "1.3", "not measured"]
