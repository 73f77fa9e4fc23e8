"""What a Django project in a subdirectory imports from the app's own directory.

Python imports from the directory of manage.py, and servers from the one that they are told; code
that lies above it is found only where the app's directory is on the path, too.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

from python_buildpack.start_commands.modules import imported_modules, text_of
from python_buildpack.start_commands.source_tree import SourceTree


def find_root_imports(tree: SourceTree, directory: str, settings: str | None) -> tuple[str, ...]:
    """Return the packages and modules of the app's directory that a project below it imports.

    Args:
        directory: of manage.py, relative to the app; "" for the app's.
        settings: the name of the settings module, which is imported, too.
    """
    if not directory:
        return ()
    names = _names_in(tree, "") - _names_in(tree, directory) - sys.stdlib_module_names
    if not names:
        return ()
    found = {settings.partition(".")[0]} if settings is not None else set[str]()
    marks = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b".encode())
    for path in tree.paths:
        if path.startswith(f"{directory}/") and tree.mentions(path, marks):
            found.update(_imported(tree, path))
    return tuple(sorted(found & names))


def _names_in(tree: SourceTree, directory: str) -> frozenset[str]:
    """Return the names of the modules, and of the directories with modules, in a directory."""
    depth = len(PurePosixPath(directory).parts)
    prefix = f"{directory}/" if directory else ""
    parts = (PurePosixPath(path).parts[depth] for path in tree.paths if path.startswith(prefix))
    return frozenset(part.removesuffix(".py") for part in parts)


def _imported(tree: SourceTree, path: str) -> Iterator[str]:
    """Yield the first parts of the names that a file imports, or installs as Django's apps."""
    module = tree.parse(path)
    if module is None:
        return
    yield from (name.partition(".")[0] for name in imported_modules(module))
    for node in ast.walk(module):
        if isinstance(node, ast.Assign | ast.AugAssign):
            yield from _installed_apps(tree, node)


def _installed_apps(tree: SourceTree, node: ast.Assign | ast.AugAssign) -> Iterator[str]:
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    if not isinstance(target, ast.Name) or not target.id.endswith("_APPS"):
        return
    for each in ast.walk(node.value):
        top = (text_of(each) or "").partition(".")[0] if isinstance(each, ast.expr) else ""
        if top and tree.has_directory(top):
            yield top
