from __future__ import annotations

import pytest

from tools.errors import ToolError
from tools.pinned_wheels import PinnedRequirement, parse_pinned_requirements


def test_parse_pinned_requirements() -> None:
    a, b = "a" * 64, "b" * 64
    contents = f"# comment\n\nSome_Name==1.0 \\\n    --hash=sha256:{a} \\\n    --hash=sha256:{b}\n"
    assert parse_pinned_requirements(contents) == (
        PinnedRequirement("some-name", "1.0", frozenset({a, b})),
    )


@pytest.mark.parametrize("line", ["tiny", "tiny==1.0", f"tiny>=1.0 --hash=sha256:{'a' * 64}"])
def test_parse_pinned_requirements_rejects(line: str) -> None:
    with pytest.raises(ToolError, match=f"Not pinned by version and sha256: {line}"):
        parse_pinned_requirements(line)
