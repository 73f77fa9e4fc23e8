from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from python_buildpack.package_managers.locks import (
    InvalidLockError,
    LockReader,
    MissingLockError,
    UnknownNamesError,
    check_names,
)
from python_buildpack.system.text_file import InvalidTomlError
from python_buildpack.system.toml import get_table

READER = LockReader("uv.lock", "uv lock")


def test_read_toml(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("version = 1\n[table]\nkey = 'value'\n")
    assert READER.read_toml(tmp_path) == {"version": 1, "table": {"key": "value"}}


def test_read_toml_of_no_file(tmp_path: Path) -> None:
    with pytest.raises(MissingLockError) as caught:
        READER.read_toml(tmp_path)
    error = caught.value
    assert (error.file, error.lock, error.command) == ("pyproject.toml", "uv.lock", "uv lock")


def test_read_toml_that_is_cut_off(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("[[package]]\nname = 'fla")
    with pytest.raises(InvalidTomlError):
        READER.read_toml(tmp_path)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (READER.table, {"key": 1}),
        (READER.tables, [{"key": 1}, {}]),
        (READER.strings, ["a", "b"]),
        (READER.string, "a"),
        (READER.optional_string, "a"),
    ],
)
def test_value_of_the_right_type(read: Callable[[object, str], object], value: object) -> None:
    assert read(value, "key") == value


@pytest.mark.parametrize(
    ("read", "nothing"),
    [
        (READER.table, {}),
        (READER.tables, []),
        (READER.strings, []),
        (READER.optional_string, None),
    ],
)
def test_value_that_is_not_there(read: Callable[[object, str], object], nothing: object) -> None:
    assert read(None, "key") == nothing


@pytest.mark.parametrize(
    ("read", "value", "problem"),
    [
        (READER.table, [], "key is not a table"),
        (READER.tables, {}, "key is not an array"),
        (READER.tables, [{}, "a"], "key[1] is not a table"),
        (READER.strings, "a", "key is not an array"),
        (READER.strings, ["a", 1], "key[1] is not a string"),
        (READER.string, None, "key is not a string"),
        (READER.optional_string, 1, "key is not a string"),
    ],
)
def test_value_of_the_wrong_type(
    read: Callable[[object, str], object], value: object, problem: str
) -> None:
    with pytest.raises(InvalidLockError) as caught:
        read(value, "key")
    error = caught.value
    assert (error.lock, error.problem, error.command) == ("uv.lock", problem, "uv lock")


@pytest.mark.parametrize("wanted", [(), ("docs",), ("test-suite", "docs")])
def test_check_names_that_are_known(wanted: tuple[str, ...]) -> None:
    known = ["Docs", "Test_Suite"]
    check_names("BP_GROUPS", wanted, known, "pyproject.toml")
    assert known == ["Docs", "Test_Suite"]


def test_check_names_lists_what_is_known() -> None:
    with pytest.raises(UnknownNamesError) as caught:
        check_names("BP_EXTRAS", ("docs", "b", "a"), ["tests", "docs"], "pyproject.toml")
    error = caught.value
    assert (error.setting, error.file) == ("BP_EXTRAS", "pyproject.toml")
    assert error.unknown == ("b", "a")
    assert error.known == ("docs", "tests")


@pytest.mark.parametrize(
    ("pyproject", "names"),
    [
        ({"project": {"optional-dependencies": {"b": [], "a": []}}}, ["b", "a"]),
        ({"project": {"optional-dependencies": []}}, []),
        ({"project": {}}, []),
        ({"project": "x"}, []),
        ({}, []),
    ],
)
def test_table_at(pyproject: dict[str, object], names: list[str]) -> None:
    assert list(get_table(pyproject, "project", "optional-dependencies")) == names
