"""Apps that are projects themselves and have no lock: pip installs them with what they ask for.

https://pip.pypa.io/en/stable/topics/local-project-installs/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.utils import canonicalize_name

from python_buildpack.app.pyproject import PYPROJECT_TOML
from python_buildpack.app.submodules import check_submodules
from python_buildpack.environment.requirement import parse_requirement
from python_buildpack.environment.resolution import Pinning, Resolution
from python_buildpack.package_managers.locks import MissingLockError, check_names
from python_buildpack.package_managers.pinned import Pins
from python_buildpack.package_managers.pip.inputs import check_local_files, link_of
from python_buildpack.package_managers.pip.pins import expected
from python_buildpack.package_managers.pip.requirements_tree import parse_requirement_closure
from python_buildpack.package_managers.pip.run import PipInput
from python_buildpack.package_managers.pip.strategy import PipRequirements, unpinned
from python_buildpack.package_managers.poetry.project import (
    group_tables,
    is_package_mode,
    missing_package,
    missing_package_notice,
    poetry_table,
    python_sources,
    uses_poetry,
)
from python_buildpack.package_managers.poetry.requirements import (
    dependency_lines,
    group_lines,
    index_options,
)
from python_buildpack.package_managers.project.invalid_dependencies import (
    check_dependencies,
    check_groups,
)
from python_buildpack.package_managers.protocol import App
from python_buildpack.system.toml import Table, get_table, is_table

_MOST_CHOICES = 10
# By its name, what an app without a project of its own needs.
_MAIN_GROUP = "main"
# What of [tool.uv] says where distributions come from; only uv reads it.
_UV_INDEXES = ("extra-index-url", "find-links", "index", "index-url")
# What only a project that is installed has any use of, or what only its build tells.
_PACKAGE_KEYS = ("dynamic", "entry-points", "gui-scripts", "scripts")


@dataclass(frozen=True)
class ProjectRequirements(PipRequirements):
    """The app's own project, with extras, and groups of its dependencies.

    Attributes:
        lock_command: that makes a lock of the tool which the project is of; None for no such tool.
        declared: its name, and what it depends on with the groups, as far as it says so.
    """

    text: str = ""
    groups: tuple[str, ...] = ()
    lock_command: str | None = None
    declared: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is required."""
        return super().is_empty and not self.groups

    @property
    def pip_input(self) -> PipInput:
        """The requirements and options for pip."""
        groups = tuple(option for group in self.groups for option in ("--group", group))
        return PipInput(self.app_dir, self.display_name, text=self.text, more=groups)

    def check_local_files(self) -> None:
        """Check what the requirements name."""
        links = (link_of(located.line) for located in self.closure.lines)
        check_submodules(self.app_dir, filter(None, links), self.display_name)
        check_local_files(self.app_dir, self.closure, with_lines=False)

    def check(self, python_version: str, environment: Mapping[str, str]) -> tuple[str, ...]:  # noqa: ARG002
        """Return (): only the project's build tells what is wrong with it."""
        return ()

    def pinning(
        self, resolution: Resolution, python_version: str, environment: Mapping[str, str]
    ) -> Pinning:
        """Tell how much the requirements determine; what groups ask for isn't among them."""
        if self.groups:
            return Pinning.UNPROVEN
        return super().pinning(resolution, python_version, environment)

    def advice(self, resolution: Resolution, python_version: str) -> str | None:
        """Return what can be installed, or how to make a lock where there is something to lock."""
        if self.is_empty and self.choices:
            names = ", ".join(sorted(self.choices)[:_MOST_CHOICES])
            return f"To install groups or extras, set BP_GROUPS or BP_EXTRAS: {names}"
        free = {*unpinned(resolution, self.closure, python_version)}
        if all(each.is_direct or each.name not in free for each in resolution.distributions):
            return None
        if self.lock_command:
            how = self.lock_command
        elif self.text:
            # Those of other tools need a pyproject.toml with a project.
            others = "" if self.files != (PYPROJECT_TOML,) else "uv lock, poetry lock or "
            how = f"{others}pip lock -o pylock.toml ."
        else:
            how = " ".join(
                ("pip lock -o pylock.toml", *(f"--group {each}" for each in self.groups))
            )
        return f"No lock, so builds may differ. To lock: {how}"

    def pinned(self) -> Pins:
        """Return what the project pins; the groups aren't read."""
        return replace(super().pinned(), are_most=False) if self.groups else super().pinned()

    def expected(self, python_version: str) -> dict[str, str]:
        """Return what the project says that it depends on, and the project if it is installed."""
        declared = parse_requirement_closure(_text(self.declared), self.display_name)
        return {**expected(declared, python_version), **super().expected(python_version)}

    def unhashed(self) -> None:
        """Return None: there is no lock."""


