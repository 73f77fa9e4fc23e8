"""The Pythons of this machine, for tests of what must not depend on which it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

_SERIES = ("3.10", "3.11", "3.12", "3.13")


def _parameter(series: str) -> object:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    pythons = sorted(root.glob(f"versions/{series}.*/bin/python{series}"))
    if pythons:
        marks = () if series == _SERIES[-1] else pytest.mark.thorough
        return pytest.param(pythons[-1], id=series, marks=marks)
    reason = f"pyenv has no Python {series} below {root}"
    return pytest.param(None, id=series, marks=pytest.mark.skip(reason=reason))


PYTHONS = (pytest.param(Path(sys.executable), id="this"), *map(_parameter, _SERIES))
"""Parameters for tests: this Python, and pyenv's newest of each X.Y where there is one.

All but the newest X.Y are tried with ``scripts/test --thorough``.
"""
