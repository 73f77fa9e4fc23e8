"""Which statements of a module run when it is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard


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
    """Tell whether a statement is ``if __name__ == "__main__"``, or has that among others."""
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
