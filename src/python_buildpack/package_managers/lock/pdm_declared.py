"""What a project of PDM's asks for in pyproject.toml: dependencies, extras, dependency groups."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from packaging.dependency_groups import DependencyGroupResolver
from packaging.errors import ExceptionGroup
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from python_buildpack.environment.requirement import parse_requirement
from python_buildpack.system.errors import UserError
from python_buildpack.system.toml import Table, get_table, is_table

# "-e file:///${PROJECT_ROOT}/sub#egg=name", which PDM allows beside requirements.
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:&|$)")


@dataclass(eq=False)
class InvalidDependencyGroupError(UserError):
    """A dependency group includes one that isn't there, or itself."""

    file: str
    group: str
    problem: str


def project_name(pyproject: Table) -> str | None:
    """Return the project's name, normalised."""
    name = get_table(pyproject, "project").get("name")
    return canonicalize_name(name) if isinstance(name, str) else None


def optional_dependencies(pyproject: Table) -> Table:
    """Return the project's extras, by name."""
    return get_table(pyproject, "project", "optional-dependencies")


def declared_groups(pyproject: Table) -> Table:
    """Return the dependency groups, by name; those of PDM's own table too."""
    return {
        **get_table(pyproject, "tool", "pdm", "dev-dependencies"),
        **get_table(pyproject, "dependency-groups"),
    }


def declared_requirements(
    pyproject: Table, groups: Collection[str], file: str
) -> list[Requirement]:
    """Return what the project and the chosen groups and extras ask for.

    Args:
        groups: names of groups and of extras, normalised.

    Raises:
        InvalidDependencyGroupError: a group can't be resolved.
    """
    found = [*_parsed(get_table(pyproject, "project").get("dependencies"))]
    for name, value in optional_dependencies(pyproject).items():
        if canonicalize_name(name) in groups:
            found += _parsed(value)
    for name in declared_groups(pyproject):
        if canonicalize_name(name) in groups:
            found += _group_requirements(pyproject, name, file)
    return found


def parse_dependency(text: str) -> Requirement | None:
    """Return a requirement; of an editable directory, its name alone; None for anything else."""
    if requirement := parse_requirement(text):
        return requirement
    egg = _EGG.search(text)
    return Requirement(egg[1]) if egg else None


def _parsed(value: object) -> Iterator[Requirement]:
    for item in value if isinstance(value, list) else ():
        requirement = parse_dependency(item) if isinstance(item, str) else None
        if requirement is not None:
            yield requirement


def _group_requirements(pyproject: Table, name: str, file: str) -> Iterator[Requirement]:
    """Yield the requirements of a group and of those that it includes."""
    own = declared_groups(pyproject)
    value = own[name]
    yield from _parsed(value)
    for item in value if isinstance(value, list) else ():
        if is_table(item):
            # What is included is of the standard's table, and may include in turn.
            yield from _included(get_table(pyproject, "dependency-groups"), item, name, file)


def _included(groups: Table, item: Table, name: str, file: str) -> Sequence[Requirement]:
    # The resolver checks what it is given: values of any type do.
    tables = cast("Mapping[str, Sequence[str | Mapping[str, str]]]", {**groups, name: [item]})
    try:
        return DependencyGroupResolver(tables).resolve(name)
    except ExceptionGroup as errors:
        problem = str(errors.exceptions[0])
    except RecursionError:
        problem = "Groups are included too deeply"
    raise InvalidDependencyGroupError(file, name, problem)


def with_own_extras(pyproject: Table, requirements: Sequence[Requirement]) -> Iterator[Requirement]:
    """Replace the project's own name with the requirements of its requested extras."""
    own = project_name(pyproject)
    extras = {
        canonicalize_name(name): each for name, each in optional_dependencies(pyproject).items()
    }
    queue, seen = [*requirements], set[tuple[str, str]]()
    while queue:
        requirement = queue.pop(0)
        if canonicalize_name(requirement.name) != own:
            yield requirement
            continue
        for extra in sorted(map(canonicalize_name, requirement.extras)):
            if (extra, str(requirement.marker)) not in seen:
                seen.add((extra, str(requirement.marker)))
                queue += (_under(each, requirement.marker) for each in _parsed(extras.get(extra)))


def _under(requirement: Requirement, condition: Marker | None) -> Requirement:
    """Return a requirement that holds under ``condition`` only."""
    markers = [str(each) for each in (requirement.marker, condition) if each is not None]
    if markers:
        requirement.marker = Marker(" and ".join(f"({each})" for each in dict.fromkeys(markers)))
    return requirement
