from __future__ import annotations

import io
from pathlib import Path

import pytest

from python_buildpack.system.output import Output


@pytest.fixture
def layers_dir(tmp_path: Path) -> Path:
    directory = tmp_path / "layers"
    directory.mkdir()
    return directory


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def output(log: io.StringIO) -> Output:
    """Writes to ``log``; every block takes no time."""
    return Output(log, clock=lambda: 0.0)
