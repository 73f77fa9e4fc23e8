from __future__ import annotations

from tools.bench.phase_seconds import TimedLine, buildpack_lines, phase_seconds

LOG = (
    TimedLine("Warning: Platform requested experimental feature", 10.5),
    TimedLine("===> ANALYZING", 11.0),
    TimedLine("===> DETECTING", 12.0),
    TimedLine("===> BUILDING", 14.0),
    TimedLine("Python Buildpack 1.2.3", 14.5),
    TimedLine("===> a line of an app's own", 15.0),
    TimedLine("===> EXPORTING", 18.0),
    TimedLine("Adding layer 'venv'", 19.0),
)


def test_phase_seconds() -> None:
    assert phase_seconds(LOG, started=10.0, ended=20.0) == {
        "analyze": 1.0,
        "detect": 2.0,
        "build": 4.0,
        "export": 2.0,
        "total": 10.0,
    }


def test_phase_seconds_without_a_phase() -> None:
    assert phase_seconds((), started=1.0, ended=3.0) == {"total": 2.0}


def test_buildpack_lines() -> None:
    assert buildpack_lines(LOG) == 2


def test_buildpack_lines_of_a_build_that_did_not_come_so_far() -> None:
    assert buildpack_lines(LOG[:4]) == 0
