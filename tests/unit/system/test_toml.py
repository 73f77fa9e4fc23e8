from __future__ import annotations

import pytest

from python_buildpack.system.toml import find_line, get_table


def test_get_table() -> None:
    document = {"tool": {"x": {"y": 1}}}
    assert get_table(document, "tool", "x") == {"y": 1}
    assert get_table(document, "tool", "x", "y") == {}
    assert get_table(document, "other", "x") == {}


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
