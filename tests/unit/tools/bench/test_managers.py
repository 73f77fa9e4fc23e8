from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import tomli

from tools.bench.apps import Requirements, State
from tools.bench.managed_work import MANAGED_SCENARIOS
from tools.bench.managers import (
    COLD,
    MANAGERS,
    Declaration,
    ManagedApp,
    Manager,
    parse_pins,
)
from tools.errors import ToolError

ROOT = Path(__file__).parents[4]
DECLARATION = Declaration(
    {"click": "8.1", "typing-extensions": "4.2"}, "3.13", "http://index/simple/"
)
BY_NAME = {manager.name: manager for manager in MANAGERS}
LOCKED = State(Requirements.LOCKED)


def toml_of(manager: Manager) -> dict[str, object]:
    (content,) = manager.declare(DECLARATION).values()
    return tomli.loads(content)


def test_parse_pins() -> None:
    assert parse_pins("# Written.\na-b==1\nc.d==2.post1\n") == {"a-b": "1", "c.d": "2.post1"}


@pytest.mark.parametrize("line", ["a", "a>=1", "a==1 ; sys_platform == 'linux'"])
def test_parse_pins_of_something_else(line: str) -> None:
    with pytest.raises(ToolError, match=re.escape(f"Not pinned: {line}")):
        parse_pins(f"b==1\n{line}\n")


@pytest.mark.parametrize("name", ["uv", "Poetry", "PDM", "pylock.toml"])
def test_project_has_the_pins_and_one_python(name: str) -> None:
    assert toml_of(BY_NAME[name])["project"] == {
        "name": "app",
        "version": "1.0",
        "requires-python": "==3.13.*",
        "dependencies": ["click==8.1", "typing-extensions==4.2"],
    }


def test_pipfile_has_the_pins_and_one_python() -> None:
    document = toml_of(BY_NAME["Pipenv"])
    assert document["packages"] == {"click": "==8.1", "typing-extensions": "==4.2"}
    assert document["requires"] == {"python_version": "3.13"}


@pytest.mark.parametrize("manager", MANAGERS, ids=lambda manager: manager.name)
def test_every_manager_is_told_the_index_and_no_other(manager: Manager) -> None:
    (content,) = manager.declare(DECLARATION).values()
    assert re.findall(r"https?://\S+", content) == ['http://index/simple/"']


@pytest.mark.parametrize("manager", MANAGERS, ids=lambda manager: manager.name)
def test_commands_are_of_programs_that_are_pinned(manager: Manager) -> None:
    commands = [*manager.locks, manager.install, *([manager.compile] if manager.compile else [])]
    assert {command[0] for command in commands} <= {"uv", "poetry", "pipenv", "pdm", "python"}


def test_each_build_has_a_measured_install_beside_it() -> None:
    assert [scenario.name for scenario in MANAGED_SCENARIOS] == ["cold", "no-change"]
    assert [work for scenario in MANAGED_SCENARIOS for work in scenario.beside] == [COLD]


def test_written_app_has_what_is_built_only(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    for name in ("main.py", "pyproject.toml", "uv.lock", "pylock.toml", "requirements.txt"):
        (locked / name).write_text(json.dumps(name))
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "old").touch()
    app = ManagedApp(BY_NAME["pylock.toml"], locked, 2)
    app.write(LOCKED, tmp_path / "app")
    assert {path.name for path in (tmp_path / "app").iterdir()} == {"main.py", "pylock.toml"}


def test_written_app_is_never_changed(tmp_path: Path) -> None:
    app = ManagedApp(BY_NAME["uv"], tmp_path, 2)
    with pytest.raises(ToolError, match="never changed"):
        app.write(State(Requirements.LOCKED, source_revision=1), tmp_path / "app")


@pytest.mark.parametrize("tool", ["pipenv", "pdm"])
def test_tool_is_pinned(tool: str) -> None:
    text = (ROOT / "benchmarks" / "tools" / f"{tool}.txt").read_text("utf-8")
    assert re.search(rf"(?m)^{tool}==", text)
