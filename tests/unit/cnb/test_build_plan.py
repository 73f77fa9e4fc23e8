from __future__ import annotations

from pathlib import Path

import tomli

from python_buildpack.cnb.build_plan import (
    BuildPlan,
    PlanAlternative,
    Provide,
    Require,
    write_build_plan,
)


def test_build_plan_to_toml_without_alternatives() -> None:
    assert BuildPlan().to_toml() == ""


def test_build_plan_to_toml_writes_the_first_alternative_at_the_top() -> None:
    plan = BuildPlan(
        (
            PlanAlternative(
                provides=(Provide("python"), Provide("pip")),
                requires=(Require("python", {"build": True, "version": "3.13"}),),
            ),
        )
    )
    assert plan.to_toml() == (
        "[[provides]]\n"
        'name = "python"\n'
        "\n"
        "[[provides]]\n"
        'name = "pip"\n'
        "\n"
        "[[requires]]\n"
        'name = "python"\n'
        "\n"
        "[requires.metadata]\n"
        "build = true\n"
        'version = "3.13"\n'
    )


def test_build_plan_to_toml_writes_the_others_under_or() -> None:
    plan = BuildPlan(
        (
            PlanAlternative((Provide("python"), Provide("pip")), (Require("python"),)),
            PlanAlternative((Provide("python"),), (Require("python", {"launch": True}),)),
            PlanAlternative((Provide("python"),)),
        )
    )
    assert tomli.loads(plan.to_toml()) == {
        "provides": [{"name": "python"}, {"name": "pip"}],
        "requires": [{"name": "python"}],
        "or": [
            {
                "provides": [{"name": "python"}],
                "requires": [{"name": "python", "metadata": {"launch": True}}],
            },
            {"provides": [{"name": "python"}]},
        ],
    }
    assert "[[or.provides]]\n" in plan.to_toml()


def test_build_plan_to_toml_with_an_empty_alternative() -> None:
    plan = BuildPlan((PlanAlternative((Provide("python"),)), PlanAlternative()))
    assert tomli.loads(plan.to_toml()) == {"provides": [{"name": "python"}], "or": [{}]}


def test_write_build_plan_replaces_the_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.touch(mode=0o600)
    plan = BuildPlan((PlanAlternative((Provide("python"),)),))
    write_build_plan(path, plan)
    assert path.read_bytes() == plan.to_toml().encode()
