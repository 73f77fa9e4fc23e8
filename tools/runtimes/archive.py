"""Making a relocatable archive of an interpreter, the same bytes each time.

What python-build-standalone's archives have is done to the files: paths say ``/install``, the
executable finds its libraries relative to itself, debug symbols are gone.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.environment import pip_environment
from tools.errors import ToolError
from tools.runtimes.interpreter import Interpreter
from tools.runtimes.layout import SHARED_PREFIXES, runtime_files

# The prefix that python-build-standalone builds with, which a build replaces by the layer's.
INSTALL_PREFIX = "/install"
# 1980-01-01T00:00:01Z, as the lifecycle gives every file of a layer.
MODIFIED = 315532801
_COMPRESSION_LEVEL = 4
_TEXTS_WITH_PATHS = re.compile(
    r"_sysconfigdata_.*\.py|_sysconfig_vars_.*\.json|build-details\.json|Makefile|.*\.pc"
    r"|python-config\.py"
)


@dataclass(frozen=True)
class ElfTools:
    """Programs that change executables and shared libraries.

    Attributes:
        strip: None if the machine has none; debug symbols then stay.
    """

    patchelf: Path
    strip: Path | None


def write_archive(interpreter: Interpreter, archive: Path, staging: Path, elf: ElfTools) -> None:
    """Pack ``interpreter`` into ``archive``, a ``.tar.gz``.

    Args:
        interpreter: what is packed.
        archive: is replaced if it exists.
        staging: an empty directory on the same file system, for what is in the making.
        elf: the programs to use.

    Raises:
        ToolError: the interpreter can't be packed, or does not run from another place.
    """
    staged = staging / "python"
    _stage(interpreter, staged)
    _rewrite_texts(interpreter, staged)
    _relocate_binaries(interpreter, staged, elf)
    problem = problem_elsewhere(staged)
    if problem is not None:
        raise ToolError(
            f"{interpreter.executable} does not run from another directory ({problem})."
            " Use another interpreter, such as one of pyenv's or uv's."
        )
    packed = staging / archive.name
    write_tar(staged, packed)
    packed.replace(archive)


def _stage(interpreter: Interpreter, staged: Path) -> None:
    files = runtime_files(interpreter)
    places = {file: path for path, file in files.items()}
    for path, file in files.items():
        target = staged / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # A link to another file of the runtime stays one; what others point to is copied.
        linked = _link_target(file)
        if linked in places:
            target.symlink_to(os.path.relpath(places[linked], path.parent))
        else:
            shutil.copyfile(file, target)
            target.chmod(0o755 if os.access(file, os.X_OK) else 0o644)
    for name in ("python3", "python"):
        (staged / "bin" / name).symlink_to(f"python{interpreter.minor}")


def _link_target(file: Path) -> Path | None:
    return (file.parent / file.readlink()).resolve() if file.is_symlink() else None


def _rewrite_texts(interpreter: Interpreter, staged: Path) -> None:
    for path in sorted(staged.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        relative = PurePosixPath(path.relative_to(staged))
        is_script = relative.parts[0] == "bin" and path.read_bytes()[:2] == b"#!"
        if is_script or _TEXTS_WITH_PATHS.fullmatch(path.name):
            text = path.read_text("utf-8", "surrogateescape")
            rewritten = rewrite_paths(text, interpreter)
            if is_script:
                python = f"#!{INSTALL_PREFIX}/bin/python{interpreter.minor}"
                rewritten = re.sub(r"\A#!\S*python\S*", python, rewritten)
            path.write_text(rewritten, "utf-8", "surrogateescape")


def rewrite_paths(text: str, interpreter: Interpreter) -> str:
    """Return ``text`` with the interpreter's own paths below ``/install``."""
    minor = interpreter.minor
    if interpreter.prefix not in SHARED_PREFIXES:
        prefix = re.escape(str(interpreter.prefix))
        return re.sub(rf"{prefix}(?![\w.-])", INSTALL_PREFIX, text)
    # Below /usr are the compiler and other programs, too: only what is Python's is replaced.
    word_end = r"(?![\w.-])"
    places = (
        (interpreter.standard_library, word_end, f"/lib/python{minor}"),
        (interpreter.include, word_end, f"/include/python{minor}"),
        (interpreter.library_dir, word_end, "/lib"),
        (interpreter.executable.parent, r"(?=/python|[\"'])", "/bin"),
        (interpreter.prefix, r"(?![\w./-])", ""),
    )
    for old, end, new in places:
        # A path begins anywhere but in another; in flags, right after -I or -L.
        start = r"(?:(?<![\w/])|(?<=-[IL]))"
        text = re.sub(rf"{start}{re.escape(str(old))}{end}", f"{INSTALL_PREFIX}{new}", text)
    return text


def _relocate_binaries(interpreter: Interpreter, staged: Path, elf: ElfTools) -> None:
    library = staged / "lib" / f"python{interpreter.minor}"
    binaries = [staged / "bin" / f"python{interpreter.minor}"]
    binaries += [*(staged / "lib").glob("lib*.so*"), *library.glob("lib-dynload/*.so")]
    for path in sorted(binaries):
        if path.is_symlink() or path.read_bytes()[:4] != b"\x7fELF":
            continue
        if elf.strip is not None:
            _output(elf.strip, "--strip-unneeded", path)
        needs_libpython = "libpython" in _output(elf.patchelf, "--print-needed", path)
        if needs_libpython or _output(elf.patchelf, "--print-rpath", path).strip():
            where = f"$ORIGIN/{os.path.relpath(staged / 'lib', path.parent)}".removesuffix("/.")
            _output(elf.patchelf, "--set-rpath", where, path)


def _output(*command: str | Path) -> str:
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise ToolError(f"{' '.join(map(str, command))} failed: {result.stderr.strip()}")
    return result.stdout


def problem_elsewhere(staged: Path) -> str | None:
    """Run the interpreter below ``staged``, where it was never installed.

    Returns:
        Why it doesn't find its parts there, None if it does.
    """
    code = "import hashlib, ssl, sys, sysconfig, venv, zlib; print(sys.base_prefix)"
    environment = {
        name: value for name, value in pip_environment().items() if name != "LD_LIBRARY_PATH"
    }
    result = subprocess.run(
        [str(staged / "bin" / "python3"), "-I", "-B", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode == 0 and Path(result.stdout.strip()).resolve() == staged.resolve():
        return None
    return (result.stderr or f"its prefix is {result.stdout}").strip().splitlines()[-1]


def write_tar(staged: Path, packed: Path) -> None:
    """Write the files of the directory ``staged`` to a ``.tar.gz``, below its name."""
    with (
        packed.open("wb") as raw,
        # Neither the time nor the file's name may get into the header.
        gzip.GzipFile("", "wb", _COMPRESSION_LEVEL, raw, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path in sorted(staged.rglob("*")):
            # Python looks for the directory of its extension modules, even where there are none.
            if path.is_symlink() or path.is_file() or not any(path.iterdir()):
                name = path.relative_to(staged.parent).as_posix()
                member = tar.gettarinfo(path, name)
                _normalise(member)
                if member.isreg():
                    with path.open("rb") as content:
                        tar.addfile(member, content)
                else:
                    tar.addfile(member)


def _normalise(member: tarfile.TarInfo) -> None:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = MODIFIED
    if member.issym():
        member.mode = 0o777
    if member.isdir():
        member.mode = 0o755
