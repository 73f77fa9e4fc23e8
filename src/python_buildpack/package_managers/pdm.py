"""PDM: what pdm.lock has, pip installs; PDM itself isn't needed.

https://pdm-project.org/en/latest/usage/lockfile/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from python_buildpack.configuration import is_version
from python_buildpack.errors import UserError
from python_buildpack.package_managers.locked_requirements import (
    LockedRequirement,
    checked_requirement,
    index_lines,
    path_link,
    requirements_text,
    vcs_link,
)
from python_buildpack.package_managers.locks import (
    LockReader,
    MissingLockError,
    OutdatedLockError,
    Table,
    UnsupportedLockVersionError,
    check_names,
    is_table,
    table_at,
)
from python_buildpack.package_managers.pip import PipRequirements
from python_buildpack.package_managers.reading import App
from python_buildpack.package_managers.requirements_closure import parse_requirement_closure
from python_buildpack.pyproject import PYPROJECT_TOML
from python_buildpack.text_file import parse_toml, read_text_file

LOCK = "pdm.lock"
_LOCK_COMMAND = "pdm lock"
# A larger second number means that older readers can't read it.
_LOCK_VERSION = (4, 5)
_INHERIT_METADATA = "inherit_metadata"
_DEFAULT = "default"
_VCS = ("git", "hg", "svn", "bzr")
# A marker that holds for these holds for every Python.
_PYTHON_VERSIONS = ("3.8", "3.99")


@dataclass(eq=False)
class MissingLockMetadataError(UserError):
    """pdm.lock was made without ``inherit_metadata``, so that groups and markers are missing."""

    lock: str


@dataclass(frozen=True)
class _Package:
    """A ``[[package]]`` of the lock, of one of the chosen groups."""

    version: str | None
    requirement: LockedRequirement


def read(app: App, file: str | None) -> PipRequirements:
    """Read pdm.lock, and from pyproject.toml what can be chosen of it.

    Raises:
        MissingLockError: there is none.
        InvalidLockError, UnsupportedLockVersionError: the lock is no such file.
        MissingLockMetadataError: it doesn't say enough.
        OutdatedLockError: pyproject.toml asks for what it doesn't have.
        UnknownNamesError: a group or extra isn't there.
        UnreadableFileError, NotUtf8Error, InvalidTomlError: a file can't be read.
    """
    if file == PYPROJECT_TOML:
        raise MissingLockError(PYPROJECT_TOML, LOCK, _LOCK_COMMAND)
    reader = LockReader(LOCK, _LOCK_COMMAND)
    lock = reader.read_toml(app.directory)
    pyproject = _read_pyproject(app.directory)
    metadata = _read_metadata(reader, lock)
    groups = _chosen_groups(reader, metadata, pyproject, app)
    packages = list(_packages(reader, lock, groups))
    _check_up_to_date(pyproject, groups, packages)
    requirements = list(_merged(package.requirement for package in packages))
    if _is_distribution(pyproject):
        # As PDM does it: a change of the app's source needs no installation.
        requirements.append(LockedRequirement("", link=".", is_editable=True))
    options = list(_index_options(pyproject)) if requirements else []
    text = requirements_text(requirements, options, app.configuration.tool_versions.get("pip"))
    closure = parse_requirement_closure(text, LOCK)
    return PipRequirements(
        app_dir=app.directory,
        files=(LOCK,),
        closure=closure,
        manager="pdm",
        text=text,
        # The lock has all of them, and may have been told to differ from what packages ask for.
        options=("--no-deps",),
    )


def _read_pyproject(app_dir: Path) -> Table:
    text = read_text_file(app_dir, PYPROJECT_TOML)
    return parse_toml(text, PYPROJECT_TOML) if text is not None else {}


def _read_metadata(reader: LockReader, lock: Table) -> Table:
    metadata = reader.table(lock.get("metadata"), "metadata")
    version = reader.string(metadata.get("lock_version"), "metadata.lock_version")
    try:
        parsed = Version(version)
    except InvalidVersion:
        raise reader.invalid("metadata.lock_version is no version") from None
    if parsed.major != _LOCK_VERSION[0] or parsed.minor > _LOCK_VERSION[1]:
        raise UnsupportedLockVersionError(reader.lock, version, "4.0 to 4.5")
    if _INHERIT_METADATA not in reader.strings(metadata.get("strategy"), "metadata.strategy"):
        raise MissingLockMetadataError(reader.lock)
    return metadata


def _chosen_groups(
    reader: LockReader, metadata: Table, pyproject: Table, app: App
) -> tuple[str, ...]:
    """Return the groups that are installed, normalised; PDM calls extras groups too.

    Raises:
        UnknownNamesError: one isn't declared.
        OutdatedLockError: one isn't in the lock.
    """
    configuration = app.configuration
    extras = list(_optional_dependencies(pyproject))
    check_names("BP_GROUPS", configuration.groups, list(_groups(pyproject)), PYPROJECT_TOML)
    check_names("BP_EXTRAS", configuration.extras, extras, PYPROJECT_TOML)
    names = (_DEFAULT, *configuration.groups, *configuration.extras)
    chosen = tuple(dict.fromkeys(canonicalize_name(name) for name in names))
    locked = reader.strings(metadata.get("groups"), "metadata.groups")
    missing = {*chosen} - {canonicalize_name(name) for name in locked} - {_DEFAULT}
    if missing:
        # Without the option, PDM leaves the extras out.
        detail = f"It has no group {min(missing)}"
        raise OutdatedLockError(LOCK, PYPROJECT_TOML, f"{_LOCK_COMMAND} -G :all", detail)
    return chosen


def _packages(reader: LockReader, lock: Table, chosen: Sequence[str]) -> Iterator[_Package]:
    for index, item in enumerate(reader.tables(lock.get("package"), "package")):
        where = f"package[{index}]"
        groups = reader.strings(item.get("groups"), f"{where}.groups")
        package = _package(reader, item, where)
        if not {canonicalize_name(group) for group in groups}.isdisjoint(chosen):
            yield package


def _package(reader: LockReader, item: Table, where: str) -> _Package:
    def text(key: str) -> str:
        return reader.optional_string(item.get(key), f"{where}.{key}") or ""

    name = reader.string(item.get("name"), f"{where}.name")
    files = reader.tables(item.get("files"), f"{where}.files")
    link, version = _link(text), text("version")
    if not link and not is_version(version):
        raise reader.invalid(f"{where} has no version")
    requirement = LockedRequirement(
        name=name,
        extras=tuple(sorted(reader.strings(item.get("extras"), f"{where}.extras"))),
        specifier="" if link else f"=={version}",
        link=link,
        marker=text("marker"),
        hashes=tuple(reader.string(each.get("hash"), f"{where}.files") for each in files),
        is_editable=bool(link) and item.get("editable") is True,
    )
    checked = checked_requirement(reader, requirement, where)
    return _Package(version if is_version(version) else None, checked)


def _link(text: Callable[[str], str]) -> str:
    """Return the URL or path of a package; "" for one of an index."""
    for vcs in _VCS:
        if url := text(vcs):
            return vcs_link(vcs, url, text("revision") or text("ref"), text("subdirectory"))
    if path := text("path"):
        return path_link(path)
    url, subdirectory = text("url"), text("subdirectory")
    return f"{url}#subdirectory={subdirectory}" if url and subdirectory else url


def _merged(requirements: Iterable[LockedRequirement]) -> Iterator[LockedRequirement]:
    """Merge the entries of one package, of which there is one for each set of its extras."""
    merged: dict[LockedRequirement, LockedRequirement] = {}
    for each in requirements:
        # The files of one may be listed with another only.
        key = replace(each, name=canonicalize_name(each.name), extras=(), hashes=())
        before = merged.get(key, each)
        extras = tuple(sorted({*before.extras, *each.extras}))
        merged[key] = replace(before, extras=extras, hashes=before.hashes + each.hashes)
    yield from merged.values()


def _is_distribution(pyproject: Table) -> bool:
    """Tell whether the app's own project is installed, as PDM tells it."""
    pdm = table_at(pyproject, "tool", "pdm")
    if "package-type" in pdm:
        is_package = pdm["package-type"] == "library"
    else:
        is_package = pdm.get("distribution") is not False
    return is_package and "name" in table_at(pyproject, "project")


