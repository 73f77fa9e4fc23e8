"""The check that what was installed finds the shared libraries that it needs."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from python_buildpack.environment.linkage.elf import ElfFile
from python_buildpack.environment.linkage.libraries import VenvLibraries
from python_buildpack.environment.linkage.system import System
from python_buildpack.environment.record import owners_of
from python_buildpack.system.errors import UserError

# What the node brings along where it has a graphics processor, and the libraries of the processor's
# vendor, which a run image may have although the build image doesn't.
_GRAPHICS = re.compile(
    r"lib(?:cuda|cudart|cublas\w*|cudnn\w*|cufft\w*|cufile\w*|curand|cusolver\w*|cusparse\w*"
    r"|cupti|nccl|nv\w+|nvidia-.+|amdhip64|hip\w+|hsa-runtime64|roc(?!k)\w+|rccl|MIOpen|OpenCL"
    r"|ze_loader|sycl)\.so(?:\.[\d.]+)?"
)
# The interpreter has it in itself. https://peps.python.org/pep-0513/#libpythonx-y-so-1
_LIBPYTHON = re.compile(r"libpython\d.*\.so.*")

# Modules that a distribution tries to import, and does without.
_OPTIONAL = {
    "numba": re.compile(r"lib(?:tbb|gomp)\.so\.[\d.]+"),
    "torchaudio": re.compile(r"lib(?:av\w+|sw\w+|sox|postproc)\.so(?:\.\d+)?"),
    "torchcodec": re.compile(r"lib(?:av\w+|sw\w+|postproc)\.so\.\d+"),
}


def is_provided_at_run_time(library: str) -> bool:
    """Return whether a library doesn't have to be in the build image."""
    return bool(_LIBPYTHON.fullmatch(library) or _GRAPHICS.fullmatch(library))


def is_optional(library: str, distribution: str | None) -> bool:
    """Return whether a distribution is known to work without a library."""
    pattern = _OPTIONAL.get(distribution or "")
    return pattern is not None and pattern.fullmatch(library) is not None


@dataclass(frozen=True)
class MissingLibrary:
    """A shared library that is neither in the environment nor in the image.

    Attributes:
        distribution: that needs it, by its normalized name; None if no RECORD tells.
        files: of the distribution, relative to the environment, in alphabetical order.
    """

    name: str
    distribution: str | None
    files: tuple[str, ...]


@dataclass(frozen=True)
class MissingLibraries:
    """Some distributions need libraries that are neither in the environment nor in the image."""

    libraries: tuple[MissingLibrary, ...]


@dataclass(eq=False)
class MissingLibrariesError(UserError):
    """Some distributions need libraries that aren't there, and BP_STRICT_LINKAGE is set."""

    libraries: tuple[MissingLibrary, ...]


# A file, a library that it needs, and where that is found.
Need = tuple[Path, str, Path | None]


@dataclass(frozen=True)
class Linkage:
    """What a distribution needs and has for the dynamic linker.

    Attributes:
        provided: the names of its libraries.
        needed: the libraries that it doesn't have itself; the name of each, and of a file that needs
            it, relative to the environment.
    """

    distribution: str
    provided: tuple[str, ...]
    needed: tuple[tuple[str, str], ...]


def check_linkage(
    libraries: VenvLibraries,
    system: System,
    needs: Sequence[Need],
    kept: Sequence[Linkage] = (),
    *,
    strict: bool = False,
) -> tuple[MissingLibrary, ...]:
    """Return what is missing, by distribution and name.

    A library that is anywhere in the environment counts as found: no false alarm is better than
    completeness.

    Args:
        libraries: of a virtual environment, after an installation.
        needs: as from ``read_needs``.
        kept: distributions that belong to it, and aren't on disk.

    Raises:
        MissingLibrariesError: names all that are missing, if ``strict``.
    """
    files: defaultdict[tuple[str | None, str], set[str]] = defaultdict(set)
    for each in kept:
        for name, path in each.needed:
            if system.find(name) is None and libraries.named(name) is None:
                files[each.distribution, name].add(path)
    unmet = [(file, name) for file, name, found in needs if found is None]
    owners = owners_of(libraries.venv_dir, {file for file, _ in unmet}) if unmet else {}
    for file, name in unmet:
        path = file.relative_to(libraries.venv_dir).as_posix()
        files[owners.get(file), name].add(path)
    missing = tuple(
        MissingLibrary(name, distribution, tuple(sorted(files[distribution, name])))
        for distribution, name in sorted(files, key=lambda key: (key[0] or "", key[1]))
        if not is_optional(name, distribution)
    )
    if missing and strict:
        raise MissingLibrariesError(missing)
    return missing


def read_needs(libraries: VenvLibraries, system: System) -> Iterator[tuple[Path, str, Path | None]]:
    """Yield each file that is loaded, with each library that it needs, and where that is found."""
    in_system = cache(system.find)
    pending = list(libraries.loaded())
    seen = set(pending)
    while pending:
        file = pending.pop()
        for name, found in _needed(file, libraries, in_system):
            yield file, name, found
            if found is not None and found not in seen and libraries.holds(found):
                seen.add(found)
                pending.append(found)


def _needed(
    file: Path, libraries: VenvLibraries, in_system: Callable[[str], Path | None]
) -> Iterator[tuple[str, Path | None]]:
    """Yield the libraries that a file needs, each with where it is."""
    elf = libraries.elf(file)
    if elf is None:
        return
    for name in elf.needed:
        # A name with a directory isn't looked for: who builds so knows the image.
        if "/" not in name and not is_provided_at_run_time(name):
            found = _on_search_path(name, file, elf) or in_system(name) or libraries.named(name)
            yield name, found


def _on_search_path(name: str, file: Path, elf: ElfFile) -> Path | None:
    """Return the library where the file itself says that it is.

    https://man7.org/linux/man-pages/man8/ld.so.8.html
    """
    origin = str(file.parent)
    for entry in elf.search_path:
        directory = entry.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
        # Texts, as these are many. Not known here: what $LIB and $PLATFORM stand for.
        path = f"{os.path.normpath(directory)}/{name}"
        if directory.startswith("/") and os.path.isfile(path):  # noqa: PTH113
            return Path(path)
    return None
