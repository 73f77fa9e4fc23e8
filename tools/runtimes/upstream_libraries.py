"""Which libraries the runtimes of python-build-standalone hold, by its own sources."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tools.errors import ToolError
from tools.runtimes.inventory_file import MACHINES, version_key

# Those that the standard library can't do without; others (Tcl, X11) come with modules that few import.
_NAMES = (
    *("bzip2", "expat", "libffi", "mpdecimal", "ncurses"),
    *("openssl", "sqlite", "xz", "zlib", "zstd"),
)
_FIRST_WITH_ZSTD = (3, 14)
# Before it, arm64 was cross-compiled, and what was linked is the toolchain's zlib, not the one
# that the sources name: 1.2.11 in releases that should have 1.2.13.
_FIRST_NATIVE_ARM64 = "20250702"


@dataclass(frozen=True)
class UpstreamSources:
    """A clone of python-build-standalone, with its tags."""

    clone: Path

    def libraries(self, release: str, version: str, arch: str) -> tuple[tuple[str, str], ...]:
        """Return the name and version of each library in a runtime; () for an unknown release.

        Args:
            release: a tag, such as ``20260610``.
            version: X.Y.Z.
            arch: as the inventory has it.

        Raises:
            ToolError: the sources of the release have another shape.
        """
        found = _needed(self.clone, release, f"{MACHINES[arch]}-unknown-linux-gnu")
        return linked_libraries(found, release, version, arch)


def linked_libraries(
    needed: Mapping[str, str], release: str, version: str, arch: str
) -> tuple[tuple[str, str], ...]:
    """Return which of a release's libraries a runtime of it has, as far as that is known."""
    left_out = set()
    if version_key(version)[:2] < _FIRST_WITH_ZSTD:
        left_out.add("zstd")
    if arch == "arm64" and release < _FIRST_NATIVE_ARM64:
        left_out.add("zlib")
    return tuple((name, needed[name]) for name in sorted(needed.keys() - left_out))


@cache
def _needed(clone: Path, release: str, target: str) -> Mapping[str, str]:
    """Return the versions of the libraries that a release links for a target; {} for no such tag."""
    downloads = _file(clone, release, "pythonbuild/downloads.py")
    targets = _file(clone, release, "cpython-unix/targets.yml")
    if downloads is None or targets is None:
        return {}
    try:
        table = _downloads(downloads)
        needs = _needs(targets, target)
        # One name has a series at its end: openssl-3.5.
        named = {name.partition("-")[0]: table[name] for name in needs}
        return {name: _version(named[name]) for name in _NAMES if name in named}
    except (KeyError, SyntaxError, TypeError, ValueError) as error:
        raise ToolError(
            f"The sources of {release} have a shape that is not known here: {error!r}."
            " Adapt tools/runtimes/upstream_libraries.py to it."
        ) from error


def _file(clone: Path, release: str, path: str) -> str | None:
    command = ["git", "-C", str(clone), "show", f"refs/tags/{release}:{path}"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    return process.stdout if process.returncode == 0 else None


def _downloads(source: str) -> dict[str, dict[str, Any]]:
    """Return the one table that the module assigns; nothing of it is run."""
    (table,) = (each.value for each in ast.parse(source).body if isinstance(each, ast.Assign))
    found: dict[str, dict[str, Any]] = ast.literal_eval(table)
    return found


def _needs(targets: str, target: str) -> list[str]:
    """Return what the entry of a target lists under ``needs``."""
    entry = re.search(
        rf"^{target}:\n(?:(?: .*)?\n)*? +needs:\n((?: +- \S+\n)+)", targets, re.MULTILINE
    )
    if entry is None:
        raise ValueError(f"nothing is needed for {target}")
    return re.findall(r"- (\S+)", entry[1])


def _version(download: Mapping[str, str]) -> str:
    # SQLite's, whose name of a file is 3530100: 3.53.1.0, of which the last part means nothing.
    actual = download.get("actual_version")
    return actual.rpartition(".")[0] if actual else download["version"]
