"""Under which name, and from which directory, a file of the app is imported."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from python_buildpack.start_commands.frameworks import BY_CONSTRUCTOR, FRAMEWORKS
from python_buildpack.start_commands.source_tree import SourceTree

SRC = "src"
# What is of these names in the app isn't what is meant by an import.
_OTHERS = sys.stdlib_module_names.union(
    (each.package for each in FRAMEWORKS), (name.partition(".")[0] for name in BY_CONSTRUCTOR)
)


@dataclass(frozen=True)
class ModuleName:
    """A module: its full name, as it is imported from ``directory``, relative to the app.

    It has no name where its path makes none, as with "1 Home.py".
    """

    name: str
    directory: str


def module_name(tree: SourceTree, path: str, imported: Iterable[str], level: int = 0) -> ModuleName:
    """Return how a file is imported.

    Args:
        imported: the full names of the modules that it imports, which tell where it expects to be.
        level: how many packages its relative imports need around it.
    """
    file = PurePosixPath(path)
    if f"{file.with_suffix('')}/__init__.py" in tree:
        return ModuleName("", "")  # The package of that name is what is imported.
    base = _base(tree, file, imported, level)
    parts = list(file.relative_to(base).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    # Names that the shell would have to be given in quotes, or servers take for something else.
    is_name = all(re.fullmatch(r"\w[\w-]*", part) for part in parts)
    if not is_name or not re.fullmatch(r"(\w[\w./-]*)?", base):
        return ModuleName("", "")
    return ModuleName(".".join(parts), base)


def find_module(tree: SourceTree, name: str, directory: str) -> str | None:
    """Return the file of a module that is imported by its full name, from ``directory``."""
    relative = name.replace(".", "/")
    for base in dict.fromkeys((directory, "", SRC)):
        prefix = f"{base}/{relative}" if base else relative
        for path in (f"{prefix}/__init__.py", f"{prefix}.py"):
            if path in tree:
                return path
    return None


def _base(tree: SourceTree, file: PurePosixPath, imported: Iterable[str], level: int) -> str:
    """Return the directory that a file is imported from: where most of its own imports are found.

    Where they don't tell, it is the one around its packages, or else the app's.
    """
    usual = file.parent
    while usual.parts and f"{usual}/__init__.py" in tree:
        usual = usual.parent
    if usual == file.parent and usual.name != SRC:
        usual = PurePosixPath()
    bases = file.parents[max(level, file.name == "__init__.py") :] or (PurePosixPath(),)
    usual = usual if usual in bases else bases[0]
    names = {each for name in imported for each in (name, name.partition(".")[0])}
    own = {each for each in names if each.partition(".")[0] not in _OTHERS}
    found = {base: sum(_has(tree, base, name) for name in own) for base in (usual, *bases)}
    # Of equally good ones the first.
    base = max(found, key=lambda each: found[each])
    return str(base) if base.parts else ""


def _has(tree: SourceTree, base: PurePosixPath, name: str) -> bool:
    path = str(base.joinpath(*name.split(".")))
    return f"{path}.py" in tree or tree.has_directory(path)
