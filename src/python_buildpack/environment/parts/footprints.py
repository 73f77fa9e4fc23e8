"""What each installed distribution takes up, by its RECORD and the headers of its ELF files."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

from python_buildpack.environment.linkage.libraries import VenvLibraries
from python_buildpack.environment.parts.partition import Footprint, with_parents
from python_buildpack.environment.record import dist_infos, overlapping, read_record
from python_buildpack.environment.resolution import Resolution

MOST_CLAIMS = 50
_BIN = "bin"
# Where wheels have files beside modules; nothing that the lifecycle or Python takes for its own.
_DATA = (f"{_BIN}/", "etc/", "include/", "share/")


def read_footprints(
    venv_dir: Path,
    resolution: Resolution,
    libraries: VenvLibraries,
    left_out: Collection[str] = (),
) -> tuple[Footprint, ...] | None:
    """Return the footprints of what is installed; None where a distribution doesn't list its files.

    Args:
        venv_dir: the environment, in its final form.
        resolution: that was installed.
        libraries: of the environment.
        left_out: names of distributions that are there in name only.
    """
    # Of what an old setuptools installs.
    if any(venv_dir.glob("lib/python*/site-packages/*.egg-*")):
        return None
    resolved = {each.name: each for each in resolution.distributions}
    mixed = set(overlapping(venv_dir))
    found: list[Footprint] = []
    seen: set[str] = set()
    for dist_info in dist_infos(venv_dir):
        distribution = resolved.get(canonicalize_name(dist_info.stem.rpartition("-")[0]))
        rows = read_record(dist_info)
        if distribution is None or rows is None or distribution.name in seen:
            return None
        seen.add(distribution.name)
        if distribution.name in left_out:
            continue
        files = _Files(venv_dir, dist_info.parent, [row[0] for row in rows])
        # The same hash means the same files: those of a wheel that was downloaded.
        is_unpacked = distribution.is_proven and not distribution.is_built
        footprint = Footprint(
            name=distribution.name,
            version=distribution.version,
            file=distribution.filename,
            hashes=distribution.hashes,
            size=files.size,
            claims=files.claims,
            searched=tuple(sorted(set(files.searched(libraries)))),
            is_movable=is_unpacked and files.are_movable(libraries) and dist_info not in mixed,
        )
        found.append(footprint)
    return tuple(found)


class _Files:
    """The files of a distribution, by paths relative to the environment.

    Attributes:
        size: of all, in bytes.
        claims: as those of a footprint.
    """

    def __init__(self, venv_dir: Path, site_packages: Path, recorded: Iterable[str]) -> None:
        self._venv_dir = venv_dir
        self._site_packages = str(site_packages.relative_to(venv_dir))
        self._are_regular = True
        self._paths: list[str] = []
        self.size = 0
        for path in recorded:
            self._add(os.path.normpath(f"{self._site_packages}/{path}"))
        self.claims = tuple(sorted(set(self._claims())))

    def are_movable(self, libraries: VenvLibraries) -> bool:
        """Return whether they are as good elsewhere, with a link where they were.

        They are regular files, none of which adds to the path of modules. A program would look for
        libraries beside itself, not beside the link.
        """
        programs = (path for path in self._paths if _parent(path) == _BIN)
        return (
            self._are_regular
            and len(self.claims) <= MOST_CLAIMS
            and all(map(self._is_movable, self._paths))
            and not any(libraries.search_path(self._venv_dir / path) for path in programs)
        )

    def searched(self, libraries: VenvLibraries) -> Iterator[str]:
        """Yield the directories of site-packages beyond its own in which its libraries search."""
        for path in self._paths:
            for entry in libraries.search_path(self._venv_dir / path):
                origin = _parent(path)
                text = entry.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
                directory = os.path.normpath(text)
                is_beside = directory.startswith(f"{self._site_packages}/")
                if is_beside and not self._claims_directory(directory):
                    yield directory

    def _add(self, path: str) -> None:
        try:
            status = (self._venv_dir / path).lstat()
        except (OSError, ValueError):
            return
        self._are_regular = self._are_regular and stat.S_ISREG(status.st_mode)
        self.size += status.st_size
        self._paths.append(path)

    def _is_movable(self, path: str) -> bool:
        is_module = path.startswith(f"{self._site_packages}/")
        is_pth = path.endswith(".pth") and _parent(path) == self._site_packages
        return (is_module and not is_pth) or path.startswith(_DATA)

    def _claims(self) -> Iterator[str]:
        own = {_parent(path) for path in self._paths if self._is_in_package(path)}
        for directory in own:
            yield [each for each in with_parents(directory) if each in own][-1]
        yield from (path for path in self._paths if not self._is_in_package(path))

    def _is_in_package(self, path: str) -> bool:
        return _parent(path).startswith(f"{self._site_packages}/")

    def _claims_directory(self, directory: str) -> bool:
        return not {*with_parents(directory)}.isdisjoint(self.claims)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
