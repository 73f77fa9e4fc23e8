from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import python_buildpack.messages.python_version  # noqa: F401 (registers the wording)
from python_buildpack.app.pyproject import (
    InvalidPyprojectError,
    Pyproject,
    find_line,
    parse_pyproject,
    read_pyproject,
)
from python_buildpack.messages.wording import message_for
from python_buildpack.system.text_file import InvalidTomlError
from tests.unit.outcome import outcome_of


def test_read(tmp_path: Path) -> None:
    assert read_pyproject(tmp_path) is None
    (tmp_path / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.12"\n')
    project = read_pyproject(tmp_path)
    assert project == Pyproject(has_project=True, requires_python=">=3.12", requires_python_line=2)


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("", ()),
        ("tool = 1\n", ()),
        ('[tool.x]\nrequires-python = ">=3.12"\n[tool.y]\n', ("x", "y")),
    ],
)
def test_parse_without_project(text: str, tools: tuple[str, ...]) -> None:
    assert parse_pyproject(text) == Pyproject(tools=tools)


def test_parse_a_package() -> None:
    project = parse_pyproject("[project]\n[build-system]\n[tool.x]\n")
    assert project == Pyproject(has_project=True, is_package=True, tools=("x",))


@pytest.mark.parametrize(
    ("lines", "has_dependencies", "line"),
    [
        pytest.param("", False, None, id="none"),
        pytest.param("dependencies = []", False, 2, id="empty"),
        pytest.param('dependencies = ["flask"]', True, 2, id="one"),
        pytest.param('name = "x"\ndynamic = ["dependencies"]', True, 3, id="dynamic"),
        pytest.param('dynamic = ["version"]', False, None, id="other dynamic"),
    ],
)
def test_parse_dependencies(lines: str, has_dependencies: bool, line: int | None) -> None:
    project = parse_pyproject(f"[project]\n{lines}\n")
    assert (project.has_dependencies, project.dependencies_line) == (has_dependencies, line)


@pytest.mark.parametrize(
    ("text", "key", "line", "expected", "found"),
    [
        ("project = 3", "project", 1, "a table", "an integer"),
        ("[[project]]", "project", 1, "a table", "an array"),
        (
            "[project]\n\nrequires-python = 3.12",
            "project.requires-python",
            3,
            "a string",
            "a float",
        ),
        (
            "[project]\nrequires-python = true",
            "project.requires-python",
            2,
            "a string",
            "a boolean",
        ),
        ("[project]\ndependencies = 'x'", "project.dependencies", 2, "an array", "a string"),
        ("[project.dynamic]", "project.dynamic", 1, "an array", "a table"),
        ("[project]\ndynamic = 2026-10-31", "project.dynamic", 2, "an array", "a date or time"),
    ],
)
def test_parse_wrong_type(text: str, key: str, line: int, expected: str, found: str) -> None:
    with pytest.raises(InvalidPyprojectError) as caught:
        parse_pyproject(text)
    error = caught.value
    assert (error.key, error.line) == (key, line)
    assert (error.expected, error.found) == (expected, found)
    assert message_for(error).body.startswith(
        f"pyproject.toml:{line}: {key} must be {expected}, but it is {found}."
    )


def test_parse_syntax_error_has_line_and_column() -> None:
    with pytest.raises(InvalidTomlError) as caught:
        parse_pyproject("[project]\nname = x\n")
    assert (caught.value.path, caught.value.line, caught.value.column) == ("pyproject.toml", 2, 8)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param('[tool]\nkey = 1\n[project]\n  key = ""', 4, id="in its table"),
        pytest.param('[ "project" ]\n"key" = 1', 2, id="quoted"),
        pytest.param('\nproject.key = ""', 2, id="dotted"),
        pytest.param('\nproject = { other = 1, key = "" }', 2, id="inline"),
        pytest.param('[project]\nother-key = 1\nmonkey = "key = 1"\r\nkey = 2', 4, id="similar"),
        pytest.param("[project.key]", 1, id="table"),
        pytest.param("[tool.key]\nkey = 1\n[project]\nkey = 1", 4, id="of another table"),
        pytest.param("[project]\n", None, id="absent"),
    ],
)
def test_find_line(text: str, line: int | None) -> None:
    assert find_line(text, "project", "key") == line


TOML_VALUES = st.sampled_from(["3", "3.12", "true", "[]", "['a']", "{}", "2026-10-31", "'>=3.12'"])


@given(
    st.text()
    | st.text().map(lambda text: f"[project]\n{text}")
    | st.builds(
        "[project]\nrequires-python = {}\ndependencies = {}\ndynamic = {}\n".format,
        TOML_VALUES,
        TOML_VALUES,
        TOML_VALUES,
    )
)
def test_parse_any_text(text: str) -> None:
    outcome = outcome_of(lambda: parse_pyproject(text))
    assert isinstance(outcome, Pyproject) or "pyproject.toml" in outcome.heading
