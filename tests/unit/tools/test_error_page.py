from __future__ import annotations

import re
from pathlib import Path

from python_buildpack.messages.links import error_anchor
from tools.error_page import error_page, worded_errors

PAGE = Path(__file__).parents[3] / "docs" / "errors.md"


def test_page_is_what_the_messages_say() -> None:
    """Run scripts/docs after a change of a message, and commit docs/errors.md."""
    assert PAGE.read_text(encoding="utf-8") == error_page()


def test_every_error_has_its_own_anchor() -> None:
    anchors = re.findall(r'<a id="([^"]+)"></a>', PAGE.read_text(encoding="utf-8"))
    assert sorted(anchors) == sorted({error_anchor(error) for error in worded_errors()})
    assert len(anchors) == len(worded_errors())
