from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from tools.errors import ToolError
from tools.runtimes.newest import note_new_versions, pin_newest


def inventory(*versions: str) -> str:
    return "".join(f'[[artifacts]]\nversion = "{version}"\n' for version in versions)


def noted(tmp_path: Path, changelog: str, before: str, after: str) -> str:
    path = tmp_path / "CHANGELOG.md"
    path.write_text(changelog)
    note_new_versions(path, before, after)
    return path.read_text()


@pytest.mark.parametrize(
    ("changelog", "expected"),
    [
        (
            "## Unreleased\n\n### Added\n\n- It.\n",
            "## Unreleased\n\n### Added\n\n- Python 3.14.10 and 3.13.9.\n- It.\n",
        ),
        (
            "## Unreleased\n\n## 1.0.0 - 2027-01-01\n",
            "## Unreleased\n\n### Added\n\n- Python 3.14.10 and 3.13.9.\n\n## 1.0.0 - 2027-01-01\n",
        ),
    ],
    ids=["added to", "cut"],
)
def test_new_versions_are_noted(tmp_path: Path, changelog: str, expected: str) -> None:
    after = inventory("3.13.9", "3.13.9", "3.13.9+freethreaded", "3.14.10", "3.14.9")
    assert noted(tmp_path, changelog, inventory("3.14.9"), after) == expected


def test_nothing_new_is_not_noted(tmp_path: Path) -> None:
    old = inventory("3.14.9")
    assert noted(tmp_path, "## Unreleased\n", old, old) == "## Unreleased\n"


def test_the_newest_is_pinned_by_its_hash(tmp_path: Path, fp: FakeProcess) -> None:
    requirements = tmp_path / "inventory.txt"
    requirements.write_text("# What it is for.\npbs-installer==1 \\\n    --hash=sha256:00\n")
    hashes = {"archive_info": {"hashes": {"sha256": "ab"}}}
    found = {"metadata": {"version": "2"}, "download_info": hashes}
    fp.register([fp.any()], stdout=json.dumps({"install": [found]}))
    pin_newest(tmp_path, requirements)
    assert requirements.read_text() == (
        "# What it is for.\npbs-installer==2 \\\n    --hash=sha256:ab\n"
    )
    assert {"--dry-run", "pbs-installer"} <= {*fp.calls[0]}


def test_the_index_has_none(tmp_path: Path, fp: FakeProcess) -> None:
    fp.register([fp.any()], returncode=1, stderr="no route")
    with pytest.raises(ToolError, match="no route"):
        pin_newest(tmp_path, tmp_path / "inventory.txt")
