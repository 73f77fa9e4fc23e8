"""PDM: what pdm.lock has, pip installs; PDM itself isn't needed.

https://pdm-project.org/en/latest/usage/lockfile/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from packaging.pylock import Package, PackageDirectory
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.app.settings import is_version
from python_buildpack.environment.requirement import holds, python_markers
from python_buildpack.package_managers.lock.dependencies import LockDependencies
from python_buildpack.package_managers.lock.managers import PDM
from python_buildpack.package_managers.lock.packages import (
    lock_digest,
    lock_of,
    merged,
    normalized,
    read_package,
)
from python_buildpack.package_managers.lock.pdm_declared import (
    declared_groups,
    declared_requirements,
    optional_dependencies,
    parse_dependency,
    project_name,
    with_own_extras,
)
from python_buildpack.package_managers.lock.pdm_walk import (
    LockedEntry,
    MissingLockMetadataError,
    required_entries,
)
from python_buildpack.package_managers.lock.pylock_requirements import index_lines
from python_buildpack.package_managers.locks import (
    LockReader,
    LockTable,
    MissingLockError,
    OutdatedLockError,
    UnsupportedLockVersionError,
    check_names,
)
from python_buildpack.package_managers.protocol import App
from python_buildpack.system.toml import Table, get_table, is_table

LOCK = "pdm.lock"
# A larger second number means that older readers can't read it.
_LOCK_VERSION = (4, 5)
_INHERIT_METADATA = "inherit_metadata"
_DEFAULT = "default"
# A marker that holds for these holds for every Python.
_PYTHON_VERSIONS = ("3.8.0", "3.99.0")


@dataclass(frozen=True)
class _Lock:
    """What a pdm.lock says.

    Attributes:
        has_metadata: whether its packages have their groups and markers.
    """

    groups: tuple[str, ...]
    has_metadata: bool
    entries: tuple[LockedEntry, ...]


def read(app: App, file: str | None) -> LockDependencies:
    """Read pdm.lock, and from pyproject.toml what can be chosen of it.

    Raises:
        MissingLockError: there is none.
        InvalidLockError, UnsupportedLockVersionError: the lock is invalid.
        MissingLockMetadataError: it has no metadata, and its dependencies don't say enough.
        InvalidDependencyGroupError: a group can't be resolved.
        OutdatedLockError: pyproject.toml asks for what it doesn't have.
        UnknownNamesError: a group or extra isn't there.
    """
    if file == PYPROJECT_TOML:
        raise MissingLockError(PYPROJECT_TOML, LOCK, PDM.lock_command)
    pyproject = app.files.toml(PYPROJECT_TOML)
    reader = LockReader(LOCK, PDM.lock_command)
    lock = _lock(reader.read_toml(app.directory))
    if app.files.text(PYPROJECT_TOML) is None and not lock.has_metadata:
        raise MissingLockMetadataError(None)
    entries = _needed_entries(lock, pyproject, _chosen_groups(lock, pyproject, app))
    packages = [
        *merged(each.package for each in entries),
        *_own_package(LockTable(reader, pyproject, PYPROJECT_TOML)),
    ]
    pylock = lock_of(packages, app.manager.name)
    options = tuple(_index_options(pyproject))
    return LockDependencies(
        app_dir=app.directory,
        manager=app.manager,
        file=LOCK,
        lock=pylock,
        digest=lock_digest(pylock, options),
        groups=app.settings.groups,
        extras=app.settings.extras,
        option_lines=options,
    )


def _lock(document: LockTable) -> _Lock:
    metadata = document.table("metadata")
    version = metadata.string("lock_version")
    try:
        parsed = Version(version)
    except InvalidVersion:
        raise document.reader.invalid("metadata.lock_version isn't a version") from None
    if parsed.major != _LOCK_VERSION[0] or parsed.minor > _LOCK_VERSION[1]:
        raise UnsupportedLockVersionError(LOCK, version, "4.0 to 4.5")
    return _Lock(
        groups=tuple(metadata.strings("groups")),
        has_metadata=_INHERIT_METADATA in metadata.strings("strategy"),
        entries=tuple(map(_entry, document.tables("package"))),
    )


def _chosen_groups(lock: _Lock, pyproject: Table, app: App) -> tuple[str, ...]:
    """Return the groups that are installed, normalised; PDM calls extras groups too."""
    settings = app.settings
    extras = list(optional_dependencies(pyproject))
    groups = list(declared_groups(pyproject))
    check_names("BP_GROUPS", settings.groups, groups, PYPROJECT_TOML)
    check_names("BP_EXTRAS", settings.extras, extras, PYPROJECT_TOML)
    names = (_DEFAULT, *settings.groups, *settings.extras)
    chosen = tuple(dict.fromkeys(canonicalize_name(name) for name in names))
    missing = {*chosen} - {canonicalize_name(name) for name in lock.groups} - {_DEFAULT}
    if missing:
        # Without the option, PDM leaves the extras out.
        detail = f"It has no group {min(missing)}"
        raise OutdatedLockError(LOCK, PYPROJECT_TOML, f"{PDM.lock_command} -G :all", detail)
    return chosen


def _needed_entries(
    lock: _Lock, pyproject: Table, groups: tuple[str, ...]
) -> Sequence[LockedEntry]:
    """Return what is installed of a lock: of the chosen groups, or what these lead to."""
    declared = _declared(pyproject, groups, lock.entries)
    if not lock.has_metadata:
        _check_up_to_date(pyproject, declared, lock.entries)
        return required_entries(declared, lock.entries)
    chosen = [each for each in lock.entries if not each.groups.isdisjoint(groups)]
    _check_up_to_date(pyproject, declared, chosen)
    return chosen


def _entry(item: LockTable) -> LockedEntry:
    package = read_package(
        item,
        name=item.string("name"),
        marker=item.text("marker"),
        hashes=[each.string("hash") for each in item.tables("files")],
    )
    if not package.is_direct and package.version is None:
        raise item.invalid("has no version")
    dependencies = map(parse_dependency, item.strings("dependencies"))
    return LockedEntry(
        package,
        version=item.text("version") if is_version(item.text("version")) else None,
        extras=frozenset(normalized(item, each) for each in item.strings("extras")),
        groups=frozenset(map(canonicalize_name, item.strings("groups"))),
        dependencies=tuple(each for each in dependencies if each is not None),
    )


def _own_package(pyproject: LockTable) -> Iterator[Package]:
    """Yield the app's own project if it is installed, so that its changes need no installation."""
    if _is_distribution(pyproject.values):
        name = str(get_table(pyproject.values, "project")["name"])
        directory = PackageDirectory(path=".", editable=True)
        yield Package(name=normalized(pyproject, name), directory=directory)


