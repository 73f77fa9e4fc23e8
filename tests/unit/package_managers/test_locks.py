from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from python_buildpack.package_managers.locks import (
    InvalidLockError,
    LockReader,
    LockTable,
    MissingLockError,
    UnknownNamesError,
    check_names,
)
from python_buildpack.system.text_file import InvalidTomlError
from python_buildpack.system.toml import get_table

READER = LockReader("uv.lock", "uv lock")


def test_read_toml(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("version = 1\n[table]\nkey = 'value'\n")
    document = READER.read_toml(tmp_path)
    assert document.values == {"version": 1, "table": {"key": "value"}}
    assert document.table("table").string("key") == "value"


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
        (LockTable.strings, ["a", "b"]),
        (LockTable.string, "a"),
        (LockTable.text, "a"),
    ],
)
def test_value_of_the_right_type(read: Callable[[LockTable, str], object], value: object) -> None:
    assert read(LockTable(READER, {"key": value}), "key") == value


def test_tables_of_the_right_type() -> None:
    document = LockTable(READER, {"one": {"key": 1}, "many": [{"key": 1}, {}]})
    assert document.table("one").values == {"key": 1}
    assert [each.values for each in document.tables("many")] == [{"key": 1}, {}]
    assert [each.where for each in document.tables("many")] == ["many[0]", "many[1]"]


@pytest.mark.parametrize("table", [{}, {"key": None}])
def test_value_that_is_not_there(table: dict[str, object]) -> None:
    document = LockTable(READER, table)
    assert document.table("key").values == {}
    assert document.tables("key") == []
    assert document.strings("key") == []
    assert document.text("key") == ""


@pytest.mark.parametrize(
    ("read", "value", "problem"),
    [
        (LockTable.table, [], "key is not a table"),
        (LockTable.tables, {}, "key is not an array"),
        (LockTable.tables, [{}, "a"], "key[1] is not a table"),
        (LockTable.strings, "a", "key is not an array"),
        (LockTable.strings, ["a", 1], "key[1] is not a string"),
        (LockTable.string, None, "key is not a string"),
        (LockTable.text, 1, "key is not a string"),
    ],
)
def test_value_of_the_wrong_type(
    read: Callable[[LockTable, str], object], value: object, problem: str
) -> None:
    with pytest.raises(InvalidLockError) as caught:
        read(LockTable(READER, {"key": value}), "key")
    error = caught.value
    assert (error.lock, error.problem, error.command) == ("uv.lock", problem, "uv lock")


def test_value_of_the_wrong_type_in_a_table() -> None:
    document = LockTable(READER, {"package": [{}, {"source": {"url": 1}}]})
    with pytest.raises(InvalidLockError) as caught:
        document.tables("package")[1].table("source").text("url")
    assert caught.value.problem == "package[1].source.url is not a string"


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
