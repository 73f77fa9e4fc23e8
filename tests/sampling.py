"""Tests of many cases: a sample runs each time, the others in ``scripts/test --thorough``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

T = TypeVar("T")


def sampled(cases: Iterable[T], *sample: str, name: Callable[[T], str] = str) -> list[ParameterSet]:
    """Return the parameters of a test.

    Args:
        cases: all of them.
        sample: the names of those that are not left to ``--thorough``.
        name: returns a case's name.
    """
    named = {name(case): case for case in cases}
    assert named.keys() >= set(sample), f"None of {', '.join(named)}: {sample}"
    return [
        pytest.param(case, id=key, marks=() if key in sample else pytest.mark.thorough)
        for key, case in named.items()
    ]
