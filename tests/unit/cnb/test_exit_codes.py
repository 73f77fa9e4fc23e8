from __future__ import annotations

from python_buildpack.cnb.exit_codes import ExitCode


def test_exit_code_is_what_the_lifecycle_expects() -> None:
    assert {code.name: int(code) for code in ExitCode} == {"PASS": 0, "ERROR": 1, "FAIL": 100}
