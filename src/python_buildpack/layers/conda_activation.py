"""What activating an environment of conda sets: by its own scripts, run in the build, or written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from python_buildpack.system.command import check_command

_SCRIPTS = "etc/conda/activate.d/*.sh"
# Each is read by the shell, as conda does; what it prints is nobody's.
_PROGRAM = """\
for script in "$CONDA_PREFIX"/etc/conda/activate.d/*.sh; do . "$script" >/dev/null 2>&1; done
exec env -0
"""
# What the shell itself sets, and what the layer sets in another way.
_OWN = frozenset({"PATH", "PWD", "OLDPWD", "SHLVL", "_", "CONDA_PREFIX", "HOME"})


def activation_variables(prefix: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the environment's scripts set, as far as it is on disk.

    They start with nothing but PATH, so that the same environment always sets the same; what they
    take from the place where the app is started isn't known.

    Raises:
        CommandFailedError: a script ends the shell.
    """
    written = _written_variables(prefix)
    if not any(prefix.glob(_SCRIPTS)):
        return written
    shell = shutil.which("bash", path=environment.get("PATH")) or "sh"
    given = {
        "PATH": f"{prefix}/bin:/usr/bin:/bin",
        "CONDA_PREFIX": str(prefix),
        "HOME": "/nonexistent",
    }
    output = check_command([shell, "-c", _PROGRAM], environment=given, working_dir=prefix)
    pairs = (each.partition("=") for each in output.split("\0") if "=" in each)
    return {**{name: value for name, _, value in pairs if name not in _OWN}, **written}


def _written_variables(prefix: Path) -> dict[str, str]:
    """Return those of environment.yml, as conda keeps them."""
    try:
        state = json.loads((prefix / "conda-meta" / "state").read_text(encoding="utf-8"))
    except OSError:
        return {}
    return {name: value for name, value in state["env_vars"].items() if name not in _OWN}