def _is_distribution(pyproject: Table) -> bool:
    """Return whether the app's own project is installed, as PDM tells it."""
    pdm = get_table(pyproject, "tool", "pdm")
    if "package-type" in pdm:
        is_package = pdm["package-type"] == "library"
    else:
        is_package = pdm.get("distribution") is not False
    return is_package and "name" in get_table(pyproject, "project")


def _index_options(pyproject: Table) -> Iterator[str]:
    """Yield a line for each source of pyproject.toml; the one named pypi is the index itself."""
    sources = get_table(pyproject, "tool", "pdm").get("source")
    for source in sources if isinstance(sources, list) else ():
        # One without a URL is of the developers' own settings of PDM.
        url = source.get("url") if is_table(source) else None
        if not isinstance(url, str):
            continue
        if source.get("type") == "find_links":
            option = "--find-links"
        else:
            option = "--index-url" if source.get("name") == "pypi" else "--extra-index-url"
        yield from index_lines(option, url, verify_ssl=source.get("verify_ssl") is not False)


def _declared(
    pyproject: Table, groups: Sequence[str], entries: Sequence[LockedEntry]
) -> list[Requirement]:
    """Return what is requested of the lock, without the project's own name."""
    declared = declared_requirements(pyproject, groups, PYPROJECT_TOML)
    name = project_name(pyproject)
    # Otherwise, PDM has found another project of this name on the index.
    if any(each.package.name == name for each in entries):
        return declared
    return [*with_own_extras(pyproject, declared)]


def _check_up_to_date(
    pyproject: Table, declared: Sequence[Requirement], entries: Sequence[LockedEntry]
) -> None:
    """Check that the lock has what pyproject.toml asks for, by names and versions.

    PDM's own way, a hash of pyproject.toml, differs by PDM's version.
    """
    locked: dict[str, list[str | None]] = {}
    for entry in entries:
        locked.setdefault(entry.package.name, []).append(entry.version)
    # The lock has these versions whatever else is requested.
    overrides = get_table(pyproject, "tool", "pdm", "resolution", "overrides")
    passed_over = {canonicalize_name(name) for name in overrides}
    pythons = [python_markers(version) for version in _PYTHON_VERSIONS]
    for requirement in declared:
        name = canonicalize_name(requirement.name)
        if name in passed_over:
            continue
        versions = locked.get(name)
        # On Linux, for every Python; where it doesn't apply, it isn't locked.
        if versions is None and all(holds(requirement.marker, each) for each in pythons):
            raise _outdated(f"It has no {name}")
        if versions and not any(_allows(requirement, version) for version in versions):
            found = ", ".join(str(version) for version in dict.fromkeys(versions))
            raise _outdated(f"Asked for: {name}{requirement.specifier}; locked: {found}")


def _allows(requirement: Requirement, version: str | None) -> bool:
    if requirement.url or version is None:
        return True
    return requirement.specifier.contains(version, prereleases=True)


def _outdated(detail: str) -> OutdatedLockError:
    return OutdatedLockError(LOCK, PYPROJECT_TOML, PDM.lock_command, detail)
