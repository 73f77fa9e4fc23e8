"""What the names in a module refer to, and the apps that it defines."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from python_buildpack.start_commands.frameworks import (
    BY_CONSTRUCTOR,
    DJANGO_ASGI,
    DJANGO_WSGI,
    Framework,
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


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
class Scope:
    """The names of a module.

    Attributes:
        names: the full name of each that is imported, or made of such.
        returned: what the functions of the module return.
    """

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


def imported_names(statements: tuple[ast.stmt, ...], package: str) -> dict[str, str]:
    """Return the full name of each name that statements import.

    Args:
        statements: of a module or a function.
        package: that relative imports start from; "" where there is none.
    """
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
