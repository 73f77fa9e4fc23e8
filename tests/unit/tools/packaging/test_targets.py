from __future__ import annotations

from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.packaging.targets import Target, parse_targets, with_one_target

ROOT = Path(__file__).resolve().parents[4]
AMD64 = Target("linux", "amd64")
ARM64 = Target("linux", "arm64")
HEAD = 'api = "0.10"\n\n[buildpack]\nid = "a/b"\n\n'
FIRST = '[[targets]]\nos = "linux"\narch = "amd64"\n\n[[targets.distros]]\nname = "debian"\n\n'
SECOND = '[[targets]]\nos = "linux"\narch = "arm64"\n\n[[targets.distros]]\nname = "ubuntu"\n\n'
TAIL = '[metadata]\nkey = "value"\n'


def test_parse_targets_of_the_checkout() -> None:
    contents = (ROOT / "buildpack.toml").read_text("utf-8")
    assert parse_targets(contents) == (AMD64, ARM64)


def test_parse_targets_without_an_arch() -> None:
    with pytest.raises(ToolError, match="has no arch"):
        parse_targets('[[targets]]\nos = "linux"\n')


@pytest.mark.parametrize(("target", "expected"), [(AMD64, FIRST), (ARM64, SECOND)])
def test_with_one_target(target: Target, expected: str) -> None:
    text = with_one_target(HEAD + FIRST + SECOND + TAIL, target)
    assert text == HEAD + expected + TAIL
