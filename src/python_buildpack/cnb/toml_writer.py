"""Writing of TOML: the few forms that the Buildpack API needs, the same bytes for the same value.

https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, TypeGuard, Union

# Not `|`, which can't join the forward reference that a recursive alias needs.
TomlValue: TypeAlias = Union[str, bool, int, Sequence[str], "TomlTable", Sequence["TomlTable"]]
TomlTable: TypeAlias = Mapping[str, TomlValue]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = re.compile(r'[\x00-\x1f"\\\x7f]')
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SHORT_ESCAPES = {
    "\b": r"\b",
    "\t": r"\t",
    "\n": r"\n",
    "\f": r"\f",
    "\r": r"\r",
    '"': r"\"",
    "\\": r"\\",
}
_INTEGER_LIMIT = 2**63


def write_toml(table: TomlTable) -> str:
    """Return ``table`` as a TOML document.

    Keys keep their order, except that TOML wants a table's plain values before its tables.

    Raises:
        TypeError: a value is of another type, such as a float, None or a mixed list.
        ValueError: a string has a surrogate, or an integer more than 64 bits.
    """
    return "".join(f"{line}\n" for line in _table_lines(table, "")).lstrip("\n")


def _table_lines(table: TomlTable, path: str) -> Iterator[str]:
    for key, value in table.items():
        if not isinstance(value, Mapping) and not _is_array_of_tables(value):
            yield f"{_key(key)} = {_inline(value)}"
    for key, value in table.items():
        header = f"{path}.{_key(key)}" if path else _key(key)
        if isinstance(value, Mapping):
            yield from ("", f"[{header}]", *_table_lines(value, header))
        elif _is_array_of_tables(value):
            for item in value:
                yield from ("", f"[[{header}]]", *_table_lines(item, header))


def _is_array_of_tables(value: TomlValue) -> TypeGuard[Sequence[TomlTable]]:
    return (
        isinstance(value, (list, tuple))
        and len(value) > 0
        and all(isinstance(item, Mapping) for item in value)
    )


def _key(key: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"A key is a string, not {key!r}")
    return key if _BARE_KEY.fullmatch(key) else _string(key)


def _inline(value: TomlValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
            raise ValueError(f"{value} has more than 64 bits")
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_string(item) for item in value)}]"
    raise TypeError(f"TOML is not written for {value!r}")


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"A list holds strings only, or tables only, not {value!r}")
    if _SURROGATE.search(value):
        raise ValueError(f"{value!r} is not Unicode text")
    return f'"{_ESCAPED.sub(_escape, value)}"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _SHORT_ESCAPES.get(character, f"\\u{ord(character):04X}")
