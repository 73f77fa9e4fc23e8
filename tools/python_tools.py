"""Programs from the package index that the checkout's own programs run, such as uv."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.console import say
from tools.environment import ensure_dev_environment, locked, pip_environment
from tools.errors import ToolError
from tools.go_toolchain import publish


@dataclass(frozen=True)
class PythonTool:
    """A program that was installed into a directory of its own."""

    name: str
    directory: Path

    @property
    def program(self) -> Path:
        """The program; one that is a Python script needs ``environment``."""
        return self.directory / "bin" / self.name

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables in which it finds its modules."""
        return {**os.environ, "PYTHONPATH": str(self.directory)}


def ensure_python_tool(root: Path, name: str, requirements: Path) -> PythonTool:
    """Return the tool that a requirements file with hashes pins, installed on first use.

    Raises:
        ToolError: it can't be installed.
    """
    with locked(root / ".cache" / f"{name}.lock"):
        return _ensure(root, name, requirements)


def _ensure(root: Path, name: str, requirements: Path) -> PythonTool:
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    tool = PythonTool(name, root / ".cache" / f"{name}-{digest[:12]}")
    if tool.directory.exists():
        return tool
    say(f"Installing {name} from {requirements.relative_to(root)}")
    tool.directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=tool.directory.parent) as temporary:
        target = Path(temporary) / name
        command = [str(ensure_dev_environment(root)), "-m", "pip", "install", "--quiet"]
        command += ["--only-binary=:all:", "--require-hashes", "--no-deps", "--retries=5"]
        command += ["--target", str(target), "-r", str(requirements)]
        if subprocess.run(command, env=pip_environment(), check=False).returncode != 0:
            raise ToolError(f"{name} could not be installed; see pip's output above.")
        publish(target, tool.directory)
    return tool
