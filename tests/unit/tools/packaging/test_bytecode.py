from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.packaging.bytecode import compile_tree

# A constant set, whose order differs from process to process before Python 3.11.
SOURCE = "def f(x): return x in {'a', 'b', 'c', 'd', 'e', 'f'}\n"


def make_tree(root: Path) -> Path:
    (root / "src").mkdir(parents=True)
    (root / "other").mkdir()
    for name in ("src/a.py", "src/b.py", "other/c.py"):
        (root / name).write_text(SOURCE)
    return root


def test_compile_tree_is_unchecked_and_the_same_everywhere(tmp_path: Path) -> None:
    bytecode = []
    for name in ("one", "two"):
        root = make_tree(tmp_path / name)
        compile_tree(root, ("src", "missing"), Path(sys.executable))
        compiled = Path(importlib.util.cache_from_source(str(root / "src" / "a.py")))
        bytecode.append(compiled.read_bytes())
        assert not (root / "other" / "__pycache__").exists()
    assert bytecode[0] == bytecode[1]
    # https://peps.python.org/pep-0552/#specification: hash-based, and never checked
    assert bytecode[0][4:8] == b"\x01\0\0\0"


def test_compile_tree_of_broken_source(tmp_path: Path) -> None:
    root = make_tree(tmp_path)
    (root / "src" / "broken.py").write_text("def\n")
    with pytest.raises(ToolError, match=r"src/broken\.py"):
        compile_tree(root, ("src",), Path(sys.executable))
