"""``explain`` from the wheel that uvx and pipx install, and from the checkout.

The wheel's requirements come from the package index on first use.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLASK = ROOT / "examples" / "flask"


def run(*command: str | Path, cwd: Path) -> str:
    result = subprocess.run(
        list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_explain_from_a_wheel(tmp_path: Path) -> None:
    build = (*(sys.executable, "-m", "pip", "wheel"), *("--quiet", "--no-deps", "--wheel-dir", "."))
    run(*build, ROOT, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=True, symlinks=True)
    run(tmp_path / "venv/bin/pip", "install", "--quiet", wheel, cwd=tmp_path)
    command = tmp_path / "venv" / "bin" / "python-buildpack"
    told = run(command, "explain", FLASK, cwd=tmp_path)
    assert "  pip, by requirements.txt\n" in told
    assert "  Process web: gunicorn --bind" in told
    assert told == run(ROOT / "scripts" / "explain", FLASK, cwd=tmp_path)
