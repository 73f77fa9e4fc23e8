from __future__ import annotations

import pytest

from tools.errors import ToolError
from tools.test_run import parse


def marks(options: tuple[str, ...]) -> str:
    return options[options.index("-m") + 1]


def test_parse_nothing_is_all_tiers_without_the_thorough_tests() -> None:
    request = parse([])
    assert request.tiers == ("lint", "unit", "contract", "smoke", "integration", "e2e")
    assert marks(request.pytest_options("unit")) == "not thorough"
    assert marks(request.pytest_options("smoke")) == "smoke and not thorough"
    assert marks(request.pytest_options("integration")) == "not smoke and not thorough"


def test_parse_quick_is_the_start_of_all_tiers() -> None:
    request = parse(["--quick"])
    assert request.tiers == parse([]).tiers[: len(request.tiers)]
    assert request.tiers[-1] == "smoke"


def test_parse_thorough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQUENCES", "3")
    request = parse(["--thorough", "integration", "--", "-k", "faults"])
    assert (request.tiers, request.pytest_arguments) == (("integration",), ("-k", "faults"))
    options = request.pytest_options("integration")
    assert marks(options) == "not smoke"
    assert "--hypothesis-profile=thorough" in options
    environment = request.environment()
    assert (environment["FAULTS"], environment["SEQUENCES"]) == ("all", "3")


def test_parse_unknown_tier() -> None:
    with pytest.raises(ToolError, match="nonsense is none of lint"):
        parse(["nonsense"])
