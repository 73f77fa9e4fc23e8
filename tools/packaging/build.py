"""Putting the packaged buildpack together."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.console import say
from tools.errors import ToolError
from tools.packaging.bytecode import compile_tree
from tools.packaging.cnb_file import write_cnb
from tools.packaging.data import add_pins
from tools.packaging.offline import Offline, add_offline, fetch_offline
from tools.packaging.runtime import (
    Runtime,
    check_interpreter,
    fetch_runtimes,
    host_target,
    slim_interpreter,
    tree_megabytes,
    unpack_runtime,
)
from tools.packaging.sbom import write_sbom
from tools.packaging.targets import Target, with_one_target
from tools.packaging.tree import copy_tree, normalise_tree, publish, staging_beside, tree_digest


@dataclass(frozen=True)
class Request:
    """What to package.

    Attributes:
        root: the checkout.
        output: where the directories and the .cnb files go.
        vendored: the wheels that are unpacked into ``vendor/``.
        pip: the wheel that is carried as it is.
        tools: the requirements files of tools that the buildpack installs.
        inventory: where the interpreter comes from; None to carry none.
        python_version: X.Y.Z of the interpreter; None for the newest 3.13.
        pack: the pack program; None to make no .cnb files.
        offline: the Pythons that are carried for offline builds, X.Y or X.Y.Z; () for none.
        offline_inventory: where they come from.
    """

    root: Path
    output: Path
    targets: tuple[Target, ...]
    vendored: tuple[Path, ...]
    pip: Path
    tools: tuple[Path, ...]
    inventory: Path | None
    python_version: str | None
    pack: Path | None
    offline: tuple[str, ...] = ()
    offline_inventory: Path | None = None


def package(request: Request) -> int:
    """Make what is requested and not up to date, and return the exit status.

    Raises:
        ToolError: something is missing or can't be fetched.
    """
    runtimes: dict[Target, Runtime] = {}
    if request.inventory is not None:
        cache_dir = request.root / ".cache" / "runtimes"
        runtimes = fetch_runtimes(
            request.inventory, request.targets, request.python_version, cache_dir
        )
    if request.pack is None:
        say("No .cnb files: pack is not on PATH (see --pack)")
    versions = " or ".join(request.offline)
    carried = {target: _offline(request, target) for target in request.targets}
    if request.offline and not any(carried.values()):
        targets = " or ".join(map(str, request.targets))
        raise ToolError(f"{request.offline_inventory} has no Python {versions} for {targets}.")
    for target, offline in carried.items():
        if offline is None and request.offline:
            say(f"Left out: {target}, for which {request.offline_inventory} has no {versions}")
        elif request.inventory is None or target in runtimes:
            directory = _ensure_directory(request, target, runtimes.get(target), offline)
            if request.pack is not None:
                _write_cnb(request, request.pack, directory, runtimes.get(target))
    return 0


def _write_cnb(request: Request, pack: Path, directory: Path, runtime: Runtime | None) -> None:
    """Write the .cnb file, and beside it an SBOM, which isn't made for what offline builds need."""
    version = _version(request.root)
    name = "python-buildpack-offline" if request.offline else "python-buildpack"
    cnb = write_cnb(directory, pack, f"{name}-{version}")
    if not request.offline:
        artifact = runtime.artifact if runtime is not None else None
        wheels = (*request.vendored, request.pip)
        write_sbom(cnb.with_suffix(".cdx.json"), version, wheels, artifact)


def _offline(request: Request, target: Target) -> Offline | None:
    if request.offline_inventory is None:
        return None
    return fetch_offline(
        request.root, request.offline_inventory, target, request.offline, request.tools
    )


def _version(root: Path) -> str:
    match = re.search(r'(?m)^version\s*=\s*"([^"]+)"', (root / "buildpack.toml").read_text("utf-8"))
    if match is None:
        raise ToolError("buildpack.toml has no version.")
    return match[1]


def _ensure_directory(
    request: Request, target: Target, runtime: Runtime | None, offline: Offline | None
) -> Path:
    """Return the packaged buildpack's directory for ``target``, made if it is not up to date."""
    destination = request.output / str(target)
    stamp = request.output / f".{target}.json"
    inputs = _inputs_digest(request, target, runtime)
    if offline is not None:
        inputs = f"{inputs} {offline.digest}"
    if _is_up_to_date(destination, stamp, inputs):
        say(f"{destination} is up to date")
        return destination
    say(f"Making {destination}")
    stamp.unlink(missing_ok=True)
    with staging_beside(request.output) as staging:
        made = staging / str(target)
        _copy_sources(request, target, made)
        _add_wheels(request, made / "vendor")
        if offline is not None:
            add_offline(offline, made)
        compiler: Path | None = Path(sys.executable)
        if runtime is not None:
            compiler = _add_interpreter(runtime, target, made, staging)
        _add_bytecode(made, compiler, runtime)
        normalise_tree(made)
        publish(made, destination, staging)
    stamp.write_text(json.dumps({"inputs": inputs, "tree": tree_digest(destination)}), "utf-8")
    return destination


