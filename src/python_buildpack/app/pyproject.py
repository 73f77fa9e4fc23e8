"""Reading of what the buildpack needs from ``pyproject.toml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_buildpack.system.errors import UserError
from python_buildpack.system.text_file import parse_toml, read_text_file

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT_TOML = "pyproject.toml"


@dataclass(frozen=True)
class Pyproject:
    """The ``[project]`` table, as far as the buildpack reads it.

    https://packaging.python.org/en/latest/specifications/pyproject-toml/#declaring-project-metadata-the-project-table

    Args:
        has_project: whether there is a ``[project]`` table at all.
        requires_python: as it is written.
        requires_python_line: counted from 1; None where it wasn't found.
        has_dependencies: whether ``dependencies`` lists any, or is ``dynamic``.
        dependencies_line: counted from 1; None where it wasn't found.
        is_package: whether it has a project and says how that is built.
        tools: the names of the tables below ``[tool]``.
    """

    has_project: bool = False
    requires_python: str | None = None
    requires_python_line: int | None = None
    has_dependencies: bool = False
    dependencies_line: int | None = None
    is_package: bool = False
    tools: tuple[str, ...] = ()


@dataclass(eq=False)
class InvalidPyprojectError(UserError):
    """A value in ``pyproject.toml`` has the wrong type.

    Args:
        key: such as "project.requires-python".
        line: counted from 1; None where it wasn't found.
        expected: the TOML type, such as "a string".
        found: the TOML type, such as "an array".
    """

    key: str
    line: int | None
    expected: str
    found: str


def read_pyproject(app_dir: Path) -> Pyproject | None:
    """Read the app's ``pyproject.toml``; None where there is none.

    Raises:
        UnreadableFileError: it isn't a file that can be read.
        NotUtf8Error: it isn't UTF-8 text.
        InvalidTomlError: it isn't TOML.
        InvalidPyprojectError: a value has the wrong type.
    """
    text = read_text_file(app_dir, PYPROJECT_TOML)
    return None if text is None else parse_pyproject(text)


def parse_pyproject(text: str) -> Pyproject:
    """Parse the contents of ``pyproject.toml``.

    Raises:
        InvalidTomlError: ``text`` isn't TOML.
        InvalidPyprojectError: a value has the wrong type.
    """
    document = parse_toml(text, PYPROJECT_TOML)
    project, tool = document.get("project"), document.get("tool")
    tools = tuple(tool) if isinstance(tool, dict) else ()
    if project is None:
        return Pyproject(tools=tools)
    if not isinstance(project, dict):
        line = find_line(text, "", "project")
        raise InvalidPyprojectError("project", line, "a table", toml_type(project))
    requires_python = project.get("requires-python")
    if requires_python is not None and not isinstance(requires_python, str):
        raise _wrong_type(text, "requires-python", "a string", requires_python)
    dynamic = _array(text, project, "dynamic")
    dependencies = _array(text, project, "dependencies")
    is_dynamic = "dependencies" in dynamic
    dependencies_key = "dynamic" if is_dynamic else "dependencies"
    return Pyproject(
        has_project=True,
        requires_python=requires_python,
        requires_python_line=_line_of(text, project, "requires-python"),
        has_dependencies=is_dynamic or bool(dependencies),
        dependencies_line=_line_of(text, project, dependencies_key),
        is_package="build-system" in document,
        tools=tools,
    )


def find_line(text: str, table: str, key: str) -> int | None:
    """Return the line, from 1, on which ``key`` of ``[table]`` is most likely written.

    The parser doesn't tell, so the text is searched: for ``key =`` below the table's header,
    then for ``table.key``, ``table = {key = …}`` and ``[table.key]``. ``table`` is "" for the
    top of the document.
    """
    written_key = rf"""["']?{re.escape(key)}["']?\s*"""
    current = ""
    elsewhere = None
    for number, line in enumerate(text.split("\n"), start=1):
        header = re.match(r"\s*\[+([^\[\]]+)\]", line)
        if header:
            current = header[1].strip(" \t\"'")
        elif current == table and re.match(rf"\s*{written_key}[=.]", line):
            return number
        searched = line if header or not current else ""
        if elsewhere is None and re.search(rf"""[\s."'{{,\[]{written_key}[=.\]]""", searched):
            elsewhere = number
    return elsewhere


def toml_type(value: object) -> str:
    """Return the name of a parsed value's TOML type, with its article."""
    # bool before int: it is a subclass.
    for python_type, name in (
        (str, "a string"),
        (bool, "a boolean"),
        (int, "an integer"),
        (float, "a float"),
        (list, "an array"),
        (dict, "a table"),
    ):
        if isinstance(value, python_type):
            return name
    return "a date or time"


def _line_of(text: str, project: dict[str, object], key: str) -> int | None:
    return find_line(text, "project", key) if key in project else None


def _array(text: str, project: dict[str, object], key: str) -> list[object]:
    value = project.get(key, [])
    if not isinstance(value, list):
        raise _wrong_type(text, key, "an array", value)
    return value


def _wrong_type(text: str, key: str, expected: str, value: object) -> InvalidPyprojectError:
    line = find_line(text, "project", key)
    return InvalidPyprojectError(f"project.{key}", line, expected, toml_type(value))
