"""Runs of a tool that is told what to do."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from python_buildpack.package_managers.protocol import ToolRun
from python_buildpack.system.output import Output
from tests.unit.fake_program import FakeProgram, write_fake_program


def tool_run(root: Path, name: str, body: str, **environment: str) -> tuple[FakeProgram, ToolRun]:
    """Return a program that runs ``body``, and how a build would run it; all below ``root``."""
    program = write_fake_program(root / name, root / f"{name}.log", body)
    run = ToolRun(
        executable=program.path,
        python=Path(sys.executable),
        version="1.0",
        environment={"PATH": "/usr/bin", **environment},
        venv_dir=root / "venv",
        cache_dir=root / "cache",
        python_version="3.13.0",
        output=Output(io.StringIO()),
    )
    return program, run
