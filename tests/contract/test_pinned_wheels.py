"""Wheels that are pinned by hash, downloaded by pip without a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.local_wheel import write_wheel
from tools.errors import ToolError
from tools.pinned_wheels import ensure_wheels


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place that pip looks for packages in."""
    directory = tmp_path / "index"
    directory.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(directory))
    return directory


def test_ensure_wheels_downloads_once(tmp_path: Path, index: Path) -> None:
    requirements = tmp_path / "vendor.txt"
    requirements.write_text(write_wheel(index))
    (wheel,) = ensure_wheels(tmp_path, requirements)
    assert wheel == tmp_path / ".cache/wheels/tiny-1.0-py3-none-any.whl"
    (index / wheel.name).unlink()
    assert ensure_wheels(tmp_path, requirements) == (wheel,)


def test_ensure_wheels_replaces_an_altered_one(tmp_path: Path, index: Path) -> None:
    requirements = tmp_path / "vendor.txt"
    requirements.write_text(write_wheel(index))
    (wheel,) = ensure_wheels(tmp_path, requirements)
    wheel.write_bytes(b"altered")
    assert ensure_wheels(tmp_path, requirements) == (wheel,)
    assert wheel.read_bytes() == (index / wheel.name).read_bytes()


def test_ensure_wheels_rejects_another_digest(tmp_path: Path, index: Path) -> None:
    write_wheel(index)
    requirements = tmp_path / "vendor.txt"
    requirements.write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(ToolError, match="could not be downloaded"):
        ensure_wheels(tmp_path, requirements)
    assert list((tmp_path / ".cache/wheels").iterdir()) == []
