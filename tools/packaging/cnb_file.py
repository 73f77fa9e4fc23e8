"""The .cnb file of a packaged buildpack, which pack and builders take as it is."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

from tools.console import say
from tools.errors import ToolError
from tools.packaging.tree import staging_beside, tree_digest


def write_cnb(directory: Path, pack: Path, name: str) -> Path:
    """Return the .cnb file made of a packaged buildpack, beside its directory.

    Args:
        directory: the packaged buildpack; its name is that of the platform.
        pack: the pack program.
        name: what the file's name begins with, such as ``python-buildpack-0.1.0``.

    Raises:
        ToolError: pack fails.
    """
    output = directory.parent
    destination = output / f"{name}-{directory.name}.cnb"
    stamp = output / f".{destination.name}.json"
    inputs = hashlib.sha256(pack.read_bytes() + tree_digest(directory).encode()).hexdigest()
    if _stamped(stamp) == {"inputs": inputs, "cnb": _sha256(destination)}:
        say(f"{destination} is up to date")
        return destination
    say(f"Making {destination}")
    stamp.unlink(missing_ok=True)
    with staging_beside(output) as staging:
        _run_pack(pack, directory, staging)
        # pack may add the platform to the name.
        made = list(staging.glob("*.cnb"))
        if len(made) != 1:
            raise ToolError(f"pack made {len(made)} files of {directory}, not one.")
        made[0].replace(destination)
    stamp.write_text(json.dumps({"inputs": inputs, "cnb": _sha256(destination)}), "utf-8")
    return destination


def _run_pack(pack: Path, directory: Path, staging: Path) -> None:
    command = [str(pack), "buildpack", "package", str(staging / "buildpack.cnb")]
    command += ["--format", "file", "--path", str(directory)]
    # pack keeps a configuration of its own, which has no part in this.
    environment = {**os.environ, "PACK_HOME": str(staging / "pack")}
    result = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, cwd=staging
    )
    if result.returncode != 0:
        output = f"{result.stdout}{result.stderr}".strip()
        raise ToolError(f"pack could not package {directory}:\n{output}")


def _stamped(stamp: Path) -> object:
    try:
        return json.loads(stamp.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _sha256(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
