from __future__ import annotations

import re
from pathlib import Path

from python_buildpack.messages.links import error_anchor, page
from tools.error_page import error_page, shim_errors, worded_errors

PAGE = Path(__file__).parents[3] / "docs" / "errors.md"


def test_page_is_what_the_messages_say() -> None:
    """Run scripts/docs after a change of a message, and commit docs/errors.md."""
    assert PAGE.read_text(encoding="utf-8") == error_page()


def test_every_error_has_its_own_anchor() -> None:
    anchors = re.findall(r'<a id="([^"]+)"></a>', PAGE.read_text(encoding="utf-8"))
    shims = [anchor for anchor, _, _ in shim_errors()]
    assert sorted(anchors) == sorted([*map(error_anchor, worded_errors()), *shims])
    assert len(anchors) == len(set(anchors))


def test_shim_links_the_page() -> None:
    shim = (PAGE.parents[1] / "bin" / "run").read_text(encoding="utf-8")
    assert shim.count("fail ") == len(shim_errors()) == 2
    assert f"errors={page('docs/errors.md')}\n" in shim
