from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pytest

from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.store import parse_store, store_toml


def test_store_to_toml_sorts_keys() -> None:
    store = {"python_version": "3.13", "a": "1"}
    assert store_toml(store) == '[metadata]\na = "1"\npython_version = "3.13"\n'


@pytest.mark.parametrize("metadata", [{}, {"python_version": "3.13", "odd key": '"\n'}])
def test_parse_store_reads_what_was_written(metadata: dict[str, str]) -> None:
    assert parse_store(store_toml(metadata)) == metadata


def test_parse_store_drops_what_is_no_string() -> None:
    # 3.0 is what the lifecycle makes of an integer.
    text = "[metadata]\nkept = 'x'\nnumber = 3.0\nlist = ['x']\n[metadata.table]\nkey = 'x'\n"
    assert parse_store(text) == {"kept": "x"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("\0", "not valid TOML", id="no-toml"),
        pytest.param("", "metadata. is missing", id="empty"),
        pytest.param("metadata = 'x'", "is not a table", id="no-table"),
    ],
)
def test_parse_store_rejects_other_documents(text: str, problem: str) -> None:
    with pytest.raises(InvalidDocumentError, match=problem) as caught:
        parse_store(text)
    assert caught.value.path_or_name == "store.toml"


@pytest.mark.parametrize("metadata", [{"key": 3}, {3: "value"}, {"key": None}])
def test_store_rejects_what_is_no_string(metadata: object) -> None:
    with pytest.raises(TypeError, match="strings only"):
        store_toml(cast("Mapping[str, str]", metadata))
