"""What runs when a module is imported, and what that does: no script is taken for an app."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeGuard

# In a name, they say that the file is run by hand.
_SCRIPT_NAME = re.compile(
    r"env|fixtures?|seed(er|s)?|(.*[_-])?seed([_-].*)?|(.*[_-])?migrat(e|ions?)([_-].*)?"
    r"|((re)?create|drop|delete|reset|wipe|purge|populate|fill|clean(up)?|truncate|nuke|setup"
    r"|init(iali[sz]e)?|load|import|export|backup|restore|upgrade|downgrade)"
    r"[_-]?(all|db|databases?|tables?|data|schema|fixtures|users?|admin|samples?)([_-].*)?"
    r"|drop|reset|(populate|wipe|purge|truncate|nuke|cleanup|backfill|downgrade)([_-].*)?"
)
# Calls that destroy data, by the last part of their names. pandas has drop() and reset_index(),
# NumPy seed(), loggers remove() and clear(): a verb alone isn't enough.
_DESTRUCTIVE = re.compile(
    r"drop_(all|db|database|tables?|collection|everything|schema)|flush_?(all|db)|rmtree"
    r"|delete_many|run_migrations(_\w+)?|downgrade"
    r"|(recreate|reset|wipe|clear|clean|delete|destroy|purge|truncate|nuke|empty)"
    r"_(all|db|database|tables?|data|everything|schema|users?)"
)
# SQL, or a command of the shell.
_DESTRUCTIVE_TEXT = re.compile(
    r"\s*(DROP\s+(TABLE|DATABASE|SCHEMA)|TRUNCATE|DELETE\s+FROM|(sudo\s+)?rm\s+-\w*r\w*)\b",
    re.IGNORECASE,
)
# Calls that write data.
_WRITES = re.compile(
    r"commit|add_all|bulk_\w+|execute(many|script)?|insert_(one|many)|upgrade|migrate"
    r"|(seed|populate|fill|import|insert)_(all|db|database|tables?|data)|seed|populate"
    r"|(seed|populate|fill|import|insert|create|load)_(users?|admin|fixtures|samples?)"
)
# Of the calls in a block, those that set an app up.
_SETUP = re.compile(
    r"create_all|push|(register|include|mount|init|configure|setup|add)(_(?!db|data|user)\w+)?"
    r"|setdefault|update|from_\w+|set\w*Level|addHandler|info|debug|warning|print|get\w*"
)
_RUNS = ("app.run", "application.run", "server.run", "uvicorn.run")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class ImportEffects:
    """What an import does; lines counted from 1, None if it does no such thing.

    Attributes:
        destroys: where data is destroyed.
        acts: where it does more than to set an app up.
        runs: where it starts the app, as ``app.run()`` without a main guard does.
        serves: where it starts a server for it, as ``waitress.serve(app)`` does.
    """

    destroys: int | None = None
    acts: int | None = None
    runs: int | None = None
    serves: int | None = None


@dataclass(frozen=True)
class Around:
    """Where a call is.

    Attributes:
        line: of the call of the module that leads to it.
        is_in_block: whether it is in the body of a ``with`` or a loop.
        is_conditional: whether it doesn't always run.
        is_statement: whether nothing is done with its result.
    """

    line: int | None = None
    is_in_block: bool = False
    is_conditional: bool = False
    is_statement: bool = False


def imported_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield what runs on import, in order; the compound statements themselves too."""
    # A stack, not recursion: an elif is an if within an else, and there may be thousands.
    stack = list(reversed(body))
    while stack:
        statement = stack.pop()
        yield statement
        inner: list[ast.stmt] = []
        if isinstance(statement, ast.If):
            runs = not is_main_check(statement) and not _never_runs(statement.test)
            inner = [*(statement.body if runs else ()), *statement.orelse]
        elif isinstance(statement, ast.Try):
            handled = [each for handler in statement.handlers for each in handler.body]
            inner = [*statement.body, *handled, *statement.orelse, *statement.finalbody]
        elif isinstance(statement, ast.With):
            inner = statement.body
        stack += reversed(inner)


def is_main_check(statement: ast.AST) -> TypeGuard[ast.If]:
    """Return whether a statement is ``if __name__ == "__main__"``, or has that among others."""
    return isinstance(statement, ast.If) and _is_main_test(statement.test)


def _is_main_test(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_is_main_test(value) for value in test.values)
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq | ast.In):
        return False
    sides = [test.left, *test.comparators]
    for side in test.comparators:
        # As in `if __name__ in {"__main__", "__mp_main__"}`.
        sides += side.elts if isinstance(side, ast.Set | ast.Tuple | ast.List) else ()
    return any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides) and any(
        isinstance(side, ast.Constant) and side.value == "__main__" for side in sides
    )


