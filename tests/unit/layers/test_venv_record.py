from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from python_buildpack.cnb.layer_content_metadata import (
    LayerContentMetadata,
    LayerTypes,
    parse_layer_content_metadata,
)
from python_buildpack.environment.resolution import Pinning
from python_buildpack.layers.judgement import LAYER_FORMAT
from python_buildpack.layers.venv_record import (
    VenvRecord,
    changed_inputs,
    changed_versions,
    parse_venv_record,
)

RECORD = VenvRecord(
    inputs={"Python": "3.13.0", "requirements/base.txt": "a" * 64, "PIP_INDEX_URL": "b" * 64},
    kind=Pinning.RESOLVED,
    resolution="c" * 64,
    versions={"requests": "2.32.5", "local": "1!2.0+cpu.1", "arbitrary": "1.0-dev"},
    needs_libpython=True,
)

# Of a record and of anything else, so that both whole and broken ones come up.
_KEYS = st.sampled_from(
    ["layer_format", "kind", "resolution", "distributions", "input ", "input Python"]
)
_VALUES = st.sampled_from([LAYER_FORMAT, "", "locked", "a==1 b==2", "a==", "==1", "a=1", "a"])


def test_venv_record_round_trip() -> None:
    assert parse_venv_record(RECORD.to_metadata()) == RECORD


@pytest.mark.parametrize("kind", Pinning)
def test_venv_record_round_trip_through_the_layer(kind: Pinning) -> None:
    record = VenvRecord({'a = "b"\n# é': "\\"}, kind, "unknown", {})
    toml = LayerContentMetadata(LayerTypes(launch=True), record.to_metadata()).to_toml()
    assert parse_venv_record(parse_layer_content_metadata(toml).metadata) == record


@given(
    st.dictionaries(st.text(), st.text()),
    st.sampled_from(Pinning),
    st.text(min_size=1),
    st.dictionaries(
        st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True),
        st.from_regex(r"[0-9][0-9a-z.!+-]*", fullmatch=True),
    ),
)
@settings(deadline=None)
def test_venv_record_round_trip_of_any(
    inputs: dict[str, str], kind: Pinning, resolution: str, versions: dict[str, str]
) -> None:
    record = VenvRecord(inputs, kind, resolution, versions)
    assert parse_venv_record(record.to_metadata()) == record


def test_venv_record_metadata_does_not_depend_on_order() -> None:
    other = VenvRecord(
        dict(reversed([*RECORD.inputs.items()])),
        RECORD.kind,
        RECORD.resolution,
        dict(reversed([*RECORD.versions.items()])),
        needs_libpython=True,
    )
    toml = [
        LayerContentMetadata(LayerTypes(launch=True), record.to_metadata()).to_toml()
        for record in (RECORD, other)
    ]
    assert toml[0] == toml[1]


@given(st.dictionaries(_KEYS | st.text(), _VALUES | st.text()))
@settings(deadline=None)
def test_parse_venv_record_of_any_metadata(metadata: Mapping[str, str]) -> None:
    record = parse_venv_record(metadata)
    assert record is None or parse_venv_record(record.to_metadata()) == record


@pytest.mark.parametrize("key", ["layer_format", "kind", "resolution", "distributions"])
@pytest.mark.parametrize("value", [None, "", "junk", "requests", "requests==", "==1", "requests=1"])
def test_parse_venv_record_of_another_form(key: str, value: str | None) -> None:
    metadata = RECORD.to_metadata()
    if value is None:
        del metadata[key]
    else:
        metadata[key] = value
    parsed = parse_venv_record(metadata)
    if key == "resolution" and value:
        assert parsed is not None
        assert parsed.resolution == value
    elif key == "distributions" and value == "":
        assert parsed is not None
        assert parsed.versions == {}
    else:
        assert parsed is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"Python": "3.12.1"}, {"Python": "3.13.0"}, "Python 3.12.1 → 3.13.0"),
        (
            {"architecture": "linux/amd64"},
            {"architecture": "linux/arm64"},
            "architecture linux/amd64 → linux/arm64",
        ),
        (
            {"distribution": "ubuntu 22.04"},
            {"distribution": "ubuntu 24.04"},
            "distribution ubuntu 22.04 → ubuntu 24.04",
        ),
        (
            {"requirements/base.txt": "a" * 64},
            {"requirements/base.txt": "b" * 64},
            "requirements/base.txt changed",
        ),
        ({"PIP_INDEX_URL": "a" * 64}, {"PIP_INDEX_URL": "b" * 64}, "PIP_INDEX_URL changed"),
        ({}, {"pins.txt (constraints)": "a" * 64}, "pins.txt (constraints) is new"),
        ({"requirements.txt": "a" * 64}, {}, "requirements.txt is gone"),
        ({"Python": "3.13.0"}, {}, "Python is gone"),
    ],
)
def test_changed_inputs(old: dict[str, str], new: dict[str, str], expected: str) -> None:
    assert list(changed_inputs(old, new)) == [expected]


def test_changed_inputs_of_several_by_name() -> None:
    assert list(changed_inputs({"b": "1", "c": "1", "d": "1"}, {"a": "1", "c": "1", "d": "2"})) == [
        "a is new",
        "b is gone",
        "d changed",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"requests": "2.32.4"}, {"requests": "2.32.5"}, "requests 2.32.4 → 2.32.5"),
        ({"x": "1"}, {}, "x 1 is gone"),
        ({}, {"x": "1"}, "x 1 is new"),
    ],
)
def test_changed_versions(old: dict[str, str], new: dict[str, str], expected: str) -> None:
    assert list(changed_versions(old, new)) == [expected]


def test_changed_versions_of_several_by_name() -> None:
    old, new = {"b": "1", "c": "1", "d": "1"}, {"a": "1", "c": "1", "d": "2"}
    assert list(changed_versions(old, new)) == ["a 1 is new", "b 1 is gone", "d 1 → 2"]
    assert list(changed_versions(old, old)) == []


@given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
@settings(deadline=None)
def test_changed_inputs_of_any(old: dict[str, str], new: dict[str, str]) -> None:
    assert bool(list(changed_inputs(old, new))) is (old != new)
    assert bool(list(changed_versions(old, new))) is (old != new)
