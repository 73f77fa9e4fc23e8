"""BP_REQUIRE_HASHES: that everything which is installed has a hash that the app commits to.

A full commit hash of a repository counts in a lock file: it is a digest of what is in the commit.
pip checks neither repositories nor directories by hash, so that requirements files can't have them.
The app's own projects, which a lock lists by their directory, come with the app.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from python_buildpack.package_managers.lock.pylock import PylockDependencies
from python_buildpack.package_managers.lock.pylock_requirements import has_full_commit
from python_buildpack.package_managers.locked_packages import LockedDependencies
from python_buildpack.package_managers.pip.pins import pins
from python_buildpack.package_managers.pip.requirements_file import (
    EditableRequirement,
    Line,
    LinkRequirement,
    NamedRequirement,
)
from python_buildpack.package_managers.pip.requirements_tree import (
    RequirementFiles,
    full_commit,
    may_require,
)
from python_buildpack.package_managers.pip.strategy import PipRequirements
from python_buildpack.package_managers.project.strategy import ProjectRequirements
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.system.errors import UserError

# What makes hashes, by package manager.
_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "pdm": "pdm lock",
        "pip": "pip-compile --generate-hashes, or uv pip compile --generate-hashes",
        "pipenv": "pipenv lock",
        "poetry": "poetry lock --regenerate",
        "pylock": "pip lock, or uv export --format pylock.toml",
        "uv": "uv lock",
    }
)
_LOCK_THE_PROJECT = (
    "uv lock, poetry lock or pip lock; or, for a requirements file,\n"
    "uv pip compile --generate-hashes pyproject.toml -o requirements.txt"
)


@dataclass(frozen=True)
class Unhashed:
    """What has no hash.

    Args:
        file: that asks for it.
        line: counted from 1; None where a lock lists it.
        text: the requirement, or the name of the package; without credentials.
    """

    file: str
    line: int | None
    text: str


@dataclass(eq=False)
class HashesRequiredError(UserError):
    """BP_REQUIRE_HASHES is set, and some of what would be installed has no hash.

    Args:
        names: the files that the app declares its dependencies in.
        unhashed: empty where nothing at all has a hash, for there is no lock.
        command: that makes hashes.
    """

    names: str
    unhashed: tuple[Unhashed, ...]
    command: str


def with_required_hashes(dependencies: Dependencies) -> Dependencies:
    """Return ``dependencies`` such that nothing without a hash is installed.

    Raises:
        HashesRequiredError: something has none.
    """
    if dependencies.is_empty:
        return dependencies
    if isinstance(dependencies, ProjectRequirements):
        raise HashesRequiredError(dependencies.display_name, (), _LOCK_THE_PROJECT)
    unhashed = tuple(_unhashed(dependencies))
    if unhashed:
        command = _COMMANDS[dependencies.manager]
        raise HashesRequiredError(dependencies.display_name, unhashed, command)
    if isinstance(dependencies, PipRequirements) and dependencies.text is None:
        # So that pip checks what these require in turn, where none has its hash as an option.
        return replace(dependencies, options=(*dependencies.options, "--require-hashes"))
    return dependencies


def _unhashed(dependencies: Dependencies) -> Iterator[Unhashed]:
    if isinstance(dependencies, PipRequirements):
        yield from _unhashed_lines(dependencies.closure, is_lock=dependencies.text is not None)
    elif isinstance(dependencies, LockedDependencies):
        for package in dependencies.packages:
            if not package.is_hashed:
                text = f"{package.name} {package.version or ''}".rstrip()
                yield Unhashed(dependencies.display_name, None, text)
    elif isinstance(dependencies, PylockDependencies):
        # The format itself wants hashes of all files.
        for each in dependencies.lock.packages:
            if each.vcs is not None and not has_full_commit(each.vcs):
                yield Unhashed(dependencies.display_name, None, each.name)


def _unhashed_lines(closure: RequirementFiles, *, is_lock: bool) -> Iterator[Unhashed]:
    """Yield the requirements that pip couldn't check, or of a lock, those without a hash."""
    hashed_urls = {
        (pin.file, pin.line) for its in pins(closure).values() for pin in its if pin.hashes
    }
    for located in closure.lines:
        line = located.line
        is_hashed = bool(line.hashes) or (located.file.path, line.number) in hashed_urls
        if may_require(located) and not is_hashed and not (is_lock and _is_proven(line)):
            yield Unhashed(located.file.path, None if is_lock else line.number, line.text)


def _is_proven(line: Line) -> bool:
    """Tell whether a line of a lock is for a directory of the app, or a full commit."""
    target = ""
    if isinstance(line, (EditableRequirement, LinkRequirement)):
        target = line.target
    elif isinstance(line, NamedRequirement):
        target = line.requirement.url or ""
    return target.startswith((".", "/")) or full_commit(target) is not None
