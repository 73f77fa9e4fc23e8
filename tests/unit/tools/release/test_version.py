from __future__ import annotations

import datetime
import re
import shutil
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.release.version import current_version, pattern, prepare, read_notes, versioned_files

ROOT = Path(__file__).resolve().parents[4]
DATE = datetime.date(2027, 1, 2)
CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n\n- Wheels.\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The real files that name the version, and a short changelog."""
    for path in versioned_files(ROOT):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def test_prepare_changes_the_version_wherever_it_stands(checkout: Path) -> None:
    old = current_version(ROOT)
    named = {
        path.relative_to(checkout).as_posix(): len(pattern(old).findall(path.read_text()))
        for path in versioned_files(checkout)
    }
    assert named["buildpack.toml"] == named["pyproject.toml"] == 1
    assert named["src/python_buildpack/__init__.py"] == 1
    assert named["builder/ubuntu-24.04.toml"] == named["builder/ubuntu-22.04.toml"] == 1
    prepare(checkout, "98.7.6", DATE)
    for path in versioned_files(checkout):
        text, name = path.read_text(), path.relative_to(checkout).as_posix()
        assert pattern(old).search(text) is None
        assert len(pattern("98.7.6").findall(text)) == named[name], name
        ours = [line for line in text.splitlines() if "python-buildpack" in line]
        assert not [line for line in ours if re.search(rf"\b{re.escape(old)}\b", line)], name
    assert current_version(checkout) == "98.7.6"


def test_pattern_leaves_other_projects_versions_alone() -> None:
    text = 'iniconfig==0.1.0\npython-buildpack/python:0.1.0.1\nversion-of-x = "0.1.0"\n'
    assert pattern("0.1.0").search(text) is None


def test_prepare_cuts_the_changelog(checkout: Path) -> None:
    prepare(checkout, "1.0.0", DATE)
    changelog = checkout / "CHANGELOG.md"
    assert changelog.read_text() == (
        "# Changelog\n\n## Unreleased\n\n## 1.0.0 - 2027-01-02\n\n### Added\n\n- Wheels.\n"
    )
    assert read_notes(checkout, "v1.0.0") == "### Added\n\n- Wheels.\n"
    with pytest.raises(ToolError, match="nothing to release"):
        prepare(checkout, "1.0.1", DATE)
    with pytest.raises(ToolError, match="is released"):
        prepare(checkout, "1.0.0", DATE)


def test_notes_end_at_the_release_before(checkout: Path) -> None:
    prepare(checkout, "1.0.0", DATE)
    changelog = checkout / "CHANGELOG.md"
    text = changelog.read_text()
    changelog.write_text(text.replace("## Unreleased\n", "## Unreleased\n\n### Fixed\n\n- It.\n"))
    prepare(checkout, "1.1.0", DATE)
    assert read_notes(checkout, "v1.1.0") == "### Fixed\n\n- It.\n"


@pytest.mark.parametrize("version", ["1.0", "v1.0.0", "1.0.0rc1", "01.0.0", "0.0.9"])
def test_prepare_refuses_a_version(checkout: Path, version: str) -> None:
    with pytest.raises(ToolError, match=r"is no version|is older"):
        prepare(checkout, version, DATE)
    assert (checkout / "CHANGELOG.md").read_text() == CHANGELOG


def test_notes_of_another_tag(checkout: Path) -> None:
    with pytest.raises(ToolError, match=r"The tag v9\.9\.9 isn't v"):
        read_notes(checkout, "v9.9.9")
    with pytest.raises(ToolError, match="run scripts/release prepare"):
        read_notes(checkout, f"v{current_version(ROOT)}")
