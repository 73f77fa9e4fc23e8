"""Which package manager an app uses."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from python_buildpack.app.files import AppFiles
from python_buildpack.app.pyproject import PYPROJECT_TOML, Pyproject, read_pyproject
from python_buildpack.app.settings import pylock_file
from python_buildpack.package_managers.exports import has_same_versions, read_exporter
from python_buildpack.package_managers.lock.managers import PYLOCK
from python_buildpack.package_managers.manager import Manager
from python_buildpack.package_managers.misplaced_requirements import (
    check_misplaced,
    find_production_requirements,
)
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.project.managers import PYPROJECT, SETUPTOOLS
from python_buildpack.package_managers.registry import LOCKING, MANAGERS, SECONDARY
from python_buildpack.package_managers.uv.manager import UV
from python_buildpack.package_managers.uv.workspace import Workspace, find_workspace
from python_buildpack.system.errors import UserError
from python_buildpack.system.text import printable


@dataclass(frozen=True)
class FoundManager:
    """A package manager and the file, relative to the app, that it was found by.

    Attributes:
        workspace: that the app is a member of, where the file is above the app.
    """

    manager: Manager
    file: str
    notices: tuple[str, ...] = ()
    workspace: Workspace | None = None


@dataclass(eq=False)
class SeveralPackageManagersError(UserError):
    """The app has files of more than one package manager."""

    found: tuple[FoundManager, ...]


@dataclass(eq=False)
class UnknownPackageManagerError(UserError):
    """BP_PACKAGE_MANAGER names nothing that is supported, or that the app has no file for.

    Attributes:
        file: what a supported one would need; None if the name itself is wrong.
        declares_nothing: whether that file is there, and has nothing to install.
    """

    name: str
    file: str | None
    declares_nothing: bool = False


def determine_package_manager(
    files: AppFiles,
    *,
    chosen: str | None,
    requirements: tuple[str, ...],
    pylock: str | None = None,
) -> FoundManager | None:
    """Return the app's package manager; None if the app has no dependencies.

    Args:
        requirements: BP_PIP_REQUIREMENT, which replaces requirements.txt if it is set.

    Raises:
        SeveralPackageManagersError: it can't be told.
        UnknownPackageManagerError: ``chosen`` isn't possible.
        MisplacedRequirementsError, MisspelledFileError: there are none but in files that aren't read.
    """
    app_dir = files.directory
    found = _find(app_dir, LOCKING) or _by_workspace(files)
    if requirements:
        found = _with_named(found, FoundManager(PIP, requirements[0]))
    if pylock:
        found = _with_named(found, FoundManager(PYLOCK, pylock_file(pylock)))
    if chosen:
        return _chosen(app_dir, chosen, (*found, *_find_others(files)))
    if len(found) > 1:
        named = (*requirements, *((pylock_file(pylock),) if pylock else ()))
        found = _without_exports(app_dir, found, kept=named)
    if len(found) > 1:
        raise SeveralPackageManagersError(found)
    candidates = found or _find_others(files)
    if not candidates:
        check_misplaced(app_dir, [name for each in MANAGERS for name in each.files])
        return None
    return candidates[0]


def _with_named(found: tuple[FoundManager, ...], named: FoundManager) -> tuple[FoundManager, ...]:
    """Return what was found, with the file that a setting names for one of the managers."""
    return (named, *(other for other in found if other.manager is not named.manager))


def _without_exports(
    app_dir: Path, found: tuple[FoundManager, ...], *, kept: Collection[str]
) -> tuple[FoundManager, ...]:
    """Leave out files that are copies of the lock of another manager that was found.

    Args:
        kept: the files that the user has named, which count whatever they are.
    """
    locks = {each.manager.name: each for each in found if each.file.endswith(".lock")}
    others = {}
    for each in found:
        can_be_export = each.manager.is_export_format and each.file not in kept
        exporter = read_exporter(app_dir, each.file) if can_be_export else None
        reason = "was exported from it"
        if exporter not in locks and can_be_export and each.manager is PIP:
            same = (key for key in locks if has_same_versions(app_dir, each.file, locks[key].file))
            exporter, reason = next(same, None), "has the same versions"
        if exporter in locks:
            notices = (*locks[exporter].notices, _export_notice(each, locks[exporter], reason))
            locks[exporter] = replace(locks[exporter], notices=notices)
        else:
            others[each.manager.name] = each
    return tuple({**others, **locks}.values())


def _export_notice(export: FoundManager, lock: FoundManager, reason: str) -> str:
    setting = f"BP_PACKAGE_MANAGER={export.manager.name}"
    return (
        f"Using {lock.file}: {printable(export.file)} {reason} (to use that instead, set {setting})"
    )


def _find_others(files: AppFiles) -> tuple[FoundManager, ...]:
    """Return what counts only where nothing else is found, the strongest first."""
    found = (
        *_find(files.directory, SECONDARY),
        *_by_pyproject(read_pyproject(files)),
        *_find(files.directory, (SETUPTOOLS,)),
        *_plain_setup_cfg(files),
    )
    # BP_GROUPS or BP_EXTRAS can choose these.
    has_choices = read_pyproject(files).groups or read_pyproject(files).extras
    choices = (FoundManager(PYPROJECT, PYPROJECT_TOML),) if has_choices else ()
    return found or (*_by_directory(files.directory), *choices)


def _find(app_dir: Path, managers: tuple[Manager, ...]) -> tuple[FoundManager, ...]:
    # Not glob(), which passes over dangling links: they are to be explained, not ignored.
    names = sorted(path.name for path in app_dir.iterdir())
    found = []
    for manager in managers:
        matching = [name for pattern in manager.files for name in fnmatch.filter(names, pattern)]
        found += [FoundManager(manager, name) for name in matching[:1]]
    return tuple(found)


def _chosen(app_dir: Path, name: str, found: tuple[FoundManager, ...]) -> FoundManager:
    chosen = next((other for other in found if other.manager.name == name.lower()), None)
    if chosen is None:
        needed = {manager.name: manager.files[0] for manager in MANAGERS}
        file = needed.get(name.lower())
        raise UnknownPackageManagerError(name, file, file is not None and (app_dir / file).exists())
    return chosen


def _by_pyproject(pyproject: Pyproject) -> tuple[FoundManager, ...]:
    """Return pyproject.toml itself, if it has something to install, then whose table it has.

    The lock of such a tool isn't there, or it would have been found: the project is installed as
    any other without a lock, unless the tool is chosen.
    """
    tools = [each for each in MANAGERS if each.tool_table in pyproject.tools]
    is_installed = pyproject.has_dependencies or pyproject.is_package or tools
    managers = [*([PYPROJECT] if is_installed else []), *tools]
    return tuple(FoundManager(manager, PYPROJECT_TOML) for manager in managers)


def _by_workspace(files: AppFiles) -> tuple[FoundManager, ...]:
    workspace = find_workspace(files)
    if workspace is None:
        return ()
    notice = f"Using {workspace.lock}: {printable(workspace.member)} is a member of that workspace"
    return (FoundManager(UV, workspace.lock, (notice,), workspace),)


def _by_directory(app_dir: Path) -> tuple[FoundManager, ...]:
    """Return the requirements file of a directory of such files that is certainly meant."""
    file = find_production_requirements(app_dir)
    if file is None:
        return ()
    notice = (
        f"Using {file}: there is no requirements.txt (to choose others, set BP_PIP_REQUIREMENT)"
    )
    return (FoundManager(PIP, file, (notice,)),)


def _plain_setup_cfg(files: AppFiles) -> tuple[FoundManager, ...]:
    # Without this table, it holds the settings of linters and the like.
    text = files.text("setup.cfg") or ""
    if not any(line.strip() == "[options]" for line in text.splitlines()):
        return ()
    return (FoundManager(SETUPTOOLS, "setup.cfg"),)
