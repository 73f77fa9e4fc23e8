"""What Poetry's own tables ask for, as requirements: for projects that have no lock.

https://python-poetry.org/docs/dependency-specification/
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from packaging.pylock import PackageVcs
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.environment.requirement import parse_requirement
from python_buildpack.package_managers.lock.pylock_requirements import index_lines, vcs_url
from python_buildpack.package_managers.locks import (
    InvalidLockError,
    LockReader,
    LockTable,
    MissingLockError,
)
from python_buildpack.package_managers.pip.requirements_file import LinkKind, link_kind
from python_buildpack.package_managers.poetry.manager import POETRY
from python_buildpack.package_managers.poetry.project import (
    LOCK,
    PYTHON,
    group_tables,
    poetry_table,
)
from python_buildpack.python_version.constraints import poetry_specifiers
from python_buildpack.system.redaction import redact_url_credentials
from python_buildpack.system.toml import Table, get_table, is_table

# What ends a word, or the URL, in a line of a requirements file.
_URL = re.compile(r"[^\s\"'\\;]+")
_PATH = re.compile(r"[^\s\"'\\;#\[\]]+")
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
            raise _cannot_be_said(f"the source {source.get('name')}: it is for some packages alone")
        if not isinstance(url, str):
            continue
        is_primary = priority in _PRIMARY
        lines += index_lines(option if is_primary else "--extra-index-url", url, verify_ssl=True)
        option = "--extra-index-url" if is_primary else option
    return lines


def dependency_lines(pyproject: Table, extras: Collection[str]) -> list[str]:
    """Return what ``[tool.poetry.dependencies]`` asks for, as requirements.

    Args:
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
            raise _cannot_be_said(f"{name} = {each!r}")
        if table.get("optional") is not True or canonicalize_name(name) in chosen:
            try:
                yield requirement_line(name, table)
            except InvalidLockError as error:
                raise _cannot_be_said(f"{name}: {error.problem}") from None


def requirement_line(name: str, table: Table) -> str:
    """Return the line of a requirements file that asks for a dependency.

    Raises:
        InvalidLockError: it can't be said; ``problem`` is why.
    """
    reader = LockReader(PYPROJECT_TOML, POETRY.lock_command)
    entry = LockTable(reader, table)
    extras = ",".join(sorted(entry.strings("extras")))
    suffix = f" ; {marker}" if (marker := _marker(entry)) else ""
    # pip would install what is editable whatever its marker says.
    is_editable = table.get("develop") is True and not suffix
    named = f"{name}[{extras}]" if extras else name
    if path := entry.text("path") or entry.text("file"):
        return _path_line(reader, path, f"[{extras}]" if extras else "", suffix, is_editable)
    if url := _url(entry):
        egg = f"{url}{'&' if '#' in url else '#'}egg={name}"
        line = f"-e {egg}" if is_editable else f"{named} @ {url}{suffix}"
        return _checked(reader, line, f"{named} @ {url}{suffix}")
    line = f"{named}{_specifier(entry, 'version')}{suffix}"
    return _checked(reader, line, line)


def _path_line(reader: LockReader, path: str, extras: str, suffix: str, is_editable: bool) -> str:
    shown = path if path.startswith((".", "/")) else f"./{path}"
    if not _PATH.fullmatch(path):
        raise reader.invalid("a path has characters that pip doesn't understand")
    line = f"-e {shown}" if is_editable else f"{shown}{extras}{suffix}"
    return _checked(reader, line, f"x{extras}{suffix}")


def _checked(reader: LockReader, line: str, requirement: str) -> str:
    """Return a line if the requirement that it stands for can be understood."""
    parsed = parse_requirement(requirement) if line.isprintable() else None
    if parsed is None or (parsed.url and not _is_url(parsed.url)):
        raise reader.invalid("it isn't a requirement")
    return line


def _is_url(text: str) -> bool:
    return link_kind(text) is not LinkKind.UNKNOWN and bool(_URL.fullmatch(text))


def _url(entry: LockTable) -> str:
    repository = entry.text("git")
    if not repository:
        return entry.text("url")
    vcs = PackageVcs(
        type="git",
        url=repository,
        commit_id=entry.text("rev") or entry.text("tag") or entry.text("branch"),
        subdirectory=entry.text("subdirectory") or None,
    )
    return vcs_url(vcs, Path("/"))


def _specifier(entry: LockTable, key: str, *, of_python: bool = False) -> str:
    text = entry.text(key).strip()
    if text in ("", "*"):
        return ""
    found = poetry_specifiers(text, of_python=of_python)
    try:
        return str(SpecifierSet(text) if found is None else found)
    except InvalidSpecifier:
        raise entry.reader.invalid(f'pip has no words for "{text}"') from None


def _marker(entry: LockTable) -> str:
    text, platform = entry.text("markers"), entry.text("platform")
    parts = [f"({text})"] if text else []
    for specifier in SpecifierSet(_specifier(entry, PYTHON, of_python=True)):
        is_full = specifier.version.count(".") > 1 and not specifier.version.endswith(".*")
        variable = "python_full_version" if is_full else "python_version"
        parts.append(f'{variable} {specifier.operator} "{specifier.version}"')
    parts += [f'sys_platform == "{platform}"'] if platform else []
    return " and ".join(parts)


def _cannot_be_said(reason: str) -> MissingLockError:
    return MissingLockError(
        PYPROJECT_TOML, LOCK, POETRY.lock_command, redact_url_credentials(reason)
    )
