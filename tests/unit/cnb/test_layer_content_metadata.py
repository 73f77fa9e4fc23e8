from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pytest

from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.layer_content_metadata import (
    LayerContentMetadata,
    LayerTypes,
    parse_layer_content_metadata,
)


def test_layer_content_metadata_to_toml_sorts_keys() -> None:
    written = LayerContentMetadata(LayerTypes(launch=True), {"b": "2", "a": "1"}).to_toml()
    assert written == (
        '[types]\nlaunch = true\nbuild = false\ncache = false\n\n[metadata]\na = "1"\nb = "2"\n'
    )


def test_layer_content_metadata_to_toml_writes_types_that_are_all_false() -> None:
    assert LayerContentMetadata(LayerTypes()).to_toml().startswith("[types]\nlaunch = false\n")


def test_layer_content_metadata_to_toml_rejects_missing_types() -> None:
    with pytest.raises(ValueError, match="with its types"):
        LayerContentMetadata(None, {"a": "1"}).to_toml()


@pytest.mark.parametrize(
    "types", [LayerTypes(), LayerTypes(build=True, cache=True), LayerTypes(True, True, True)]
)
def test_parse_layer_content_metadata_reads_what_was_written(types: LayerTypes) -> None:
    written = LayerContentMetadata(types, {"python": "3.13.1", "odd.key": "é"})
    assert parse_layer_content_metadata(written.to_toml()) == written


def test_parse_layer_content_metadata_of_a_restored_layer() -> None:
    restored = parse_layer_content_metadata('[metadata]\n  python = "3.13.1"\n')
    assert restored == LayerContentMetadata(None, {"python": "3.13.1"})


@pytest.mark.parametrize("text", ["", "[metadata]"])
def test_parse_layer_content_metadata_without_metadata(text: str) -> None:
    assert parse_layer_content_metadata(text) == LayerContentMetadata(None, {})


def test_parse_layer_content_metadata_takes_missing_types_for_false() -> None:
    restored = parse_layer_content_metadata("[types]\nbuild = true\nunknown = 1\n")
    assert restored.types == LayerTypes(build=True)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("launch = tru", "not valid TOML", id="no-toml"),
        pytest.param("metadata = 1", "metadata is not a table", id="metadata"),
        # What the lifecycle makes of an integer that a buildpack wrote.
        pytest.param("[metadata]\nb = 3.0\na = 1", "no strings: a, b", id="numbers"),
        pytest.param("types = []", "types is not a table", id="types"),
        pytest.param("[types]\nlaunch = 1", "types holds values", id="flag"),
    ],
)
def test_parse_layer_content_metadata_rejects_other_documents(text: str, problem: str) -> None:
    with pytest.raises(InvalidDocumentError, match=problem):
        parse_layer_content_metadata(text)


@pytest.mark.parametrize("value", [3, 3.0, True, None, ["a"]])
def test_layer_content_metadata_rejects_what_is_no_string(value: object) -> None:
    with pytest.raises(TypeError, match="strings only"):
        LayerContentMetadata(LayerTypes(), cast("Mapping[str, str]", {"key": value}))
