"""What Poetry's own tables ask for, as requirements: for projects that have no lock.

https://python-poetry.org/docs/dependency-specification/
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.package_managers.lock.locked_requirements import (
    LockedRequirement,
    checked_requirement,
    index_lines,
    path_link,
    vcs_link,
)
from python_buildpack.package_managers.locks import InvalidLockError, LockReader, MissingLockError
from python_buildpack.package_managers.poetry.project import (
    LOCK,
    LOCK_COMMAND,
    PYTHON,
    group_tables,
    poetry_table,
)
from python_buildpack.python_version.constraints import poetry_specifiers
from python_buildpack.system.toml import Table, get_table, is_table

_PRIMARY = ("default", "primary")


def index_options(pyproject: Table) -> list[str]:
    """Return a line for each source of packages: the first primary one stands for the index.

    Raises:
        MissingLockError: one is for some packages only, which pip can't be told.
    """
    sources = poetry_table(pyproject).get("source")
    lines: list[str] = []
    option = "--index-url"
    for source in filter(is_table, sources if isinstance(sources, list) else ()):
        # Without a URL, it is the index itself, and only its place among the others is told.
        url, priority = source.get("url"), source.get("priority", "primary")
        if priority == "explicit":
            raise _cannot_be_said()
        if not isinstance(url, str):
            continue
        is_primary = priority in _PRIMARY
        lines += index_lines(option if is_primary else "--extra-index-url", url, verify_ssl=True)
        option = "--extra-index-url" if is_primary else option
    return lines


def dependency_lines(pyproject: Table, extras: Collection[str]) -> list[str]:
    """Return what ``[tool.poetry.dependencies]`` asks for, as requirements.

    Args:
        pyproject: the document.
        extras: those that are chosen, normalised.

    Raises:
        MissingLockError: it can't be said in requirements.
    """
    poetry = poetry_table(pyproject)
    chosen = {
        canonicalize_name(name)
        for extra, names in get_table(poetry, "extras").items()
        if canonicalize_name(extra) in extras and isinstance(names, list)
        for name in map(str, names)
    }
    return _table_lines(get_table(poetry, "dependencies"), chosen)


def group_lines(pyproject: Table, groups: Collection[str]) -> list[str]:
    """Return what the chosen ones of Poetry's own groups ask for; see ``dependency_lines``."""
    tables = group_tables(pyproject)
    return [
        line
        for name, table in tables.items()
        if canonicalize_name(name) in groups
        for line in _table_lines(table, ())
    ]


def _table_lines(table: Table, chosen: Collection[str]) -> list[str]:
    items = [(name, value) for name, value in table.items() if name.lower() != PYTHON]
    return [line for name, value in items for line in _lines(name, value, chosen)]


def _lines(name: str, value: object, chosen: Collection[str]) -> Iterator[str]:
    """Yield a line for each of the alternatives of one dependency."""
    for each in value if isinstance(value, list) else [value]:
        table = {"version": each} if isinstance(each, str) else each
        if not is_table(table):
            raise _cannot_be_said()
        if table.get("optional") is not True or canonicalize_name(name) in chosen:
            yield _line(name, table)


def _line(name: str, table: Table) -> str:
    reader = LockReader(PYPROJECT_TOML, LOCK_COMMAND)
    try:
        link = _link(reader, table)
        requirement = LockedRequirement(
            name=name,
            extras=tuple(sorted(reader.strings(table.get("extras"), name))),
            specifier="" if link else _specifier(reader, table.get("version")),
            link=link,
            marker=_marker(reader, table),
            is_editable=bool(link) and table.get("develop") is True,
        )
        return checked_requirement(reader, requirement, name).requirement
    except InvalidLockError:
        raise _cannot_be_said() from None


def _link(reader: LockReader, table: Table) -> str:
    def text(key: str) -> str:
        return reader.optional_string(table.get(key), key) or ""

    if url := text("git"):
        revision = text("rev") or text("tag") or text("branch")
        return vcs_link("git", url, revision, text("subdirectory"))
    if path := text("path") or text("file"):
        return path_link(path)
    return text("url")


def _specifier(reader: LockReader, value: object) -> str:
    text = (reader.optional_string(value, "version") or "").strip()
    if text in ("", "*"):
        return ""
    found = poetry_specifiers(text)
    try:
        return str(SpecifierSet(text) if found is None else found)
    except InvalidSpecifier:
        raise reader.invalid("version can't be said otherwise") from None


def _marker(reader: LockReader, table: Table) -> str:
    parts = []
    if text := reader.optional_string(table.get("markers"), "markers"):
        parts.append(f"({text})")
    for specifier in SpecifierSet(_specifier(reader, table.get(PYTHON))):
        is_full = specifier.version.count(".") > 1 and not specifier.version.endswith(".*")
        variable = "python_full_version" if is_full else "python_version"
        parts.append(f'{variable} {specifier.operator} "{specifier.version}"')
    if platform := reader.optional_string(table.get("platform"), "platform"):
        parts.append(f'sys_platform == "{platform}"')
    return " and ".join(parts)


def _cannot_be_said() -> MissingLockError:
    return MissingLockError(PYPROJECT_TOML, LOCK, LOCK_COMMAND)
