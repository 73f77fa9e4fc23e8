from __future__ import annotations

import re
from pathlib import Path
from types import UnionType
from typing import get_args

import pytest

from python_buildpack.messages.links import anchor, page
from python_buildpack.python_version.resolve import Notice
from python_buildpack.start_commands.command_checks import CommandNotice
from python_buildpack.start_commands.missing_imports import ImportNotice
from python_buildpack.start_commands.results import DetectionNotice
from tools.error_page import error_page, shim_errors, warning_page, worded_errors, worded_warnings

PAGE = Path(__file__).parents[3] / "docs" / "errors.md"
WARNINGS = PAGE.with_name("warnings.md")


def test_page_is_what_the_messages_say() -> None:
    """Run scripts/docs after a change of a message, and commit what it has changed."""
    assert PAGE.read_text(encoding="utf-8") == error_page()
    assert WARNINGS.read_text(encoding="utf-8") == warning_page()


@pytest.mark.parametrize(
    ("page", "subjects", "others"),
    [
        (PAGE, worded_errors(), [anchor for anchor, _, _ in shim_errors()]),
        (WARNINGS, worded_warnings(), []),
    ],
)
def test_every_one_has_its_own_anchor(page: Path, subjects: list[type], others: list[str]) -> None:
    anchors = re.findall(r'<a id="([^"]+)"></a>', page.read_text(encoding="utf-8"))
    assert sorted(anchors) == sorted([*map(anchor, subjects), *others])
    assert len(anchors) == len(set(anchors))


@pytest.mark.parametrize("kinds", [CommandNotice, DetectionNotice, ImportNotice, Notice])
def test_every_notice_is_worded(kinds: UnionType) -> None:
    assert {*get_args(kinds)} <= {*worded_warnings()}


def test_shim_links_the_page() -> None:
    shim = (PAGE.parents[1] / "bin" / "run").read_text(encoding="utf-8")
    assert shim.count("fail ") == len(shim_errors()) == 2
    assert f"errors={page('docs/errors.md')}\n" in shim
