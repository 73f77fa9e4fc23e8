"""Which Pythons a lock file, a Pipfile or Poetry's settings allow; Poetry's constraints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from python_buildpack.python_version.sources import (
    OLDEST_SUPPORTED,
    VersionSource,
    invalid_version,
)
from python_buildpack.system.toml import find_line

_POETRY_PART = re.compile(
    r"\s*(?P<operator>\^|~=|~|===?|!=|>=|<=|>|<|)\s*(?P<version>\d+(?:\.\d+)*(?:\.\*)?)\s*(?:,|\s|$)"
)
_ANY = ("", "*")
_OR = re.compile(r"\|\|?")
_FIRST, _LAST = Version("0"), Version("9" * 20)


def from_specifiers(
    file: str, key: str, text: str | None, document: str
) -> tuple[VersionSource, ...]:
    """Return the rule that version specifiers give; none if they allow any version.

    Args:
        key: as it is written there, ``table.key``.

    Raises:
        InvalidPythonVersionError: they aren't version specifiers.
    """
    return _rule(file, key, text, document, SpecifierSet)


def poetry_rule(file: str, key: str, text: str | None, document: str) -> tuple[VersionSource, ...]:
    """Return the rule that a constraint of Poetry's gives; see ``from_specifiers``.

    One with alternatives (``||``) of single versions, or majors, with a gap is left to Poetry.
    https://python-poetry.org/docs/dependency-specification/
    """
    if "|" in (text or "") and poetry_specifiers(text or "", of_python=True) is None:
        return ()
    return _rule(file, key, text, document, partial(poetry_specifiers, of_python=True))


def version_rule(file: str, key: str, text: str | None, document: str) -> tuple[VersionSource, ...]:
    """Return the rule that a version gives, ``3.13`` for all of its patch releases."""
    wildcard = "" if (text or "").count(".") > 1 else ".*"
    return _rule(file, key, text, document, lambda found: SpecifierSet(f"=={found}{wildcard}"))


def _rule(
    file: str,
    key: str,
    text: str | None,
    document: str,
    parse: Callable[[str], SpecifierSet | None],
) -> tuple[VersionSource, ...]:
    if text is None or text.strip() in _ANY:
        return ()
    table, _, name = key.rpartition(".")
    line = find_line(document, table, name)
    try:
        specifiers = parse(text.strip())
    except InvalidSpecifier:
        specifiers = None
    if specifiers is None:
        raise invalid_version(file, line, text, name)
    return (VersionSource(file, line, text.strip(), specifiers, name),)


def poetry_specifiers(text: str, *, of_python: bool = False) -> SpecifierSet | None:
    """Return what a constraint of Poetry's means; None if it can't be written as specifiers.

    Args:
        text: the constraint; of alternatives (``||``), ranges without a gap between them can be
            written.
        of_python: whether it is one of Python's versions, which can have gaps; those that aren't
            supported don't matter.

    https://python-poetry.org/docs/dependency-specification/
    """
    alternatives = [_all_of(each) for each in _OR.split(text)]
    return alternatives[0] if len(alternatives) == 1 else _any_of(alternatives, of_python=of_python)


def _all_of(text: str) -> SpecifierSet | None:
    parts, position = [], 0
    while position < len(text):
        match = _POETRY_PART.match(text, position)
        if match is None:
            return None
        parts.append(_specifier(match["operator"], match["version"]))
        position = match.end()
    try:
        return SpecifierSet(",".join(parts))
    except InvalidSpecifier:
        # Such as >=3.*, which has a wildcard where there can be none.
        return None


def _any_of(alternatives: Iterable[SpecifierSet | None], *, of_python: bool) -> SpecifierSet | None:
    oldest = OLDEST_SUPPORTED if of_python else _FIRST
    ranges = [_range(each) if each is not None else None for each in alternatives]
    known = sorted(each for each in ranges if each is not None and each[1] > oldest)
    if None in ranges or not known or any(start >= end for start, end in known):
        return None
    start, end = known[0]
    parts = [f">={start}"] if start > _FIRST else []
    for following, its_end in known[1:]:
        if following > end and (not of_python or following.major > end.major):
            return None
        parts += _excluded(end, following)
        end = max(end, its_end)
    parts += [f"<{end}"] if end < _LAST else []
    return SpecifierSet(",".join(parts))


def _excluded(start: Version, end: Version) -> Iterator[str]:
    """Yield what excludes the releases of Python from X.Y.Z to another of the same major version."""
    while start < end:
        next_minor = Version(f"{start.major}.{start.minor + 1}")
        is_whole = start.micro == 0 and next_minor <= end
        yield f"!={start.major}.{start.minor}.{'*' if is_whole else start.micro}"
        next_micro = Version(f"{start.major}.{start.minor}.{start.micro + 1}")
        start = next_minor if is_whole else next_micro


def _range(specifiers: SpecifierSet) -> tuple[Version, Version] | None:
    """Return the first version of a range, and the first after it; None if it isn't one.

    Of one version, it is that twice.
    """
    start, end = _FIRST, _LAST
    for each in specifiers:
        version = Version(each.version.removesuffix(".*"))
        *kept, last = version.release
        match each.operator, each.version.endswith(".*"):
            case ">=", _:
                start = max(start, version)
            case "<", _:
                end = min(end, version)
            case "==", False:
                start = end = version
            case "==", True:
                start = max(start, version)
                end = min(end, Version(".".join(map(str, (*kept, last + 1)))))
            case _:
                return None
    return start, end


def _specifier(operator: str, version: str) -> str:
    numbers = [int(part) for part in version.removesuffix(".*").split(".")]
    if operator == "^":
        # The first part that isn't 0 stays.
        kept = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
        end = [*numbers[:kept], numbers[kept] + 1]
        return f">={version},<{'.'.join(map(str, end))}"
    if operator == "~":
        next_version = [numbers[0] + 1] if len(numbers) == 1 else [numbers[0], numbers[1] + 1]
        return f">={version},<{'.'.join(map(str, next_version))}"
    if not operator:
        return f"=={version}"
    return f"{operator}{version}"
