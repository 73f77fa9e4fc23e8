"""The shared libraries of the image that the build runs in."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# By the machine's name: the e_machine of its ELF files, and the directory that Debian and Ubuntu
# have for its libraries.
_MACHINES = {"x86_64": (62, "x86_64-linux-gnu"), "aarch64": (183, "aarch64-linux-gnu")}
_DIRECTORIES = ("lib64", "usr/lib64", "lib", "usr/lib", "usr/local/lib")
_MOST_INCLUDES = 8


@dataclass(frozen=True)
class System:
    """Where the dynamic linker looks.

    Attributes:
        directories: in the order in which they are looked at.
    """

    machine: int
    directories: tuple[Path, ...]

    def find(self, library: str) -> Path | None:
        """Return the library of a file name."""
        places = (directory / library for directory in self.directories)
        return next((place for place in places if place.is_file()), None)


def determine_system(
    environment: Mapping[str, str], *, machine: str | None = None, root: Path = Path("/")
) -> System | None:
    """Look at this machine; None if it is neither amd64 nor arm64.

    The cache of ld.so isn't read: it holds what is in these directories.

    Args:
        environment: its LD_LIBRARY_PATH counts.
        machine: its name, as ``uname -m`` has it; this one's if None.
        root: of the image.
    """
    known = _MACHINES.get(machine or platform.machine())
    if known is None:
        return None
    number, multiarch = known
    variable = environment.get("LD_LIBRARY_PATH", "").replace(";", ":").split(":")
    directories = (
        *(Path(each) for each in variable if each.startswith("/")),
        *_configured(root, root / "etc/ld.so.conf", _MOST_INCLUDES),
        *(root / each / multiarch for each in _DIRECTORIES if not each.endswith("64")),
        *(root / each for each in _DIRECTORIES),
    )
    return System(number, tuple(dict.fromkeys(each for each in directories if each.is_dir())))


def _configured(root: Path, file: Path, includes: int) -> Iterator[Path]:
    """Yield the directories that a configuration file of ldconfig names.

    https://man7.org/linux/man-pages/man8/ldconfig.8.html

    Args:
        root: of the image.
        includes: how deep files may include others, which may go round in circles.
    """
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        words = line.partition("#")[0].split()
        if len(words) == 2 and words[0] == "include":
            pattern = words[1] if words[1].startswith("/") else f"/etc/{words[1]}"
            for included in sorted(root.glob(pattern.lstrip("/"))) if includes else ():
                yield from _configured(root, included, includes - 1)
        elif words and words[0].startswith("/"):
            yield root / words[0].partition("=")[0].lstrip("/")