def _index_options(pyproject: Table) -> Iterator[str]:
    """Yield a line for each source of pyproject.toml; the one named pypi is the index itself."""
    sources = table_at(pyproject, "tool", "pdm").get("source")
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


def _check_up_to_date(
    pyproject: Table, groups: Sequence[str], packages: Sequence[_Package]
) -> None:
    """Check that the lock has what pyproject.toml asks for, by names and versions.

    PDM's own way, a hash of pyproject.toml, differs by PDM's version.

    Raises:
        OutdatedLockError: it hasn't.
    """
    locked: dict[str, list[str | None]] = {}
    for package in packages:
        name = canonicalize_name(package.requirement.name)
        locked.setdefault(name, []).append(package.version)
    # The lock has these versions whatever else is asked for.
    overrides = table_at(pyproject, "tool", "pdm", "resolution", "overrides")
    passed_over = {canonicalize_name(name) for name in overrides}
    project_name = table_at(pyproject, "project").get("name")
    if isinstance(project_name, str):
        passed_over.add(canonicalize_name(project_name))
    for requirement in _declared(pyproject, groups):
        name = canonicalize_name(requirement.name)
        if name in passed_over:
            continue
        versions = locked.get(name)
        if versions is None and _always_applies(requirement.marker):
            raise _outdated(f"It has no {name}")
        if versions and not any(_allows(requirement, version) for version in versions):
            found = ", ".join(str(version) for version in dict.fromkeys(versions))
            raise _outdated(f"Asked for: {name}{requirement.specifier}; locked: {found}")


