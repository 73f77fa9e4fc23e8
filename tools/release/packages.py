"""The files of a release: in dist/, beside what scripts/package makes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from tools.errors import ToolError
from tools.release.version import current_version

_CHECKSUMS = "SHA256SUMS"


def make_files(root: Path, pack: Path) -> None:
    """Package the buildpack for all architectures into ``root/dist``, with checksums.

    Raises:
        ToolError: scripts/package fails; its messages are on this process's output.
    """
    command = [sys.executable, str(root / "scripts" / "package"), "--pack", str(pack)]
    if subprocess.run(command, check=False).returncode != 0:
        raise ToolError("scripts/package failed; see above.")
    write_checksums(root / "dist", current_version(root))


def write_checksums(directory: Path, version: str) -> None:
    """Write SHA256SUMS, as sha256sum(1) does, of the packages and SBOMs of ``version``.

    Raises:
        ToolError: an architecture has a package and no SBOM, or there is none at all.
    """
    packages = sorted(directory.glob(f"*-{version}-*.cnb"))
    sboms = [path.with_suffix(".cdx.json") for path in packages]
    missing = [path for path in sboms if not path.is_file()]
    if missing or not packages:
        raise ToolError(f"{directory} has no {missing[0].name if missing else '.cnb file'}.")
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted([*packages, *sboms])
    ]
    (directory / _CHECKSUMS).write_text("".join(lines), "utf-8")
