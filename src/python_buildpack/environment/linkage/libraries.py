"""The programs and shared libraries in a virtual environment, and which of them are loaded."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePath

from python_buildpack.environment.linkage.elf import ElfFile, read_elf

# Caches of bytecode hold no libraries, and are a fifth of the directories.
_LEFT_OUT = "__pycache__"


class VenvLibraries:
    """What a virtual environment has for the dynamic linker.

    Each file is read once, on demand.

    Args:
        machine: the e_machine of files that count.
        elsewhere: the names of libraries that belong to the environment, and aren't on disk.
    """

    def __init__(
        self, venv_dir: Path, machine: int, elsewhere: frozenset[str] = frozenset()
    ) -> None:
        self.venv_dir = venv_dir
        self._machine = machine
        self._elsewhere = elsewhere
        self._read: dict[Path, ElfFile | None] = {}
        self._files = tuple(sorted(_shared_objects(venv_dir)))
        self._known = frozenset(self._files)
        self._by_name = {file.name: file for file in reversed(self._files)}

    def elf(self, file: Path) -> ElfFile | None:
        """Read a file; None if it isn't for this machine, or for another C library."""
        if file not in self._read:
            elf = read_elf(file)
            self._read[file] = elf if elf is not None and self._is_loadable(elf) else None
        return self._read[file]

    def holds(self, file: Path) -> bool:
        """Return whether a file is in the environment."""
        return file in self._known

    def search_path(self, file: Path) -> tuple[str, ...]:
        """Return where a library or program looks for others; () for other files and machines."""
        is_read = file in self._known or file.parent == self.venv_dir / "bin"
        elf = self.elf(file) if is_read else None
        return elf.search_path if elf is not None else ()

    def named(self, library: str) -> Path | None:
        """Return the library of a file name or a soname.

        Wherever it is: what another module has loaded from its own directory is found by its
        soname, and which modules are loaded before others can't be told from outside.
        """
        found = self._by_name.get(library) or self._by_soname.get(library)
        return self.venv_dir / library if found is None and library in self._elsewhere else found

    def linked_to(self, names: frozenset[str]) -> Iterator[Path]:
        """Yield the files, loaded or not, that are linked to one of these libraries."""
        for file in (*self._files, *self._programs()):
            elf = self.elf(file)
            if elf is not None and not names.isdisjoint(PurePath(each).name for each in elf.needed):
                yield file

    def provided(self) -> Iterator[tuple[Path, str]]:
        """Yield the libraries that others can be linked to, by each of their names."""
        for file in self._files:
            elf = self.elf(file)
            if elf is not None and not elf.is_extension_module:
                yield from ((file, name) for name in {file.name, elf.soname or file.name})

    def loaded(self) -> Iterator[Path]:
        """Yield what is started or loaded by name.

        Programs, extension modules, and the library of a package that has but one, and no
        extension module: ctypes loads it. Other libraries are loaded because one of these needs
        them; or they are plug-ins, which load only where what they need is there.
        """
        yield from sorted(self._programs())
        modules = {file for file in self._files if self._is_extension_module(file)}
        yield from sorted(modules)
        for files in self._by_package().values():
            if len(files) == 1 and not modules.intersection(files):
                yield from files

    @cached_property
    def _by_soname(self) -> dict[str, Path]:
        elves = ((file, self.elf(file)) for file in reversed(self._files))
        return {elf.soname: file for file, elf in elves if elf is not None and elf.soname}

    def _is_loadable(self, elf: ElfFile) -> bool:
        # Some wheels carry files for musl and for other processors beside those for glibc.
        is_for_musl = any(name.startswith("libc.musl-") or name == "libc.so" for name in elf.needed)
        return elf.machine == self._machine and not is_for_musl

    def _is_extension_module(self, file: Path) -> bool:
        elf = self.elf(file) if file.name.endswith(".so") else None
        return elf is not None and elf.is_extension_module

    def _programs(self) -> Iterator[Path]:
        for file in self.venv_dir.glob("bin/*"):
            # The interpreter is a link to another layer.
            if file.is_file() and not file.is_symlink() and self.elf(file) is not None:
                yield file

    def _by_package(self) -> dict[str, list[Path]]:
        packages: defaultdict[str, list[Path]] = defaultdict(list)
        for file in self._files:
            # lib, python3.13, site-packages, the package, and what is in it.
            parts = file.relative_to(self.venv_dir).parts
            if len(parts) > 4 and parts[2] == "site-packages":
                package = "/".join(parts[:4])
                if not package.endswith(".libs") and self.elf(file) is not None:
                    packages[package].append(file)
        return packages


def _shared_objects(venv_dir: Path) -> Iterator[Path]:
    """Yield each file whose name says that it is a shared library, links to such files too."""
    for parent, directories, names in os.walk(venv_dir):
        directories[:] = [name for name in directories if name != _LEFT_OUT]
        libraries = [name for name in names if name.endswith(".so") or ".so." in name]
        if libraries:
            directory = Path(parent)
            yield from (file for name in libraries if (file := directory / name).is_file())
