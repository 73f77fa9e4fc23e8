from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.group import ids_after, parse_group

DETECTED = """\
[[group]]
id = "example/first"
version = "1.0.0"
api = "0.10"

[[group]]
id = "example/python"
version = "0.1.0"

[[group]]
id = "paketo-buildpacks/procfile"
version = "5.6.1"
optional = true
"""


def test_parse_group() -> None:
    ids = ("example/first", "example/python", "paketo-buildpacks/procfile")
    assert parse_group(DETECTED) == ids


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "group is not an array of tables", id="empty"),
        pytest.param("group = 1", "group is not an array of tables", id="number"),
        pytest.param("group = [1]", "group[0].id is not a string", id="array of numbers"),
        pytest.param("[[group]]\nid = 1", "group[0].id is not a string", id="id is a number"),
        pytest.param(
            '[[group]]\nid = "a"\n[[group]]\nversion = "1"',
            "group[1].id is not a string",
            id="no id",
        ),
    ],
)
def test_parse_group_of_another_form(text: str, problem: str) -> None:
    with pytest.raises(InvalidDocumentError) as caught:
        parse_group(text, "/layers/group.toml")
    assert (caught.value.path_or_name, caught.value.problem) == ("/layers/group.toml", problem)


def test_parse_group_that_is_not_toml() -> None:
    with pytest.raises(InvalidDocumentError):
        parse_group("[[group]")


@given(st.text() | st.sampled_from(["group = []", '[[group]]\nid = "a"', "[[group]]"]))
@settings(deadline=None)
def test_parse_group_of_any_text(text: str) -> None:
    try:
        group = parse_group(text)
    except InvalidDocumentError:
        return
    assert ids_after(group, "a") in (None, ())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a_first", ("b/second", "c/third")),
        ("b_second", ("c/third",)),
        ("c_third", ()),
        ("d_absent", None),
        # Ids, not the names of their directories, are what the file holds.
        ("a/first", None),
    ],
)
def test_ids_after(name: str, expected: tuple[str, ...] | None) -> None:
    assert ids_after(("a/first", "b/second", "c/third"), name) == expected
