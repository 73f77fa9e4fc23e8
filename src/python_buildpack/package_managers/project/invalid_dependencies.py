"""Requirements of ``pyproject.toml`` that aren't written as the standard has them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeGuard

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.app.files import AppFiles
from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.environment.requirement import MAX_REQUIREMENT_LENGTH
from python_buildpack.python_version.constraints import poetry_specifiers
from python_buildpack.system.errors import UserError
from python_buildpack.system.redaction import redact_url_credentials
from python_buildpack.system.toml import get_table, is_table

_POETRYS = re.compile(
    r"(?P<name>[\w.-]+(?:\[[^\]]*\])?)\s*\(?(?P<constraint>[\^~][^=;()][^;()]*?)\)?\s*(?P<rest>;.*)?",
    re.ASCII,
)


@dataclass(frozen=True)
class InvalidDependency:
    """A requirement that is none.

    Attributes:
        suggested: what it should be, where it is a constraint of Poetry's; "" where that isn't known.
    """

    key: str
    line: int | None
    text: str
    problem: str
    suggested: str


@dataclass(eq=False)
class InvalidDependenciesError(UserError):
    """pyproject.toml has requirements that no build backend, and no installer, understands."""

    dependencies: tuple[InvalidDependency, ...]


def check_dependencies(files: AppFiles, extras: Collection[str] | None) -> None:
    """Check the dependencies of the app's project, and those of its extras.

    Args:
        extras: those that count, normalised; None for all, which a build of the project reads.

    Raises:
        InvalidDependenciesError: names all that are wrong.
    """
    project = get_table(files.toml(PYPROJECT_TOML), "project")
    optional = {
        name: value
        for name, value in get_table(project, "optional-dependencies").items()
        if extras is None or canonicalize_name(name) in extras
    }
    _check(
        (
            *_invalid(files, "project", "dependencies", project.get("dependencies")),
            *(
                each
                for name, value in optional.items()
                for each in _invalid(files, "project.optional-dependencies", name, value)
            ),
        )
    )


def check_groups(files: AppFiles, chosen: Collection[str]) -> tuple[str, ...]:
    """Check and return the requirements of dependency groups, and of those that they include.

    Raises:
        InvalidDependenciesError: names all that are wrong.
    """
    groups = get_table(files.toml(PYPROJECT_TOML), "dependency-groups")
    by_name = {canonicalize_name(name): name for name in groups}
    queue = [canonicalize_name(name) for name in chosen]
    found: list[InvalidDependency] = []
    requirements: list[str] = []
    for name in queue:
        value = groups.get(by_name.get(name, ""))
        queue += [each for each in _included(value) if each not in queue]
        found += _invalid(files, "dependency-groups", by_name.get(name, name), value)
        requirements += filter(_is_text, value if isinstance(value, list) else ())
    _check(tuple(found))
    return tuple(requirements)


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


def _check(found: tuple[InvalidDependency, ...]) -> None:
    if found:
        raise InvalidDependenciesError(found)


def _included(value: object) -> Iterator[NormalizedName]:
    for item in filter(is_table, value if isinstance(value, list) else ()):
        if isinstance(name := item.get("include-group"), str):
            yield canonicalize_name(name)


def _invalid(files: AppFiles, table: str, key: str, value: object) -> Iterator[InvalidDependency]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, str) and (problem := _problem(item)):
            text = redact_url_credentials(item)
            line = _line(files, table, key, item)
            yield InvalidDependency(f"{table}.{key}", line, text, problem, _suggested(item))


def _problem(text: str) -> str:
    if len(text) > MAX_REQUIREMENT_LENGTH:
        return f"It has more than {MAX_REQUIREMENT_LENGTH:,} characters"
    try:
        Requirement(text)
    except InvalidRequirement as error:
        return str(error).partition("\n")[0]
    except RecursionError:
        return "It is nested too deeply"
    return ""


def _line(files: AppFiles, table: str, key: str, text: str) -> int | None:
    first = files.line_of(PYPROJECT_TOML, table, key) or 1
    lines = (files.text(PYPROJECT_TOML) or "").split("\n")
    found = (number for number, line in enumerate(lines[first - 1 :], first) if text in line)
    return next(found, None)


def _suggested(text: str) -> str:
    """Return a requirement with a constraint of Poetry's as the standard has it."""
    match = _POETRYS.fullmatch(text.strip()) if len(text) <= MAX_REQUIREMENT_LENGTH else None
    specifiers = poetry_specifiers(match["constraint"]) if match else None
    if match is None or specifiers is None:
        return ""
    suggested = f"{match['name']}{','.join(sorted(map(str, specifiers), reverse=True))}"
    return f"{suggested} {match['rest']}" if match["rest"] else suggested
