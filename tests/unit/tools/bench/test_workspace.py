from __future__ import annotations

import pytest

from tools.bench.workspace import is_own_build


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            "/bp/interpreter/bin/python3 -I -S /bp/bin/../src/python_buildpack/__main__.py build",
            True,
        ),
        ("/bp/interpreter/bin/python3 -I -S /bp/src/python_buildpack/__main__.py detect", False),
        (
            "/layers/python/bin/python3.13 /bp/src/python_buildpack/programs/compile_worker.py",
            False,
        ),
        ("/bin/sh /bp/bin/run build", False),
        ("", False),
    ],
)
def test_is_own_build(command: str, expected: bool) -> None:
    assert is_own_build(command.split()) is expected
