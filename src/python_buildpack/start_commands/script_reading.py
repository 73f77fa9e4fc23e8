"""The scripts that are started as they are, by a framework's program or by Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from python_buildpack.start_commands.frameworks import FRAMEWORKS, FUNCTIONS, STREAMLIT, Framework
from python_buildpack.start_commands.import_effects import running_calls
from python_buildpack.start_commands.scope import Definition, Function, Scope

# Their run() starts something else.
_OTHER_RUNNERS = ("asyncio", "subprocess", "uvicorn", "anyio", "trio")


def read_scripts(
    tree: ast.Module,
    statements: tuple[ast.stmt, ...],
    functions: list[Function],
    scope: Scope,
) -> Iterator[Definition]:
    """Yield what a module starts by itself, or marks for a program that starts it.

    Args:
        tree: the module's.
        statements: that run on import.
        functions: that these define.
        scope: the names of the module.
    """
    for framework in FRAMEWORKS:
        names = {name for name, full in scope.names.items() if _is_of(full, framework)}
        if not framework.package or not names:
            continue
        if framework is STREAMLIT:
            line = _streamlit_line(tree, statements, {each.name for each in functions}, names)
            if line is not None:
                yield Definition(STREAMLIT, "", line)
        elif framework.decorators:
            yield from _decorated(framework, functions, scope)
        elif framework.starts:
            yield from _started(framework, tree, scope)


def _is_of(full_name: str, framework: Framework) -> bool:
    return f"{full_name}.".startswith(f"{framework.package}.")


def _decorated(
    framework: Framework, functions: list[Function], scope: Scope
) -> Iterator[Definition]:
    """Yield the first function that is marked; of a framework that starts one by name, each."""
    found = [
        Definition(framework, function.name if framework is FUNCTIONS else "", decorator.lineno)
        for function in functions
        for decorator in function.decorator_list
        if scope.full_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
        in framework.decorators
    ]
    yield from found if framework is FUNCTIONS else found[:1]


def _started(framework: Framework, tree: ast.Module, scope: Scope) -> Iterator[Definition]:
    lines = [
        call.lineno
        for call, _ in running_calls(tree, as_script=True)
        if _is_start(framework, call.func, scope)
    ]
    if lines:
        yield Definition(framework, "", min(lines))


def _is_start(framework: Framework, function: ast.expr, scope: Scope) -> bool:
    """Tell whether a function or a method starts what a script has made."""
    if isinstance(function, ast.Name):
        full_name = scope.full_name(function)
        is_start = full_name.rpartition(".")[2] in framework.starts
        return is_start and _is_of(full_name, framework)
    if not isinstance(function, ast.Attribute) or function.attr not in framework.starts:
        return False
    return scope.full_name(function).partition(".")[0] not in _OTHER_RUNNERS


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