def _declared(pyproject: Table, groups: Sequence[str]) -> Iterator[Requirement]:
    """Yield the requirements of the chosen groups, without those that aren't of the standard."""
    declared = [table_at(pyproject, "project").get("dependencies")]
    for tables in (_optional_dependencies(pyproject), _groups(pyproject)):
        declared += [value for name, value in tables.items() if canonicalize_name(name) in groups]
    for values in declared:
        parsed = map(_parsed, values if isinstance(values, list) else ())
        yield from (requirement for requirement in parsed if requirement is not None)


def _parsed(value: object) -> Requirement | None:
    """Return a requirement; None for such as "-e file:///…", and for groups that are included."""
    try:
        return Requirement(value) if isinstance(value, str) else None
    except (InvalidRequirement, RecursionError):
        return None


def _allows(requirement: Requirement, version: str | None) -> bool:
    if requirement.url or version is None:
        return True
    return requirement.specifier.contains(version, prereleases=True)


def _always_applies(marker: Marker | None) -> bool:
    """Tell whether a marker holds on Linux for every Python; where it may not, it's not locked."""
    if marker is None:
        return True
    try:
        return all(
            marker.evaluate({"python_version": version, "python_full_version": f"{version}.0"})
            for version in _PYTHON_VERSIONS
        )
    except (UndefinedComparison, UndefinedEnvironmentName):
        return False


def _optional_dependencies(pyproject: Table) -> Table:
    return table_at(pyproject, "project", "optional-dependencies")


def _groups(pyproject: Table) -> Table:
    return {
        **table_at(pyproject, "tool", "pdm", "dev-dependencies"),
        **table_at(pyproject, "dependency-groups"),
    }


def _outdated(detail: str) -> OutdatedLockError:
    return OutdatedLockError(LOCK, PYPROJECT_TOML, _LOCK_COMMAND, detail)
