"""Text of others, fit for a log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from python_buildpack.system.text import joined, printable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("naïve ✓", "naïve ✓"),
        ("a\x1b[31mred\r\nb", r"a\x1b[31mred\r\nb"),
        ("\udc80", r"\udc80"),
        ("x" * 300, "x" * 200 + "…"),
    ],
)
def test_printable(text: str, expected: str) -> None:
    assert printable(text) == expected


@given(st.text())
def test_printable_is_one_printable_line(text: str) -> None:
    assert printable(text).isprintable()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ""),
        (("a", "b"), "a, b"),
        (("a", "\x1b", "c"), r"a, \x1b and 1 more"),
    ],
)
def test_joined(names: tuple[str, ...], expected: str) -> None:
    assert joined(names, 2) == expected
