from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import python_buildpack.messages.python_version  # noqa: F401 (registers the wording)
from python_buildpack.app.files import AppFiles
from python_buildpack.app.pyproject import (
    InvalidPyprojectError,
    Pyproject,
    read_pyproject,
)
from python_buildpack.messages.wording import message_for
from python_buildpack.system.text_file import InvalidTomlError
from tests.unit.outcome import outcome_of


def parse(directory: Path, text: str) -> Pyproject:
    (directory / "pyproject.toml").write_text(text, encoding="utf-8", newline="")
    return read_pyproject(AppFiles(directory))


def test_read_nothing(tmp_path: Path) -> None:
    assert read_pyproject(AppFiles(tmp_path)) == Pyproject({}, {})


def test_requires_python(tmp_path: Path) -> None:
    assert parse(tmp_path, '[project]\nrequires-python = ">=3.12"\n').requires_python == ">=3.12"


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("", []),
        ("tool = 1\n", []),
        ('[tool.x]\nrequires-python = ">=3.12"\n[tool.y]\n', ["x", "y"]),
    ],
)
def test_read_without_project(tmp_path: Path, text: str, tools: list[str]) -> None:
    pyproject = parse(tmp_path, text)
    assert list(pyproject.tools) == tools
    assert not pyproject.project
    assert pyproject.requires_python is None
    assert not pyproject.has_dependencies


@pytest.mark.parametrize(
    ("text", "is_package"),
    [("[project]\n[build-system]\n", True), ("[project]\n", False), ("[build-system]\n", False)],
)
def test_is_package(tmp_path: Path, text: str, is_package: bool) -> None:
    assert parse(tmp_path, text).is_package is is_package


@pytest.mark.parametrize(
    ("lines", "has_dependencies"),
    [
        pytest.param("", False, id="none"),
        pytest.param("dependencies = []", False, id="empty"),
        pytest.param('dependencies = ["flask"]', True, id="one"),
        pytest.param('name = "x"\ndynamic = ["dependencies"]', True, id="dynamic"),
        pytest.param('dynamic = ["version"]', False, id="other dynamic"),
    ],
)
def test_has_dependencies(tmp_path: Path, lines: str, has_dependencies: bool) -> None:
    assert parse(tmp_path, f"[project]\n{lines}\n").has_dependencies is has_dependencies


def test_groups_and_extras(tmp_path: Path) -> None:
    text = "[dependency-groups]\ndev = []\n[project.optional-dependencies]\nfast = []\n"
    pyproject = parse(tmp_path, text)
    assert (list(pyproject.groups), list(pyproject.extras)) == (["dev"], ["fast"])


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
def test_parse_wrong_type(
    tmp_path: Path, text: str, key: str, line: int, expected: str, found: str
) -> None:
    with pytest.raises(InvalidPyprojectError) as caught:
        parse(tmp_path, text)
    error = caught.value
    assert (error.key, error.line) == (key, line)
    assert (error.expected, error.found) == (expected, found)
    assert message_for(error).body.startswith(
        f"pyproject.toml:{line}: {key} must be {expected}, but it is {found}."
    )


def test_parse_syntax_error_has_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(InvalidTomlError) as caught:
        parse(tmp_path, "[project]\nname = x\n")
    assert (caught.value.path, caught.value.line, caught.value.column) == ("pyproject.toml", 2, 8)


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
def test_parse_any_text(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    outcome = outcome_of(lambda: parse(tmp_path_factory.getbasetemp(), text))
    assert isinstance(outcome, Pyproject) or "pyproject.toml" in outcome.heading
