"""The scripts that are started as they are, by a framework's program or by Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from python_buildpack.start_commands.frameworks import (
    FRAMEWORKS,
    FUNCTIONS,
    STREAMLIT,
    App,
    Framework,
)
from python_buildpack.start_commands.import_effects import last_name
from python_buildpack.start_commands.modules import (
    Module,
    all_statements,
    assigned,
    full_name,
    imported_names,
    owner_of,
    package_of,
    script_calls,
)
from python_buildpack.start_commands.source_tree import SourceTree

_STARTS = frozenset(start for each in FRAMEWORKS for start in each.starts)

# Their run() starts something else.
_OTHER_RUNNERS = ("asyncio", "subprocess", "uvicorn", "anyio", "trio")

# Of Streamlit: they are given another script, which is the one that shows something.
_LAUNCHERS = ("streamlit.web.cli", "streamlit.web.bootstrap", "streamlit.cli")


def find_marked_scripts(tree: SourceTree, module: Module) -> Iterator[App]:
    """Yield what a module starts by itself, or marks for a program that starts it."""
    starts = [each for each in script_calls(tree, module) if last_name(each[0].func) in _STARTS]
    for framework in FRAMEWORKS:
        names = {name for name, full in module.names.items() if _is_of(full, framework)}
        lines = [line for call, owner, line in starts if _starts(framework, call, owner, tree)]
        if lines:
            yield App(framework, "", min(lines))
        elif not framework.package or not names:
            continue
        elif framework is STREAMLIT:
            pages = {name for name in names if not module.names[name].startswith(_LAUNCHERS)}
            line = _streamlit_line(module, pages)
            if line is not None:
                yield App(STREAMLIT, "", line)
        elif framework.decorators:
            yield from _decorated(framework, module)


def _is_of(full_name: str, framework: Framework) -> bool:
    return f"{full_name}.".startswith(f"{framework.package}.")


def _decorated(framework: Framework, module: Module) -> Iterator[App]:
    """Yield the first function that is marked; of a framework that starts one by name, each."""
    found = [
        App(framework, function.name if framework is FUNCTIONS else "", decorator.lineno)
        for function in module.functions.values()
        for decorator in function.decorator_list
        if full_name(_called(decorator), module.names) in framework.decorators
    ]
    yield from found if framework is FUNCTIONS else found[:1]


def _called(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _starts(framework: Framework, call: ast.Call, module: Module, tree: SourceTree) -> bool:
    """Return whether a function or a method starts what a module, or one that it imports, made."""
    function = call.func
    if isinstance(function, ast.Name):
        name = full_name(function, module.names)
        is_start = name.rpartition(".")[2] in framework.starts
        return is_start and _is_of(name, framework)
    if not isinstance(function, ast.Attribute) or function.attr not in framework.starts:
        return False
    if full_name(function, module.names).partition(".")[0] in _OTHER_RUNNERS:
        return False
    return any(
        _is_of(full, framework)
        for each in (module, _origin(function, module, tree))
        for full in (each.names.values() if each is not None else ())
    )


def _origin(node: ast.expr, module: Module, tree: SourceTree) -> Module | None:
    """Return the app's other module that has what an expression begins with, or made it."""
    statements = tuple(all_statements(module.tree))
    values = {name: value for each in statements for name, value in assigned(each)}
    names = imported_names(statements, package_of(module))
    name = _first_name(node)
    name = _first_name(values[name]) if name in values else name
    return owner_of(tree, names[name], module.directory) if name in names else None


def _first_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def _streamlit_line(module: Module, names: set[str]) -> int | None:
    """Return where a script shows something; None for a module that only has functions for it."""
    uses = [
        node for node in ast.walk(module.tree) if isinstance(node, ast.Name) and node.id in names
    ]
    if not uses:
        return None
    passive = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for statement in (each for each in module.statements if not isinstance(each, passive)):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and (node.id in names or node.id in module.functions):
                return min(use.lineno for use in uses)
    return None
