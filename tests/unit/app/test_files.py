from __future__ import annotations

from pathlib import Path

import pytest

from python_buildpack.app.files import AppFiles
from python_buildpack.system.text_file import InvalidTomlError


def test_a_file_is_read_once(tmp_path: Path) -> None:
    files = AppFiles(tmp_path)
    assert files.text("a.toml") is None
    assert files.toml("a.toml") == {}
    (tmp_path / "a.toml").write_text("[x]\ny = 1\n")
    assert files.text("a.toml") is None
    other = AppFiles(tmp_path)
    assert other.toml("a.toml") == {"x": {"y": 1}}
    assert other.toml("a.toml") is other.toml("a.toml")
    assert other.line_of("a.toml", "x", "y") == 2


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[x")
    files = AppFiles(tmp_path)
    assert files.text("a.toml") == "[x"
    with pytest.raises(InvalidTomlError):
        files.toml("a.toml")
