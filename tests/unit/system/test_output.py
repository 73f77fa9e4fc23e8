from __future__ import annotations

import io

import pytest

from python_buildpack.system.output import Output


class Clock:
    """Goes on only when it is told to; seconds."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def output(stream: io.StringIO, clock: Clock) -> Output:
    return Output(stream, clock)


def test_output_of_a_whole_build(output: Output, stream: io.StringIO, clock: Clock) -> None:
    output.title("Python Buildpack 1.2.3")
    output.section("Dependencies")
    with output.timed("Installing"):
        output.command_line("Collecting flask")
        output.command_line("")
        clock.now += 1.26
    output.warning("Python version", "Python 3.10 is old.\n\nUse another.\n", "https://old")
    output.error("No space", "first\n  second", "https://space")
    assert stream.getvalue() == (
        "Python Buildpack 1.2.3\n"
        "\n"
        "Dependencies\n"
        "  Installing\n"
        "    Collecting flask\n"
        "\n"
        "  Done in 1.3 s\n"
        "\n"
        "Warning: Python version\n"
        "  Python 3.10 is old.\n"
        "\n"
        "  Use another.\n"
        "\n"
        "  More: https://old\n"
        "\n"
        "Error: No space\n"
        "  first\n"
        "    second\n"
        "\n"
        "  More: https://space\n"
    )
    assert output.warnings == [
        ("Python version", "Python 3.10 is old.\n\nUse another.\n", "https://old")
    ]


def test_timed_that_fails_tells_no_duration(output: Output, stream: io.StringIO) -> None:
    with pytest.raises(KeyError), output.timed("Installing"):
        raise KeyError
    assert stream.getvalue() == "  Installing\n"


def test_every_line_is_flushed() -> None:
    raw = io.BytesIO()
    output = Output(io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8"))
    output.line("a")
    assert raw.getvalue() == b"  a\n"


def test_progress_at_most_every_three_seconds(
    output: Output, stream: io.StringIO, clock: Clock
) -> None:
    report = output.progress()
    for second in range(1, 9):
        clock.now += 1
        report(second * 1_000_000, 9_500_000)
    assert stream.getvalue() == "  3.0 of 9.5 MB so far\n  6.0 of 9.5 MB so far\n"


def test_progress_of_unknown_size(output: Output, stream: io.StringIO, clock: Clock) -> None:
    report = output.progress()
    clock.now += 3
    report(1_250_000, None)
    assert stream.getvalue() == "  1.2 MB so far\n"


def test_progress_that_is_over(output: Output, stream: io.StringIO, clock: Clock) -> None:
    report = output.progress()
    clock.now += 60
    report(5_000_000, 5_000_000)
    assert stream.getvalue() == ""
