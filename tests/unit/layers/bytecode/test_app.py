from __future__ import annotations

import io
import py_compile
import subprocess
import sys
from pathlib import Path

from python_buildpack.layers.bytecode.app import compile_app
from python_buildpack.system.output import Output

PYTHON = Path(sys.executable)


def compile_files(app_dir: Path, *names: str) -> set[str]:
    """Return the sources that have bytecode afterwards."""
    for name in names:
        (app_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (app_dir / name).write_text("value = 1\n")
    compile_app(app_dir, PYTHON, Output(io.StringIO()))
    return {
        str(path.parent.parent.joinpath(path.name.partition(".")[0]).relative_to(app_dir)) + ".py"
        for path in app_dir.rglob("*.pyc")
    }


def test_compile_app_leaves_out_what_is_not_the_apps_code(tmp_path: Path) -> None:
    names = ("main.py", "shop/models.py", "shop/tests/test_models.py", ".hidden/x.py", "venv/y.py")
    assert compile_files(tmp_path, *names) == {"main.py", "shop/models.py"}


def test_compile_app_notices_an_edited_file_whatever_its_time_and_size(tmp_path: Path) -> None:
    compile_files(tmp_path, "module.py")
    path = tmp_path / "module.py"
    status = path.stat()
    path.write_text("value = 2\n")
    assert path.stat().st_size == status.st_size
    code = "import os, module; print(module.value, os.path.exists(module.__cached__))"
    command = [str(PYTHON), "-B", "-c", code]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout == "2 True\n"


def test_compile_app_writes_what_python_checks_by_hash(tmp_path: Path) -> None:
    compile_files(tmp_path, "module.py")
    (bytecode,) = tmp_path.rglob("*.pyc")
    header = bytecode.read_bytes()[:16]
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    expected = py_compile.compile(
        str(tmp_path / "module.py"), str(tmp_path / "expected"), invalidation_mode=mode
    )
    assert expected is not None
    assert header == Path(expected).read_bytes()[:16]