def read(app: App, file: str | None) -> ProjectRequirements:
    """Read what of the app's project is to be installed.

    Raises:
        UnknownNamesError: a group or extra isn't there.
        InvalidDependenciesError: a requirement isn't one.
        MissingLockError: only a lock can say what Poetry's or uv's tables ask for.
    """
    file = file or PYPROJECT_TOML
    settings = app.settings
    pyproject = app.files.toml(PYPROJECT_TOML)
    groups = get_table(pyproject, "dependency-groups")
    check_names("BP_GROUPS", settings.groups, (*groups, *group_tables(pyproject)), PYPROJECT_TOML)
    _check_uv_tables(pyproject, settings.extras)
    is_pyproject = file == PYPROJECT_TOML
    if not is_pyproject or _is_project(app, pyproject):
        requirement = _requirement(app, pyproject)
    else:
        check_names("BP_EXTRAS", settings.extras, _extras(pyproject), PYPROJECT_TOML)
        requirement = ""
    requirement += _text(group_lines(pyproject, settings.groups))
    chosen, notices = _chosen_groups(app, groups, is_alone=not requirement)
    of_groups = check_groups(app.files, chosen)
    options = _text(index_options(pyproject)) if requirement else ""
    missing = _missing_package(app, pyproject) if is_pyproject else None
    return ProjectRequirements(
        app_dir=app.directory,
        files=(file,),
        closure=parse_requirement_closure(options + requirement, file),
        manager=app.manager,
        text=options + requirement,
        groups=chosen,
        version_sources=python_sources(app.files),
        notices=(*notices, *((missing_package_notice(missing),) if missing else ())),
        choices=(*groups, *group_tables(pyproject), *_extras(pyproject)),
        lock_command=_lock_command(pyproject) if is_pyproject else None,
        declared=(*_declared(pyproject, settings.extras), *of_groups),
    )


def _declared(pyproject: Table, extras: tuple[str, ...]) -> tuple[str, ...]:
    project = get_table(pyproject, "project")
    name = project.get("name")
    lines = _dependency_lines(project, extras) or []
    named = [name] if isinstance(name, str) and parse_requirement(name) else []
    return (*named, *lines)


