from __future__ import annotations

import pytest

from python_buildpack.cnb.buildpack_plan import (
    BuildpackPlan,
    BuildpackPlanEntry,
    parse_buildpack_plan,
)
from python_buildpack.cnb.errors import InvalidDocumentError


def test_parse_buildpack_plan_keeps_every_requirement() -> None:
    plan = parse_buildpack_plan(
        """\
        [[entries]]
        name = "python"

        [[entries]]
        name = "python"
        [entries.metadata]
        version = "3.13"
        launch = true

        [[entries]]
        name = "pip"
        unknown = 1
        """
    )
    assert plan.entries == (
        BuildpackPlanEntry("python"),
        BuildpackPlanEntry("python", {"version": "3.13", "launch": True}),
        BuildpackPlanEntry("pip"),
    )
    assert plan.names() == frozenset({"python", "pip"})


@pytest.mark.parametrize("text", ["", "entries = []", "# nothing"])
def test_parse_buildpack_plan_without_entries(text: str) -> None:
    assert parse_buildpack_plan(text) == BuildpackPlan()
    assert parse_buildpack_plan(text).names() == frozenset()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("[[entries", "not valid TOML", id="no-toml"),
        pytest.param("entries = 1", "entries is not an array of tables", id="integer"),
        pytest.param("[entries]", "entries is not an array of tables", id="table"),
        pytest.param("entries = ['python']", r"entries\[0\] is not a table", id="strings"),
        pytest.param("[[entries]]", r"entries\[0\].name is not a string", id="no-name"),
        pytest.param(
            "[[entries]]\nname = 'a'\n[[entries]]\nname = 1",
            r"entries\[1\].name is not a string",
            id="name",
        ),
        pytest.param(
            "[[entries]]\nname = 'a'\nmetadata = 1",
            r"entries\[0\].metadata is not a table",
            id="metadata",
        ),
    ],
)
def test_parse_buildpack_plan_rejects_other_documents(text: str, problem: str) -> None:
    with pytest.raises(InvalidDocumentError, match=problem) as caught:
        parse_buildpack_plan(text, "/layers/plan.toml")
    assert caught.value.path_or_name == "/layers/plan.toml"
