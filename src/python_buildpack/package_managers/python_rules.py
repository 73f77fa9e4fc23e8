"""Which Pythons a lock file, a Pipfile or Poetry's settings allow."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from python_buildpack.pyproject import find_line
from python_buildpack.version_source import VersionSource, invalid_version

_POETRY_PART = re.compile(
    r"\s*(?P<operator>\^|~=|~|===?|!=|>=|<=|>|<|)\s*(?P<version>\d+(?:\.\d+)*(?:\.\*)?)\s*(?:,|\s|$)"
)
_ANY = ("", "*")


def specifiers_rule(
    file: str, key: str, text: str | None, document: str
) -> tuple[VersionSource, ...]:
    """Return the rule that version specifiers give; none where they allow any version.

    Args:
        file: that has it, relative to the app.
        key: as it is written there, ``table.key``.
        text: the specifiers, None where there are none.
        document: the file's text, to find the line.

    Raises:
        InvalidPythonVersionError: they aren't version specifiers.
    """
    if text is None or text.strip() in _ANY:
        return ()
    line = _line(document, key)
    try:
        return (VersionSource(f"{file} ({_last(key)})", line, text.strip(), SpecifierSet(text)),)
    except InvalidSpecifier:
        raise invalid_version(f"{file} ({_last(key)})", line, text) from None


def poetry_rule(file: str, key: str, text: str | None, document: str) -> tuple[VersionSource, ...]:
    """Return the rule that a constraint of Poetry's gives; see ``specifiers_rule``.

    One with alternatives (``||``) can't be written as specifiers; it is left to Poetry.
    https://python-poetry.org/docs/dependency-specification/
    """
    if text is None or text.strip() in _ANY or "|" in text:
        return ()
    line = _line(document, key)
    parts, position = [], 0
    while position < len(text):
        match = _POETRY_PART.match(text, position)
        if match is None:
            raise invalid_version(f"{file} ({_last(key)})", line, text)
        parts.append(_specifier(match["operator"], match["version"]))
        position = match.end()
    specifiers = SpecifierSet(",".join(parts))
    return (VersionSource(f"{file} ({_last(key)})", line, text.strip(), specifiers),)


def version_rule(file: str, key: str, text: str | None, document: str) -> tuple[VersionSource, ...]:
    """Return the rule that a version gives, ``3.13`` for all of its patch releases."""
    if text is None or text.strip() in _ANY:
        return ()
    name, line = f"{file} ({_last(key)})", _line(document, key)
    parts = text.strip().count(".")
    try:
        wildcard = "" if parts > 1 else ".*"
        return (
            VersionSource(name, line, text.strip(), SpecifierSet(f"=={text.strip()}{wildcard}")),
        )
    except InvalidSpecifier:
        raise invalid_version(name, line, text) from None


def _specifier(operator: str, version: str) -> str:
    numbers = [int(part) for part in version.removesuffix(".*").split(".")]
    if operator == "^":
        return f">={version},<{numbers[0] + 1}"
    if operator == "~":
        next_version = [numbers[0] + 1] if len(numbers) == 1 else [numbers[0], numbers[1] + 1]
        return f">={version},<{'.'.join(map(str, next_version))}"
    if not operator:
        return f"=={version}"
    return f"{operator}{version}"


def _line(document: str, key: str) -> int | None:
    table, _, name = key.rpartition(".")
    return find_line(document, table, name)


def _last(key: str) -> str:
    return key.rpartition(".")[2]