def _chosen_groups(
    app: App, groups: Table, *, is_alone: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the standard's groups that are installed, and what is said where nobody chose them."""
    settings = app.settings
    standard = {canonicalize_name(name) for name in groups}
    is_chosen = settings.groups or settings.extras
    if is_alone and not is_chosen and _MAIN_GROUP in standard:
        notice = f"Using the dependency group {_MAIN_GROUP} (to choose others, set BP_GROUPS)"
        return (_MAIN_GROUP,), (notice,)
    return tuple(each for each in settings.groups if each in standard), ()


def _check_uv_tables(pyproject: Table, extras: tuple[str, ...]) -> None:
    """Check that pip finds what uv would: by its name alone, another project may be installed.

    https://docs.astral.sh/uv/concepts/projects/dependencies/#dependency-sources
    """
    uv = get_table(pyproject, "tool", "uv")
    lines = _dependency_lines(get_table(pyproject, "project"), extras) or ()
    parsed = filter(None, map(parse_requirement, lines))
    sources = {canonicalize_name(name) for name in get_table(uv, "sources")}
    sourced = (each.name for each in parsed if canonicalize_name(each.name) in sources)
    settings = (f"tool.uv.{key}" for key in _UV_INDEXES if lines and uv.get(key))
    reason = next((f"tool.uv.sources.{name}" for name in sourced), next(settings, None))
    if reason:
        raise MissingLockError(PYPROJECT_TOML, "uv.lock", "uv lock", reason)


def _lock_command(pyproject: Table) -> str | None:
    if uses_poetry(pyproject):
        return "poetry lock"
    tools = get_table(pyproject, "tool")
    return next((f"{tool} lock" for tool in ("pdm", "uv") if tool in tools), None)


def _extras(pyproject: Table) -> tuple[str, ...]:
    extras = get_table(pyproject, "project", "optional-dependencies")
    return (*extras, *get_table(poetry_table(pyproject), "extras"))


def _missing_package(app: App, pyproject: Table) -> str | None:
    """Return what a package of Poetry's is named after, if there is no such code."""
    is_package = uses_poetry(pyproject) and is_package_mode(pyproject)
    return missing_package(app.directory, pyproject) if is_package else None


def _is_project(app: App, pyproject: Table) -> bool:
    """Return whether there is something to install, not groups and extras alone, none chosen."""
    if "build-system" in pyproject or (app.directory / "setup.py").exists():
        return True
    project = get_table(pyproject, "project")
    dynamic = project.get("dynamic")
    is_dynamic = isinstance(dynamic, list) and "dependencies" in dynamic
    has_extras = bool(project) and bool(app.settings.extras)
    has_dependencies = bool(project.get("dependencies") or poetry_table(pyproject))
    return is_dynamic or has_extras or has_dependencies


def _requirement(app: App, pyproject: Table) -> str:
    extras = app.settings.extras
    project = pyproject.get("project", {})
    are_known = bool(project) or bool(poetry_table(pyproject))
    if is_table(project) and are_known and not _are_extras_dynamic(project):
        check_names("BP_EXTRAS", extras, _extras(pyproject), PYPROJECT_TOML)
        is_application = _is_application(app, pyproject)
        check_dependencies(app.files, extras if is_application else None)
        if is_application:
            lines = _dependency_lines(project, extras)
            if lines is not None and "dependencies" not in project:
                lines += dependency_lines(pyproject, extras)
            if lines is not None:
                return _text(lines)
    # Otherwise, only running the project's build tells which there are. pip warns of others.
    return f".[{','.join(extras)}]\n" if extras else ".\n"


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _is_application(app: App, pyproject: Table) -> bool:
    """Return whether a project only lists what it needs, and nothing says that it is a package.

    Installing such a one would fail, or guess: setuptools refuses a directory with several
    packages in it, as most apps are. uv and Poetry take no such project for a package either.
    """
    is_built = "build-system" in pyproject or "setuptools" in get_table(pyproject, "tool")
    if uses_poetry(pyproject):
        return not (
            is_built and is_package_mode(pyproject) and not _missing_package(app, pyproject)
        )
    if get_table(pyproject, "tool", "pdm").get("distribution") is False:
        return True
    project = pyproject.get("project")
    is_used = is_table(project) and any(key in project for key in _PACKAGE_KEYS)
    has_sources = any((app.directory / name).exists() for name in ("setup.py", "setup.cfg", "src"))
    return not (is_built or is_used or has_sources)


def _dependency_lines(project: Table, extras: tuple[str, ...]) -> list[str] | None:
    """Return the requirements of a project and some of its extras; None if one is wrong."""
    values = [project.get("dependencies", [])]
    for name, value in get_table(project, "optional-dependencies").items():
        values += [value] if canonicalize_name(name) in extras else []
    lines: list[str] = []
    for value in values:
        for item in value if isinstance(value, list) else [None]:
            if not isinstance(item, str) or not item.isprintable():
                return None
            if parse_requirement(item) is None:
                return None
            lines.append(item)
    return lines


def _are_extras_dynamic(project: Table) -> bool:
    dynamic = project.get("dynamic")
    return isinstance(dynamic, list) and "optional-dependencies" in dynamic
