"""Bytecode that a packaged buildpack contains, since its directory is read-only at build time."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.errors import ToolError

_ROOT = Path(__file__).resolve().parents[2]
# The one that the build uses: its bytes depend on the sources and their names alone.
_WORKER = _ROOT / "src" / "python_buildpack" / "programs" / "compile_worker.py"


def compile_tree(root: Path, directories: Sequence[str], python: Path) -> None:
    """Write the unchecked-hash bytecode of every ``.py`` file below some of ``root``'s directories.

    Args:
        root: the packaged buildpack in the making.
        directories: names below ``root``; those that don't exist are passed over.
        python: an interpreter of the X.Y that will import the files.

    Raises:
        ToolError: a file does not compile.
    """
    files = sorted(
        path.relative_to(root).as_posix()
        for name in directories
        for path in (root / name).rglob("*.py")
    )
    jobs = os.cpu_count() or 1
    batches = [batch for start in range(jobs) if (batch := files[start::jobs])]
    with ThreadPoolExecutor(jobs) as pool:
        for problem in pool.map(lambda batch: _run(python, root, batch), batches):
            if problem:
                raise ToolError(f"Bytecode could not be made with {python}:\n{problem}")


def _run(python: Path, root: Path, files: Sequence[str]) -> str:
    """Compile ``files`` in one process and return what went wrong, or nothing."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    result = subprocess.run(
        [str(python), "-s", "-S", "-B", str(_WORKER)],
        # The names are what tracebacks would show if importing did not put the real ones in their
        # place; relative ones don't depend on where the bytecode was made.
        cwd=root,
        env={**environment, "PYTHONHASHSEED": "0"},
        input="".join(f"{name}\0" for name in files),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        return result.stderr.strip() or "it printed nothing"
    return "".join(f"{name} does not compile\n" for name in files if not _is_compiled(root / name))


def _is_compiled(file: Path) -> bool:
    return any(file.parent.glob(f"__pycache__/{file.stem}.*.pyc"))
