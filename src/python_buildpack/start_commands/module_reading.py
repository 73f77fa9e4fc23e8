"""What one module defines, read from its syntax tree.

Only what runs when the module is imported counts: its top level, with the bodies of ``if``,
``try`` and ``with``, and without that of ``if __name__ == "__main__"``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from python_buildpack.start_commands.frameworks import (
    BY_CONSTRUCTOR,
    DASH,
    FACTORY_NAMES,
    Framework,
    ServerInterface,
)
from python_buildpack.start_commands.import_effects import ImportEffects, read_import_effects
from python_buildpack.start_commands.import_time import imported_statements
from python_buildpack.start_commands.scope import Definition, Function, Scope, imported_names
from python_buildpack.start_commands.script_reading import read_scripts

# The fields of a syntax tree that hold statements, or what holds statements in turn.
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")


@dataclass(frozen=True)
class Alias:
    """A variable that gets what another module defines, or what its function returns.

    Attributes:
        name: of the variable.
        target: the full name of what is there.
        line: counted from 1.
        is_call: whether ``target`` is called.
    """

    name: str
    target: str
    line: int
    is_call: bool


@dataclass(frozen=True)
class ModuleContents:
    """What detection needs of a module.

    Attributes:
        definitions: the apps, in the order of their lines, each name once.
        aliases: imports and calls of what other modules define.
        returned: what the functions of the module return, by their names.
        classes: what the classes of the module are apps of, by their names.
        effects: what an import of it does.
    """

    definitions: tuple[Definition, ...]
    aliases: tuple[Alias, ...]
    returned: Mapping[str, Framework]
    classes: Mapping[str, Framework]
    effects: ImportEffects


def read_module(tree: ast.Module, package: str) -> ModuleContents:
    """Read what a module defines.

    Args:
        tree: the module's.
        package: that relative imports start from; "" where there is none.
    """
    statements = tuple(imported_statements(tree.body))
    names = imported_names(statements, package)
    subclasses = _subclasses(statements, names)
    names |= subclasses
    functions = [each for each in statements if isinstance(each, Function)]
    scope = Scope(names, _returned(functions, Scope(names, {}), package))
    definitions = list(_definitions(statements, scope))
    if all(each.framework.kind is ServerInterface.WORKER for each in definitions):
        definitions += _factories(functions, scope)
    definitions += read_scripts(tree, statements, functions, scope)
    return ModuleContents(
        definitions=tuple(definitions),
        aliases=tuple(_aliases(statements, scope)),
        returned=scope.returned,
        classes={name: BY_CONSTRUCTOR[base] for name, base in subclasses.items()},
        effects=read_import_effects(tree),
    )


def _subclasses(statements: tuple[ast.stmt, ...], names: Mapping[str, str]) -> dict[str, str]:
    """Return the classes that are apps of a framework, each with the framework's class."""
    found: dict[str, str] = {}
    for statement in statements:
        if isinstance(statement, ast.ClassDef):
            scope = Scope({**names, **found}, {})
            bases = (scope.full_name(base) for base in statement.bases)
            known = next((base for base in bases if base in BY_CONSTRUCTOR), None)
            found |= {statement.name: known} if known is not None else {}
    return found


def imported_modules(tree: ast.Module) -> frozenset[str]:
    """Return the full names of what a module imports anywhere, relative imports left out."""
    names: set[str] = set()
    for node in _all_statements(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def package_of(module: str, path: str) -> str:
    """Return the package that a module's relative imports start from."""
    return module if PurePosixPath(path).name == "__init__.py" else module.rpartition(".")[0]


def _all_statements(parent: ast.AST) -> Iterator[ast.stmt]:
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


def _returned(functions: list[Function], scope: Scope, package: str) -> dict[str, Framework]:
    """Return what the functions return; one that calls another has to come after it."""
    returned: dict[str, Framework] = {}
    for function in functions:
        inner = tuple(_all_statements(function))
        names = {**scope.names, **imported_names(inner, package)}
        found = _returned_by(function, inner, Scope(names, returned))
        if found is not None and isinstance(function, ast.FunctionDef):
            returned[function.name] = found
    return returned


def _returned_by(function: Function, inner: tuple[ast.stmt, ...], scope: Scope) -> Framework | None:
    if function.returns is not None:
        annotated = BY_CONSTRUCTOR.get(scope.full_name(function.returns))
        if annotated is not None:
            return annotated
    variables = {
        name: scope.framework_of(value)
        for statement in inner
        for name, value in _assigned(statement)
        if scope.framework_of(value) is not None
    }
    for statement in inner:
        if isinstance(statement, ast.Return):
            value = statement.value
            found = variables.get(value.id) if isinstance(value, ast.Name) else None
            found = found or scope.framework_of(value)
            if found is not None:
                return found
    return None


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return
    for each in targets:
        # As in `app, rt = fast_app()`.
        target = each.elts[0] if isinstance(each, ast.Tuple) and each.elts else each
        if isinstance(target, ast.Name) and statement.value is not None:
            yield target.id, statement.value


def _definitions(statements: tuple[ast.stmt, ...], scope: Scope) -> Iterator[Definition]:
    found: dict[str, Definition] = {}
    for statement in statements:
        for name, value in _assigned(statement):
            framework = scope.framework_of(value)
            if framework is DASH:
                _add_dash(found, name, statement.lineno, value)
            elif framework is not None:
                found.setdefault(name, Definition(framework, name, statement.lineno))
            elif isinstance(value, ast.Attribute) and value.attr == "server":
                app = scope.full_name(value.value)
                if app in found and found[app].name == f"{app}.server":
                    del found[app]
                    found[name] = Definition(DASH, name, statement.lineno)
    yield from found.values()


def _add_dash(found: dict[str, Definition], name: str, line: int, value: ast.expr) -> None:
    """Add an app of Dash; what a server is given is its ``server``, a Flask app."""
    for keyword in value.keywords if isinstance(value, ast.Call) else ():
        given = keyword.value
        if keyword.arg == "server" and isinstance(given, ast.Name) and given.id in found:
            found[given.id] = replace(found[given.id], framework=DASH)
            return
    found.setdefault(name, Definition(DASH, f"{name}.server", line))


def _factories(functions: list[Function], scope: Scope) -> Iterator[Definition]:
    for function in functions:
        framework = scope.returned.get(function.name)
        if framework is None or function.name not in FACTORY_NAMES:
            continue
        arguments = function.args
        positional = len(arguments.posonlyargs) + len(arguments.args)
        effects = read_import_effects(ast.Module(body=function.body, type_ignores=[]))
        is_callable = positional == len(arguments.defaults) and None not in arguments.kw_defaults
        if is_callable and effects.destroys is None:
            yield Definition(framework, function.name, function.lineno, is_factory=True)


def _aliases(statements: tuple[ast.stmt, ...], scope: Scope) -> Iterator[Alias]:
    for statement in statements:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                name = alias.asname or alias.name
                if name in scope.names:
                    yield Alias(name, scope.names[name], statement.lineno, is_call=False)
        for name, value in _assigned(statement):
            called = value.func if isinstance(value, ast.Call) else None
            target = scope.full_name(called or value)
            if "." in target and scope.framework_of(value) is None:
                yield Alias(name, target, statement.lineno, is_call=called is not None)
