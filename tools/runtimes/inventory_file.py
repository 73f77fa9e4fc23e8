"""Writing ``inventory.toml``: which Python runtimes exist, and until when each X.Y is supported."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tools.errors import ToolError

# From the release schedules: PEP 619, 664, 693, 719, 745 and 790, which promise the month;
# https://devguide.python.org/versions/ has them in one table.
END_OF_LIFE = {
    "3.10": "2026-10-31",
    "3.11": "2027-10-31",
    "3.12": "2028-10-31",
    "3.13": "2029-10-31",
    "3.14": "2030-10-31",
    "3.15": "2031-10-31",
}
# Of a version, that of a build without the GIL.
FREE_THREADED = "+freethreaded"
# What runs `uname -m` calls, by the names that the Buildpack API has for architectures.
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class Artifact:
    """A Python runtime's archive.

    Attributes:
        version: X.Y.Z, or X.Y.Z+freethreaded.
        url: absolute, or a path relative to the inventory file.
        sha256: lower-case hex.
        libraries: the name and version of each that is linked into it, as far as they are known.
    """

    version: str
    os: str
    arch: str
    url: str
    sha256: str
    libraries: tuple[tuple[str, str], ...] = ()


def render_inventory(artifacts: Iterable[Artifact], *, source: str) -> str:
    """Return the text of an inventory file, the newest version first.

    Args:
        artifacts: in any order.
        source: says in the first line what wrote the file, and from what.

    Raises:
        ToolError: a version's end of life is not known here, or a value is malformed.
    """
    by_arch = sorted(artifacts, key=lambda artifact: artifact.arch)
    newest_first = sorted(by_arch, key=lambda item: version_key(item.version), reverse=True)
    minors = dict.fromkeys(item.version.rpartition(".")[0] for item in newest_first)
    lines = [f"# Written by {source}; do not edit.", 'format = "1"', "", "[end-of-life]"]
    lines += [f'"{minor}" = "{_end_of_life(minor)}"' for minor in minors]
    for artifact in newest_first:
        lines += ["", "[[artifacts]]", *_table(artifact)]
    return "\n".join(lines) + "\n"


def version_key(version: str) -> tuple[int, ...]:
    """Return what a version ``X.Y.Z``, or ``X.Y.Z+freethreaded``, is sorted by."""
    return tuple(int(part) for part in version.replace(FREE_THREADED, ".1").split("."))


def _end_of_life(minor: str) -> str:
    if minor not in END_OF_LIFE:
        raise ToolError(
            f"The end of life of Python {minor} is not known."
            " Add it to END_OF_LIFE in tools/runtimes/inventory_file.py;"
            " https://devguide.python.org/versions/ has the dates."
        )
    return END_OF_LIFE[minor]


def _table(artifact: Artifact) -> list[str]:
    # No value needs an escape in TOML; what would need one is not what it says it is.
    if not re.fullmatch(r"[0-9a-f]{64}", artifact.sha256) or not re.fullmatch(
        r'[^"\\\x00-\x20\x7f]+', artifact.url
    ):
        raise ToolError(f"Malformed archive URL or sha256: {artifact.url!r}, {artifact.sha256!r}")
    libraries = ", ".join(f"{name} {version}" for name, version in artifact.libraries)
    return [
        f'version = "{artifact.version}"',
        f'os = "{artifact.os}"',
        f'arch = "{artifact.arch}"',
        f'url = "{artifact.url}"',
        f'sha256 = "{artifact.sha256}"',
        *([f'libraries = "{libraries}"'] if libraries else []),
    ]
