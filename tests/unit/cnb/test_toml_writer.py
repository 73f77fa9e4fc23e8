from __future__ import annotations

from typing import cast

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from python_buildpack.cnb.toml_writer import TomlTable, write_toml

TABLES = st.recursive(
    st.dictionaries(
        st.text(max_size=5),
        st.text()
        | st.booleans()
        | st.integers(min_value=-(2**63), max_value=2**63 - 1)
        | st.lists(st.text(), max_size=3),
        max_size=4,
    ),
    lambda tables: st.dictionaries(
        st.text(max_size=5), tables | st.lists(tables, max_size=3) | st.text(), max_size=4
    ),
    max_leaves=10,
)


@given(TABLES)
@settings(deadline=None)
def test_write_toml_is_read_back_as_it_was(table: TomlTable) -> None:
    assert tomli.loads(write_toml(table)) == table


@given(TABLES)
@settings(deadline=None)
def test_write_toml_is_stable(table: TomlTable) -> None:
    assert write_toml(tomli.loads(write_toml(table))) == write_toml(table)


def test_write_toml_layout() -> None:
    table: TomlTable = {
        "tables": [{"name": "a", "inner": {"x": 1}}, {}],
        "dotted.key": {"": True},
        "list": ("a", "b"),
        "empty": [],
    }
    assert write_toml(table) == (
        'list = ["a", "b"]\n'
        "empty = []\n"
        "\n"
        "[[tables]]\n"
        'name = "a"\n'
        "\n"
        "[tables.inner]\n"
        "x = 1\n"
        "\n"
        "[[tables]]\n"
        "\n"
        '["dotted.key"]\n'
        '"" = true\n'
    )


def test_write_toml_of_nothing() -> None:
    assert write_toml({}) == ""


def test_write_toml_escapes() -> None:
    written = write_toml({"key": '\0\b\t\n\f\r\x1b"\\\x7fé😀'})
    assert written == r'key = "\u0000\b\t\n\f\r\u001B\"\\\u007Fé😀"' + "\n"


@pytest.mark.parametrize(
    "value", [1.0, None, b"x", ["a", 1], ["a", {}], [["a"]], {"a": {"b": 0.5}}]
)
def test_write_toml_rejects_other_types(value: object) -> None:
    with pytest.raises(TypeError):
        write_toml(cast("TomlTable", {"key": value}))


def test_write_toml_rejects_a_key_that_is_no_string() -> None:
    with pytest.raises(TypeError):
        write_toml(cast("TomlTable", {1: "x"}))


@pytest.mark.parametrize("value", ["\udc80", ["\ud800"], 2**63, -(2**63) - 1])
def test_write_toml_rejects_what_toml_can_not_hold(value: str | list[str] | int) -> None:
    with pytest.raises(ValueError, match=r"Unicode|64 bits"):
        write_toml({"key": value})
