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
    DJANGO_ASGI,
    DJANGO_WSGI,
    DRAMATIQ,
    FACTORY_NAMES,
    GRADIO,
    STREAMLIT,
    Framework,
    Kind,
)
from python_buildpack.start_commands.import_effects import ImportEffects, read_import_effects
from python_buildpack.start_commands.import_time import imported_statements

# The fields of a syntax tree that hold statements, or what holds statements in turn.
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Definition:
    """An app that a module defines.

    Attributes:
        framework: what it is an app of.
        name: of the variable or the factory; "" for scripts.
        line: counted from 1.
        is_factory: whether ``name`` is to be called for the app.
        is_doubtful: whether it may be a script's, which is only taken where there is no other app.
    """

    framework: Framework
    name: str
    line: int
    is_factory: bool = False
    is_doubtful: bool = False


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


@dataclass(frozen=True)
class _Scope:
    names: Mapping[str, str]
    returned: Mapping[str, Framework]

    def full_name(self, node: ast.expr) -> str:
        """Return what an expression such as ``f.Flask`` refers to; "" for all others."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join((self.names.get(node.id, node.id), *attributes))

    def framework_of(self, value: ast.expr | None) -> Framework | None:
        """Return what an expression makes an app of."""
        if not isinstance(value, ast.Call):
            return None
        name = self.full_name(value.func)
        found = BY_CONSTRUCTOR.get(name) or self.returned.get(name)
        if found is None:
            # Such as WhiteNoise(get_wsgi_application()).
            inner = (self.framework_of(argument) for argument in value.args)
            wrapped = next((each for each in inner if each is not None), None)
            return wrapped if wrapped in (DJANGO_WSGI, DJANGO_ASGI) else None
        return found


def read_module(tree: ast.Module, package: str) -> ModuleContents:
    """Read what a module defines.

    Args:
        tree: the module's.
        package: that relative imports start from; "" where there is none.
    """
    statements = tuple(imported_statements(tree.body))
    names = _imported_names(statements, package)
    subclasses = _subclasses(statements, names)
    names |= subclasses
    functions = [each for each in statements if isinstance(each, _Function)]
    scope = _Scope(names, _returned(functions, _Scope(names, {}), package))
    definitions = list(_definitions(statements, scope))
    if all(each.framework.kind is Kind.WORKER for each in definitions):
        definitions += _factories(functions, scope)
    definitions += _scripts(tree, statements, functions, scope)
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
            scope = _Scope({**names, **found}, {})
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


def _imported_names(statements: tuple[ast.stmt, ...], package: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for statement in statements:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(statement, ast.ImportFrom):
            module = _absolute(statement, package)
            for alias in statement.names:
                if alias.name == "*":
                    parts = (name.rpartition(".") for name in BY_CONSTRUCTOR)
                    names |= {
                        last: f"{module}.{last}" for first, _, last in parts if first == module
                    }
                else:
                    names[alias.asname or alias.name] = f"{module}.{alias.name}".lstrip(".")
    return names


def _absolute(statement: ast.ImportFrom, package: str) -> str:
    module = statement.module or ""
    if not statement.level:
        return module
    parts = package.split(".") if package else []
    parts = parts[: len(parts) - statement.level + 1]
    return ".".join((*parts, module)).strip(".")


def _returned(functions: list[_Function], scope: _Scope, package: str) -> dict[str, Framework]:
    """Return what the functions return; one that calls another has to come after it."""
    returned: dict[str, Framework] = {}
    for function in functions:
        inner = tuple(_all_statements(function))
        names = {**scope.names, **_imported_names(inner, package)}
        found = _returned_by(function, inner, _Scope(names, returned))
        if found is not None and isinstance(function, ast.FunctionDef):
            returned[function.name] = found
    return returned


def _returned_by(
    function: _Function, inner: tuple[ast.stmt, ...], scope: _Scope
) -> Framework | None:
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
    for target in targets:
        if isinstance(target, ast.Name) and statement.value is not None:
            yield target.id, statement.value


def _definitions(statements: tuple[ast.stmt, ...], scope: _Scope) -> Iterator[Definition]:
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


def _factories(functions: list[_Function], scope: _Scope) -> Iterator[Definition]:
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


def _aliases(statements: tuple[ast.stmt, ...], scope: _Scope) -> Iterator[Alias]:
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


def _scripts(
    tree: ast.Module,
    statements: tuple[ast.stmt, ...],
    functions: list[_Function],
    scope: _Scope,
) -> Iterator[Definition]:
    decorators = (each for function in functions for each in function.decorator_list)
    actors = [
        each.lineno
        for each in decorators
        if scope.full_name(each.func if isinstance(each, ast.Call) else each) == "dramatiq.actor"
    ]
    if actors:
        yield Definition(DRAMATIQ, "", actors[0])
    streamlit = {name for name, full in scope.names.items() if full.split(".")[0] == "streamlit"}
    gradio = {name for name, full in scope.names.items() if full.split(".")[0] == "gradio"}
    if streamlit:
        line = _streamlit_line(tree, statements, {each.name for each in functions}, streamlit)
        if line is not None:
            yield Definition(STREAMLIT, "", line)
    if gradio:
        launches = [
            node.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "launch"
        ]
        if launches:
            yield Definition(GRADIO, "", min(launches))


def _streamlit_line(
    tree: ast.Module, statements: tuple[ast.stmt, ...], functions: set[str], names: set[str]
) -> int | None:
    """Return where a script shows something; None for a module that only has functions for it."""
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in names]
    if not uses:
        return None
    passive = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for statement in (each for each in statements if not isinstance(each, passive)):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and (node.id in names or node.id in functions):
                return min(use.lineno for use in uses)
    return None
