from __future__ import annotations

import filecmp
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tools.bench.apps import (
    APPS,
    DJANGO_SITE,
    App,
    Requirements,
    State,
    read_pinned_app,
    replace_pin,
)
from tools.bench.scenarios import SCENARIOS, Scenario
from tools.errors import ToolError

BENCHMARKS = Path(__file__).parents[4] / "benchmarks"
FILES_OF_THE_SITE = ("manage.py", "site_pages/views.py", "site_pages/static/site.css")
APP_PARAMETERS = pytest.mark.parametrize("app", [pytest.param(app, id=app.name) for app in APPS])


def pins(text: str) -> dict[str, str]:
    return dict(re.findall(r"(?m)^([\w.-]+)==([^\s\\]+)", text))


def test_replace_pin() -> None:
    assert replace_pin("a-b==1\nb==2\n", "b", "3") == "a-b==1\nb==3\n"


def test_replace_pin_that_is_not_there() -> None:
    with pytest.raises(ToolError, match="c is pinned 0 times"):
        replace_pin("a==1\nb==2\n", "c", "3")


@APP_PARAMETERS
def test_index_has_what_the_lock_pins(app: App) -> None:
    pinned = read_pinned_app(BENCHMARKS, app)
    lock = pins(pinned.requirements_text(Requirements.LOCKED))
    served = {(requirement.name, requirement.version) for requirement in pinned.wheels}
    served |= {(f"large-{number + 1:02}", "1.0") for number in range(app.generated)}
    assert set(lock.items()) <= served
    assert pinned.distributions == len(lock) > 0


@APP_PARAMETERS
def test_requirements_differ_by_one_at_a_time(app: App) -> None:
    pinned = read_pinned_app(BENCHMARKS, app)
    locked, added, changed, removed, large = (
        set(pins(pinned.requirements_text(requirements)).items())
        for requirements in (
            *(Requirements.LOCKED, Requirements.ADDED),
            *(Requirements.CHANGED, Requirements.REMOVED, Requirements.LARGE),
        )
    )
    assert added - locked == {(app.added, pinned.added.version)}
    assert locked - added == set()
    assert changed - added == {(app.changed, pinned.changed.version)}
    assert len(added - changed) == 1
    assert changed - removed == {(app.added, pinned.added.version)}
    assert removed - changed == set()
    assert {name for name, _ in large ^ removed} == ({app.large} if app.large else set())


@APP_PARAMETERS
def test_write_has_one_requirements_file(app: App, tmp_path: Path) -> None:
    destination = tmp_path / "app"
    read_pinned_app(BENCHMARKS, app).write(State(Requirements.LOCKED), destination)
    assert not (destination / "requirements.lock").exists()
    assert pins((destination / "requirements.txt").read_text("utf-8"))


@APP_PARAMETERS
def test_write_changes_the_source_alone(app: App, tmp_path: Path) -> None:
    pinned = read_pinned_app(BENCHMARKS, app)
    pinned.write(State(Requirements.UNPINNED), tmp_path / "one")
    pinned.write(State(Requirements.UNPINNED, source_revision=1), tmp_path / "two")
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*")]
    differing = [
        file.as_posix()
        for file in files
        if (tmp_path / "one" / file).read_bytes() != (tmp_path / "two" / file).read_bytes()
    ]
    assert differing == [app.source_file]


def test_write_changes_a_static_file_alone(tmp_path: Path) -> None:
    pinned = read_pinned_app(BENCHMARKS, DJANGO_SITE)
    for revision in (0, 1):
        state = State(Requirements.LOCKED, static_revision=revision)
        pinned.write(state, tmp_path / str(revision))
    compared = filecmp.cmpfiles(tmp_path / "0", tmp_path / "1", FILES_OF_THE_SITE)
    assert compared[1:] == ([DJANGO_SITE.static_file], [])


@APP_PARAMETERS
def test_scenarios_of_an_app_change_it(app: App) -> None:
    names = {scenario.name for scenario in SCENARIOS if scenario.is_of(app)}
    assert ("static" in names) == (app.static_file is not None)
    assert ("large" in names) == (app.large is not None)
    assert {"cold", "no-change", "added"} <= names


@pytest.mark.parametrize(
    ("earlier", "later"),
    [pytest.param(earlier, later, id=later.name) for earlier, later in pairwise(SCENARIOS[:-1])],
)
def test_scenarios_follow_each_other(earlier: Scenario, later: Scenario) -> None:
    """No build is made only to get to where a scenario begins."""
    assert later.before == earlier.after
