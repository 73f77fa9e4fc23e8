"""Compiles Python files; run by the Python that will import them, never imported by ours.

usage: PYTHONHASHSEED=0 python -s -S compile_worker.py [--checked]

Reads the paths from standard input, each ended by a NUL, and writes ``__pycache__/*.pyc`` for
each file, with the hash of its source (PEP 552), which Python looks at only where it is --checked.
Files that don't compile, as templates and code for other Python versions don't, are left out. So is
code that Python compiles, and that is nested too deeply to be written: its paths go to standard
output, each ended by a NUL. An empty path is answered by an empty one, when all before it are done.

The bytecode depends on the file alone, which ``py_compile`` doesn't promise:

- marshal marks an object as one to refer back to if anything else in the process refers to it,
  such as a module that happens to use the same name, or a cache
  (https://github.com/python/cpython/issues/78274). Here, every object is held while it is
  written, so that each is marked, always.
- Two equal constant sets in one file are one object, unless a string in them happens to have been
  interned by a file before. Here, they never are.
- Before Python 3.11, constant sets are written in the order of their hashes. Hence the seed, for
  the sake of which this doesn't run with -I.
"""

from __future__ import annotations

import sys

sys.path.pop(0)  # this directory, whose modules are named like some of the standard library's

import contextlib
import importlib.util
import marshal
import os
import warnings
from collections.abc import Iterator
from types import CodeType

_IS_HASH, _IS_CHECKED = 0b01, 0b10
# Added to the number of an error of the file system, this is the exit status.
_NOT_WRITTEN = 64
_CODE_ATTRIBUTES = (
    "co_cellvars",
    "co_code",
    "co_consts",
    "co_exceptiontable",
    "co_filename",
    "co_freevars",
    "co_linetable",
    "co_name",
    "co_names",
    "co_qualname",
    "co_varnames",
)


def compile_file(path: str, flags: int) -> bool:
    """Write the bytecode of ``path``, of which ``flags`` tell, if it can be compiled.

    Returns:
        False for code that is nested too deeply to be written.
    """
    directory, name = os.path.split(path)
    cache_dir = os.path.join(directory, "__pycache__")  # noqa: PTH118
    bytecode_name = f"{name.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"
    target = os.path.join(cache_dir, bytecode_name)  # noqa: PTH118
    try:
        # An installer that overwrites the file may have removed it at this moment.
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib would be imported for this alone
            source = file.read()
        code = compile(source, path, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        _remove(target)
        return True
    try:
        contents = _bytecode(code)
    except (ValueError, RecursionError, MemoryError):
        _remove(target)
        return False
    os.makedirs(cache_dir, exist_ok=True)  # noqa: PTH103
    # Not in place: others may be importing the file at this moment.
    with open(f"{target}.partial", "wb") as file:  # noqa: PTH123
        file.write(importlib.util.MAGIC_NUMBER + flags.to_bytes(4, "little"))
        file.write(importlib.util.source_hash(source) + contents)
    os.replace(f"{target}.partial", target)  # noqa: PTH105
    return True


def _remove(target: str) -> None:
    """Remove the bytecode of what was here before."""
    with contextlib.suppress(OSError):
        os.unlink(target)  # noqa: PTH108


def _bytecode(code: CodeType) -> bytes:
    code = _with_sets_of_its_own(code)
    held: list[object] = []
    _hold(code, held)
    return marshal.dumps(code)


def _with_sets_of_its_own(code: CodeType) -> CodeType:
    """Return ``code`` with a copy of each constant set, its items added in a fixed order."""
    constants: list[object] = []
    for value in code.co_consts:
        if isinstance(value, CodeType):
            constants.append(_with_sets_of_its_own(value))
        elif isinstance(value, frozenset):
            constants.append(frozenset(sorted(value, key=repr)))
        else:
            constants.append(value)
    if all(old is new for old, new in zip(code.co_consts, constants, strict=True)):
        return code
    return code.replace(co_consts=tuple(constants))


def _hold(value: object, held: list[object]) -> None:
    """Append ``value`` and all that it consists of to ``held``."""
    held.append(value)
    if isinstance(value, CodeType):
        for name in _CODE_ATTRIBUTES:
            _hold(getattr(value, name, None), held)
    elif isinstance(value, (tuple, frozenset)):
        for item in value:
            _hold(item, held)


def paths() -> Iterator[bytes]:
    """Yield the paths of standard input as they come."""
    rest = b""
    while chunk := os.read(0, 65_536):
        *complete, rest = (rest + chunk).split(b"\0")
        yield from complete


def main() -> None:
    """Compile each file that standard input names."""
    warnings.simplefilter("ignore")
    flags = _IS_HASH | (_IS_CHECKED if "--checked" in sys.argv[1:] else 0)
    for path in paths():
        try:
            is_done = bool(path) and compile_file(os.fsdecode(path), flags)
        except OSError as error:
            # Who started this tells the user.
            sys.exit(_NOT_WRITTEN + (error.errno or 0))
        if not is_done:
            os.write(1, path + b"\0")


if __name__ == "__main__":
    main()
