"""Make the documentation's site, in .cache/site/html, and the pages that are made from messages.

usage: scripts/docs
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.console import say
from tools.environment import ensure_dev_environment
from tools.errors import ToolError

_ROOT = Path(__file__).resolve().parent.parent
_CONFIG = "zensical.toml"


def main(arguments: Sequence[str]) -> int:
    """Write docs/errors.md and docs/warnings.md and make the site; return 0."""
    if arguments:
        raise ToolError("scripts/docs takes no arguments.")
    python = ensure_dev_environment(_ROOT)
    path = os.pathsep.join([str(_ROOT / "src"), str(_ROOT)])
    subprocess.run(
        [str(python), "-m", "tools.error_page"],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
    )
    if not make_site(python):
        raise ToolError("The site could not be made; see above.")
    say(f"Open {_ROOT / '.cache' / 'site' / 'html' / 'index.html'}")
    return 0


def make_site(python: Path) -> bool:
    """Make the site from docs/, and return whether all its links and anchors lead somewhere.

    Args:
        python: of the development environment, which has the generator.
    """
    # A copy: the generator's own cache is beside its configuration, in .cache, which is ours.
    site = _ROOT / ".cache" / "site"
    site.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(site / "docs", ignore_errors=True)
    shutil.copytree(_ROOT / "docs", site / "docs")
    shutil.copy(_ROOT / _CONFIG, site)
    command = [str(python.with_name("zensical")), "build", "--strict", "-f", str(site / _CONFIG)]
    return subprocess.run(command, check=False).returncode == 0
