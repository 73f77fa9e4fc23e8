"""Values of TOML documents, and where they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeGuard

Table = Mapping[str, object]


def is_table(value: object) -> TypeGuard[Table]:
    """Return whether a value of a document is a table."""
    return isinstance(value, dict)


def get_table(document: Table, *keys: str) -> Table:
    """Return the table at ``keys``, or {}."""
    value: object = document
    for key in keys:
        value = value.get(key) if is_table(value) else None
    return value if is_table(value) else {}


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
