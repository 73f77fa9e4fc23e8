"""The developers' environment, made by pip without a network."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.contract.local_wheel import write_wheel
from tools.environment import ensure_dev_environment
from tools.errors import ToolError


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose development requirements pip finds without a network."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    requirements = tmp_path / "requirements" / "dev.txt"
    requirements.parent.mkdir()
    requirements.write_text(write_wheel(tmp_path / "index"))
    return tmp_path


def test_ensure_dev_environment(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # None of these may send the packages elsewhere.
    monkeypatch.setenv("PIP_TARGET", str(checkout / "elsewhere"))
    monkeypatch.setenv("PIP_USER", "1")
    # What was cut off has no stamp, and is made again from scratch.
    half_made = checkout / ".venv" / "half-made"
    half_made.mkdir(parents=True)

    python = ensure_dev_environment(checkout)

    assert python == checkout / ".venv/bin/python"
    assert subprocess.run([str(python), "-c", "import tiny"], check=False).returncode == 0
    assert not half_made.exists()
    assert "Making" in capsys.readouterr().out

    marker = checkout / ".venv" / "marker"
    marker.touch()
    assert ensure_dev_environment(checkout) == python
    assert marker.exists()
    assert capsys.readouterr().out == ""


def test_ensure_dev_environment_that_pip_can_not_fill(checkout: Path) -> None:
    (checkout / "requirements" / "dev.txt").write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(ToolError, match="could not be installed"):
        ensure_dev_environment(checkout)
    assert not (checkout / ".venv" / "requirements.sha256").exists()
