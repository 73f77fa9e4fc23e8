"""Under which name, and from which directory, a file of the app is imported."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from python_buildpack.start_commands.source_tree import SourceTree

SRC = "src"


@dataclass(frozen=True)
class ModuleName:
    """A module: its full name, as it is imported from ``directory``, relative to the app."""

    name: str
    directory: str


def module_name(tree: SourceTree, path: str, imported: Iterable[str]) -> ModuleName | None:
    """Return how a file is imported; None where its path makes no name.

    Args:
        tree: the app's files.
        path: the file.
        imported: the full names of the modules that it imports, which tell where it expects to be.
    """
    file = PurePosixPath(path)
    if f"{file.with_suffix('')}/__init__.py" in tree:
        return None  # The package of that name is what is imported.
    directory = file.parent
    while directory.parts and f"{directory}/__init__.py" in tree:
        directory = directory.parent
    base = "" if not directory.parts else str(directory)
    if base and not _is_imported_from(tree, base, file, imported):
        base = ""
    parts = list(
        file.relative_to(base).with_suffix("").parts if base else file.with_suffix("").parts
    )
    if parts[-1] == "__init__":
        parts.pop()
    # Names that the shell would have to be given in quotes, or servers take for something else.
    if not parts or not all(re.fullmatch(r"\w[\w-]*", part) for part in parts):
        return None
    if not re.fullmatch(r"(\w[\w./-]*)?", base):
        return None
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


def _is_imported_from(
    tree: SourceTree, base: str, file: PurePosixPath, imported: Iterable[str]
) -> bool:
    """Tell whether ``base``, which isn't a package, is what the file's imports start from.

    The alternative is the app's directory, with ``base`` as a package without __init__.py.
    """
    tops = {name.partition(".")[0] for name in imported}
    if PurePosixPath(base).parts[0] in tops:
        return False
    if PurePosixPath(base).name == SRC or str(file.parent) != base:
        return True
    return any(
        (f"{base}/{top}.py" in tree or tree.has_directory(f"{base}/{top}"))
        and not (f"{top}.py" in tree or tree.has_directory(top))
        for top in tops
    )