def _never_runs(test: ast.expr) -> bool:
    is_type_checking = (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )
    return is_type_checking or (isinstance(test, ast.Constant) and not test.value)


def read_import_effects(module: ast.Module, *, as_script: bool = False) -> ImportEffects:
    """Read what a module does when it is imported, with the functions of its own that it calls.

    Args:
        as_script: whether it is run instead, so that what its main guard does counts.
    """
    destroys: list[int] = []
    acts: list[int] = []
    runs: list[int] = []
    serves: list[int] = []
    for call, around in running_calls(module, as_script=as_script):
        line = around.line or call.lineno
        is_work = around.is_in_block and around.is_statement and not _is_setup(call)
        if _is_destructive(call):
            (acts if around.is_conditional else destroys).append(line)
        elif around.is_statement and method_name(call.func) in _RUNS:
            runs.append(line)
        elif around.is_statement and _is_server(call):
            serves.append(line)
        elif is_work or _is_write(call):
            acts.append(line)
    return ImportEffects(
        destroys=min(destroys, default=None),
        acts=min((*destroys, *acts), default=None),
        runs=min(runs, default=None),
        serves=min(serves, default=None),
    )


def running_calls(module: ast.Module, *, as_script: bool) -> Iterator[tuple[ast.Call, Around]]:
    """Yield the calls that run on import, or as a script; in no certain order."""
    functions = {each.name: each for each in module.body if isinstance(each, _Function)}
    stack: list[tuple[ast.AST, Around]] = [(each, Around()) for each in module.body]
    followed: set[tuple[str, bool]] = set()
    while stack:
        node, around = stack.pop()
        if isinstance(node, ast.Call):
            yield node, around
            around = replace(around, line=around.line or node.lineno)
            function = functions.get(node.func.id) if isinstance(node.func, ast.Name) else None
            # Once for each way, so that one that is sure to run is known to be.
            if function is not None and (function.name, around.is_conditional) not in followed:
                followed.add((function.name, around.is_conditional))
                inner = replace(around, is_in_block=False)
                stack += [(each, inner) for each in function.body]
        for child in _children(node, as_script=as_script):
            stack.append((child, _around(node, child, around)))


def is_script_name(stem: str) -> bool:
    """Return whether a file or a console script is named after something that is done by hand."""
    return _SCRIPT_NAME.fullmatch(stem.lower()) is not None


def method_name(node: ast.expr) -> str:
    """Return a method of a variable, such as "app.run"; "" for other expressions."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name; "" for other expressions."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _children(node: ast.AST, *, as_script: bool) -> Iterable[ast.AST]:
    if isinstance(node, _Function | ast.Lambda):
        return ()
    if is_main_check(node) and not as_script:
        return node.orelse
    return ast.iter_child_nodes(node)


def _around(node: ast.AST, child: ast.AST, around: Around) -> Around:
    begins_block = isinstance(node, ast.With | ast.For | ast.While) and isinstance(child, ast.stmt)
    is_condition = isinstance(node, ast.If | ast.ExceptHandler) and not is_main_check(node)
    return replace(
        around,
        is_in_block=around.is_in_block or begins_block,
        is_conditional=around.is_conditional or is_condition,
        is_statement=isinstance(node, ast.Expr),
    )


def _is_destructive(call: ast.Call) -> bool:
    name = last_name(call.func)
    if _DESTRUCTIVE.fullmatch(name):
        return True
    if name in ("delete", "drop") and isinstance(call.func, ast.Attribute):
        # A query's, as in User.query.delete(), or a table's; an HTTP client's has arguments.
        return not call.args and not call.keywords
    texts = (each.value for each in call.args if isinstance(each, ast.Constant))
    return any(isinstance(each, str) and _DESTRUCTIVE_TEXT.match(each) for each in texts)


def _is_server(call: ast.Call) -> bool:
    name = last_name(call.func)
    # Without an app, it is FastHTML's, which starts nothing in an import.
    return name in ("run_simple", "serve_forever") or (name == "serve" and bool(call.args))


def _is_write(call: ast.Call) -> bool:
    name = last_name(call.func)
    is_random = isinstance(call.func, ast.Attribute) and name in ("seed", "populate")
    return _WRITES.fullmatch(name) is not None and not is_random


def _is_setup(call: ast.Call) -> bool:
    return _SETUP.fullmatch(last_name(call.func)) is not None