def _copy_sources(request: Request, target: Target, made: Path) -> None:
    root = request.root
    for name in ("bin/detect", "bin/build", "inventory.toml", "LICENSE"):
        if not (root / name).is_file():
            raise ToolError(f"{root / name} is missing; is the checkout whole?")
    made.mkdir()
    for name in ("bin", "src"):
        copy_tree(root / name, made / name)
    for name in ("LICENSE", "inventory.toml"):
        shutil.copyfile(root / name, made / name)
    for path in (made / "bin").iterdir():
        path.chmod(0o755)
    contents = (root / "buildpack.toml").read_text("utf-8")
    (made / "buildpack.toml").write_text(with_one_target(contents, target), "utf-8")


def _add_wheels(request: Request, vendor: Path) -> None:
    version = request.pip.name.split("-")[1]
    unpacked = dict.fromkeys(request.vendored, vendor)
    # It resolves where nothing has to be installed. Its layer is made from the wheel.
    unpacked[request.pip] = vendor / f"pip-{version}"
    for wheel, directory in unpacked.items():
        with zipfile.ZipFile(wheel) as archive:
            # installer and pip have launchers for Windows.
            names = [name for name in archive.namelist() if not name.endswith(".exe")]
            archive.extractall(directory, names)
    shutil.copyfile(request.pip, vendor / request.pip.name)
    add_pins(vendor, request.pip, request.tools)


def _add_interpreter(runtime: Runtime, target: Target, made: Path, staging: Path) -> Path | None:
    """Unpack and slim ``interpreter/`` and return what compiles for it, None if nothing can."""
    interpreter = made / "interpreter"
    unpack_runtime(runtime.archive, interpreter)
    before = tree_megabytes(interpreter)
    slim_interpreter(interpreter, runtime.minor)
    after = tree_megabytes(interpreter)
    say(f"  Python {runtime.artifact.version}, slimmed from {before:.0f} MB to {after:.0f} MB")
    if target == host_target():
        check_interpreter(made)
        return interpreter / "bin" / "python3"
    if runtime.host_archive is not None:
        unpack_runtime(runtime.host_archive, staging / "host")
        return staging / "host" / "bin" / "python3"
    # Bytecode differs between X.Y only, since its magic number changes in no patch release.
    # https://docs.python.org/3/library/importlib.html#importlib.util.MAGIC_NUMBER
    is_same_minor = runtime.minor == f"{sys.version_info.major}.{sys.version_info.minor}"
    return Path(sys.executable) if is_same_minor else None


def _add_bytecode(made: Path, compiler: Path | None, runtime: Runtime | None) -> None:
    if compiler is None:
        minor = runtime.minor if runtime else ""
        say(f"  Without bytecode: no Python {minor} of this machine's architecture to compile it")
        return
    if runtime is None:
        minor = f"{sys.version_info.major}.{sys.version_info.minor}"
        say(f"  With bytecode for Python {minor}; other versions run it from source")
    compile_tree(made, ("src", "vendor", "interpreter"), compiler)
    say(f"  {tree_megabytes(made):.0f} MB in all, with bytecode")


def _is_up_to_date(destination: Path, stamp: Path, inputs: str) -> bool:
    try:
        stamped = json.loads(stamp.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(
        destination.is_dir() and stamped == {"inputs": inputs, "tree": tree_digest(destination)}
    )


def _inputs_digest(request: Request, target: Target, runtime: Runtime | None) -> str:
    """Return a digest of everything that the directory's bytes depend on."""
    digest = hashlib.sha256(f"{target}\n".encode())
    if runtime is None:
        digest.update(sys.version.encode())
    else:
        compiler = sys.version if runtime.host_archive is None else runtime.host_archive.name
        digest.update(f"{runtime.archive.name} {compiler}\n".encode())
    for path in (*_input_files(request.root), *request.vendored, request.pip, *request.tools):
        name = path.relative_to(request.root)
        digest.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _input_files(root: Path) -> Iterator[Path]:
    yield from (root / name for name in ("buildpack.toml", "inventory.toml", "LICENSE"))
    for directory in (root / "bin", root / "src"):
        for path in sorted(directory.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
    yield from sorted((root / "tools" / "packaging").glob("*.py"))
