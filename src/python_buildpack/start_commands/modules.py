"""A module of the app: how it is imported, and the names in it, read from its syntax tree.

Only what runs when the module is imported counts: its top level, with the bodies of ``if``,
``try`` and ``with``, and without that of ``if __name__ == "__main__"``.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from python_buildpack.start_commands.frameworks import BY_CONSTRUCTOR, FRAMEWORKS
from python_buildpack.start_commands.import_effects import (
    ImportEffects,
    imported_statements,
    last_name,
    method_name,
    read_import_effects,
    running_calls,
)
from python_buildpack.start_commands.source_tree import SourceTree

SRC = "src"
# What is of these names in the app isn't what is meant by an import.
_OTHERS = sys.stdlib_module_names.union(
    (each.package for each in FRAMEWORKS), (name.partition(".")[0] for name in BY_CONSTRUCTOR)
)


def _module_name(
    tree: SourceTree, path: str, imported: Iterable[str], level: int
) -> tuple[str, str]:
    """Return a file's full name, and the directory that it is imported from; no name where its path makes none.

    Args:
        imported: the full names of the modules that it imports, which tell where it expects to be.
        level: how many packages its relative imports need around it.
    """
    file = PurePosixPath(path)
    if f"{file.with_suffix('')}/__init__.py" in tree:
        return "", ""  # The package of that name is what is imported.
    base = _base(tree, file, imported, level)
    parts = list(file.relative_to(base).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    # Names that the shell would have to be given in quotes, or servers take for something else.
    is_name = all(re.fullmatch(r"\w[\w-]*", part) for part in parts)
    if not is_name or not re.fullmatch(r"(\w[\w./-]*)?", base):
        return "", ""
    return ".".join(parts), base


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


Function = ast.FunctionDef | ast.AsyncFunctionDef
# The fields of a syntax tree that hold statements, or what holds statements in turn.
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")


@dataclass(frozen=True)
class Module:
    """A module.

    Attributes:
        name: its full name, as it is imported; "" where its path makes none, as with "1 Home.py".
    """

    path: str
    name: str
    directory: str
    tree: ast.Module

    @cached_property
    def statements(self) -> tuple[ast.stmt, ...]:
        """What runs on import."""
        return tuple(imported_statements(self.tree.body))

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The full name of each name that it imports."""
        return imported_names(self.statements, package_of(self))

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """Its functions, by their names."""
        return {each.name: each for each in self.statements if isinstance(each, Function)}

    @cached_property
    def classes(self) -> Mapping[str, ast.ClassDef]:
        """Its classes, by their names."""
        return {each.name: each for each in self.statements if isinstance(each, ast.ClassDef)}

    @cached_property
    def effects(self) -> ImportEffects:
        """What an import of it does."""
        return read_import_effects(self.tree)

    @cached_property
    def reads_arguments(self) -> bool:
        """Whether an import of it reads the command line, which is a server's then."""
        calls = (call for call, _ in running_calls(self.tree, as_script=False))
        plain = (each for each in self.statements if isinstance(each, ast.Assign | ast.Expr))
        return any(last_name(each.func) == "parse_args" and not each.args for each in calls) or any(
            isinstance(node, ast.Subscript)
            and method_name(node.value) == "sys.argv"
            and ast.unparse(node.slice) != "0"
            for statement in plain
            for node in ast.walk(statement)
        )

    def names_in(self, function: Function) -> dict[str, str]:
        """Return its names, and those that a function imports."""
        return {**self.names, **imported_names(all_statements(function), package_of(self))}


def read_module(tree: SourceTree, path: str) -> Module | None:
    """Read a module; None if it can't be parsed."""
    parsed = tree.parse(path)
    if parsed is None:
        return None
    levels = (each.level for each in all_statements(parsed) if isinstance(each, ast.ImportFrom))
    location = _module_name(tree, path, imported_modules(parsed), max(levels, default=0))
    return Module(path, *location, parsed)


def owner_of(tree: SourceTree, name: str, directory: str) -> Module | None:
    """Return the app's own module that a full name is of, or is in; None if there is none."""
    names = filter(None, (name, name.rpartition(".")[0]))
    path = next(filter(None, (find_module(tree, each, directory) for each in names)), None)
    return read_module(tree, path) if path is not None else None


def script_calls(tree: SourceTree, module: Module) -> Iterator[tuple[ast.Call, Module, int]]:
    """Yield the calls of a script, and those in functions of other modules that it calls itself.

    Each comes with the module that it is in, and the line of the script, counted from 1.
    """
    for call, _ in running_calls(module.tree, as_script=True):
        yield call, module, call.lineno
        name = full_name(call.func, module.names)
        owner = owner_of(tree, name, module.directory) if "." in name else None
        function = owner.functions.get(name.rpartition(".")[2]) if owner is not None else None
        if owner is not None and function is not None:
            body = ast.Module([*owner.functions.values(), *function.body], type_ignores=[])
            for inner, _ in running_calls(body, as_script=True):
                yield inner, owner, call.lineno


def package_of(module: Module) -> str:
    """Return the package that a module's relative imports start from, or ""."""
    name = module.name
    is_package = PurePosixPath(module.path).name == "__init__.py"
    return name if is_package else name.rpartition(".")[0]


def full_name(node: ast.expr, names: Mapping[str, str]) -> str:
    """Return what an expression such as ``f.Flask`` refers to; "" for all others."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join((names.get(node.id, node.id), *attributes))


def text_of(node: ast.expr | None) -> str | None:
    """Return the text of a literal; None for other expressions."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def imported_names(statements: Iterable[ast.stmt], package: str) -> dict[str, str]:
    """Return the full name of each name that statements import."""
    names: dict[str, str] = {}
    for statement in statements:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(statement, ast.ImportFrom):
            module = imported_from(statement, package)
            for alias in statement.names:
                if alias.name == "*":
                    package = f"{module.partition('.')[0]}."
                    own = (each for each in BY_CONSTRUCTOR if each.startswith(package))
                    names |= {each.rpartition(".")[2]: each for each in own}
                else:
                    names[alias.asname or alias.name] = f"{module}.{alias.name}".lstrip(".")
    return names


def imported_modules(tree: ast.Module) -> frozenset[str]:
    """Return the full names of what a module imports anywhere, relative imports left out."""
    names: set[str] = set()
    for node in all_statements(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def all_statements(parent: ast.AST) -> Iterator[ast.stmt]:
    """Yield all statements within, in order; twice as fast as a walk through all expressions."""
    stack = [parent]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt) and node is not parent:
            yield node
        inner: list[ast.AST] = []
        for name in _BLOCKS:
            inner += getattr(node, name, ())
        stack += reversed(inner)


def assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield the variables that a statement sets, and their values."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for each in targets:
        # As in `app, rt = fast_app()`.
        target = each.elts[0] if isinstance(each, ast.Tuple) and each.elts else each
        if isinstance(target, ast.Name):
            yield target.id, statement.value


def imported_from(statement: ast.ImportFrom, package: str) -> str:
    """Return the full name of the module that a statement imports from."""
    module = statement.module or ""
    if not statement.level:
        return module
    parts = package.split(".") if package else []
    parts = parts[: len(parts) - statement.level + 1]
    return ".".join((*parts, module)).strip(".")
