"""Runtimes of python-build-standalone where the host of its archives can't be reached.

A Go module carries the files of its builds for Linux, and the Go module proxy mostly can be
reached. They have no headers, so nothing can be compiled for them, and lack pip, ensurepip, IDLE, lib2to3,
pydoc_data and the test suite.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import platform
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.console import say
from tools.errors import ToolError
from tools.go_toolchain import GoModule, ensure_go
from tools.runtimes.archive import problem_elsewhere, write_tar
from tools.runtimes.inventory_file import MACHINES
from tools.runtimes.upstream_libraries import linked_libraries

_MODULE = "github.com/kluctl/go-embed-python"
# Part of every fingerprint: raise it when the same module is to be packed in another way.
_FORMAT = "2"
# As Go's fs.FileMode has them, in which the module lists its files.
_DIRECTORY, _SYMLINK = 1 << 31, 1 << 27
# What scripts/update-inventory --upstream finds for each release.
_LIBRARIES = {
    "20240415": (
        *(("bzip2", "1.0.8"), ("expat", "2.5.0"), ("libffi", "3.4.4"), ("mpdecimal", "2.5.1")),
        *(("ncurses", "6.4"), ("openssl", "3.0.13"), ("sqlite", "3.45.1"), ("xz", "5.2.12")),
        *(("zlib", "1.2.13"),),
    ),
    "20241219": (
        *(("bzip2", "1.0.8"), ("expat", "2.6.3"), ("libffi", "3.4.6"), ("mpdecimal", "4.0.0")),
        *(("ncurses", "6.5"), ("openssl", "3.0.15"), ("sqlite", "3.47.1"), ("xz", "5.2.12")),
        *(("zlib", "1.2.13"),),
    ),
    "20260610": (
        *(("bzip2", "1.0.8"), ("expat", "2.8.1"), ("libffi", "3.4.6"), ("mpdecimal", "4.0.0")),
        *(("ncurses", "6.5"), ("openssl", "3.5.7"), ("sqlite", "3.53.1"), ("xz", "5.8.1")),
        *(("zlib", "1.3.1"), ("zstd", "1.5.7")),
    ),
}


@dataclass(frozen=True)
class StandaloneRelease:
    """A Python of one release of python-build-standalone.

    Attributes:
        version: X.Y.Z.
        release: the day of the release, such as ``20260610``.
        checksum: of the module that carries it, as in a go.sum.
    """

    version: str
    release: str
    checksum: str

    @property
    def module(self) -> GoModule:
        """The module, by its checksum."""
        return GoModule(_MODULE, f"v0.0.0-{self.version}-{self.release}-1", self.checksum)


# The newest first.
RELEASES = (
    StandaloneRelease("3.14.6", "20260610", "h1:oGUS7++Wm3LgxUfD6AmJgKbKQD2wdQFO9PzyJv6T+E4="),
    StandaloneRelease("3.13.1", "20241219", "h1:x1cSEj4Ug5mpuZgUHLvUmlc5r//KHFn6iYiRSrRcVy4="),
    StandaloneRelease("3.12.3", "20240415", "h1:IX2O3LJUL0AjYsROGZ4aNENTEb3c/Ll/0b9Yb/8P61Q="),
    StandaloneRelease("3.11.11", "20241219", "h1:yVXFTxa6cvhLC6TwkDEHmNaiWlDyaFEGiXd1DQdoeOU="),
    StandaloneRelease("3.10.16", "20241219", "h1:bfJRrtWlbdrPtwXXXZzA95yj2Pr9AvSbxDEm8YvbaP0="),
)


@dataclass(frozen=True)
class StandaloneRuntime:
    """A release for one architecture.

    Attributes:
        source: what is packed.
        arch: as the Buildpack API has it.
        cache_dir: where a Go toolchain is installed to, if there is none.
        module_cache: where Go downloads the module to.
    """

    source: StandaloneRelease
    arch: str
    cache_dir: Path
    module_cache: Path

    @property
    def version(self) -> str:
        """X.Y.Z."""
        return self.source.version

    @property
    def archive_name(self) -> str:
        """The name of the archive that it takes the place of."""
        build = f"{self.version}+{self.source.release}-{MACHINES[self.arch]}-unknown-linux-gnu"
        return f"cpython-{build}-install_only_stripped.tar.gz"

    @property
    def libraries(self) -> tuple[tuple[str, str], ...]:
        """The libraries that the release is documented to have."""
        release = self.source.release
        return linked_libraries(dict(_LIBRARIES[release]), release, self.version, self.arch)

    @property
    def _is_for_this_machine(self) -> bool:
        return MACHINES[self.arch] == platform.machine()

    def fingerprint(self) -> str:
        """Return a digest that differs when another module, or another ``strip``, is used."""
        return hashlib.sha256(f"{_FORMAT} {self.source} {_strip_version()}".encode()).hexdigest()

    def write(self, archive: Path, staging: Path) -> None:
        """Write the archive.

        Raises:
            ToolError: the module can't be downloaded, or isn't the pinned one.
        """
        module = self.source.module
        say(f"Packing Python {self.version} for {self.arch}: {module.path}@{module.version}")
        go = ensure_go(self.cache_dir).with_module_cache(self.module_cache)
        found = go.download(module, staging)
        python = staging / "python"
        prefix = f"{module.path}@{module.version}/python/internal/data/linux-{self.arch}"
        with zipfile.ZipFile(found.archive) as contents:
            _unpack(contents, prefix, python)
        _strip_debug_symbols(python)
        problem = problem_elsewhere(python) if self._is_for_this_machine else None
        if problem is not None:
            raise ToolError(f"Python {self.version} of a Go module does not run here: {problem}")
        write_tar(python, staging / archive.name)
        (staging / archive.name).replace(archive)


def find_releases(requested: Sequence[str]) -> tuple[StandaloneRelease, ...]:
    """Return the releases of some versions X.Y or X.Y.Z, the newest first.

    Raises:
        ToolError: no module carries one of them.
    """
    for version in requested:
        if not any(_is_of(release, version) for release in RELEASES):
            known = ", ".join(release.version for release in RELEASES)
            raise ToolError(
                f"There is no Go module of Python {version}, only of {known}."
                " --machine packs the interpreter of that version that pyenv has."
            )
    return tuple(
        release for release in RELEASES if any(_is_of(release, version) for version in requested)
    )


def _is_of(release: StandaloneRelease, version: str) -> bool:
    return f"{release.version}.".startswith(f"{version}.")


def _unpack(contents: zipfile.ZipFile, prefix: str, destination: Path) -> None:
    """Write what the module lists below ``prefix`` to the new directory ``destination``."""
    for entry in json.loads(contents.read(f"{prefix}/files.json"))["files"]:
        name, mode = entry["name"], entry["perm"]
        path = destination / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode & _DIRECTORY:
            path.mkdir(exist_ok=True)
        elif mode & _SYMLINK:
            path.symlink_to(entry["symlink"])
        # Go modules have no empty directories: there is a file of this name in them.
        elif path.name != ".empty":
            compressed = entry.get("compressed", False)
            content = contents.read(f"{prefix}/{name}{'.gz' if compressed else ''}")
            path.write_bytes(gzip.decompress(content) if compressed else content)
            path.chmod(0o755 if mode & 0o100 else 0o644)


def _strip_debug_symbols(python: Path) -> None:
    """Remove the debug symbols that some of the modules have, as install_only_stripped archives do.

    Of another architecture's files, only a ``strip`` that knows it removes them.
    """
    strip = shutil.which("strip")
    for path in sorted(python.rglob("*")) if strip else ():
        if path.is_symlink() or not path.is_file():
            continue
        # Others stay as they are: those that BOLT has optimised, none with symbols, may break.
        content = path.read_bytes()
        if content[:4] == b"\x7fELF" and b".debug_info\0" in content:
            subprocess.run(
                [str(strip), "--strip-debug", str(path)], capture_output=True, check=False
            )


def _strip_version() -> str:
    """Return what ``strip`` says it is, or ""."""
    strip = shutil.which("strip")
    if strip is None:
        return ""
    process = subprocess.run([strip, "--version"], capture_output=True, text=True, check=False)
    return process.stdout.partition("\n")[0]
