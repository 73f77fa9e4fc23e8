from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from python_buildpack.cnb.build_plan import PlanAlternative, write_build_plan


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text("# as the lifecycle made it\n")
    return path


def test_build_plan_has_the_first_alternative_at_the_top(path: Path) -> None:
    write_build_plan(path, [PlanAlternative(("python", "pip"), ("python",))])
    assert path.read_bytes() == (
        b"[[provides]]\n"
        b'name = "python"\n'
        b"\n"
        b"[[provides]]\n"
        b'name = "pip"\n'
        b"\n"
        b"[[requires]]\n"
        b'name = "python"\n'
    )


def test_build_plan_has_the_others_under_or(path: Path) -> None:
    alternatives = [
        PlanAlternative(("python", "pip"), ("python",)),
        PlanAlternative(("python",), ("python",)),
        PlanAlternative(("python",)),
        PlanAlternative(),
    ]
    write_build_plan(path, alternatives)
    assert tomli.loads(path.read_text()) == {
        "provides": [{"name": "python"}, {"name": "pip"}],
        "requires": [{"name": "python"}],
        "or": [
            {"provides": [{"name": "python"}], "requires": [{"name": "python"}]},
            {"provides": [{"name": "python"}]},
            {},
        ],
    }
    assert "[[or.provides]]\n" in path.read_text()
