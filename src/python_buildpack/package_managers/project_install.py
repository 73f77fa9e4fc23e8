"""Apps that are projects themselves and have no lock: pip installs them with what they ask for.

https://pip.pypa.io/en/stable/topics/local-project-installs/
"""

from __future__ import annotations

from dataclasses import dataclass

from python_buildpack.package_managers.choice import Manager
from python_buildpack.package_managers.locks import (
    Table,
    check_names,
    declared_names,
    is_table,
)
from python_buildpack.package_managers.pip import PipRequirements
from python_buildpack.package_managers.reading import App
from python_buildpack.package_managers.requirements_closure import parse_requirement_closure
from python_buildpack.pyproject import PYPROJECT_TOML
from python_buildpack.resolution import Resolution
from python_buildpack.text_file import parse_toml, read_text_file


@dataclass(frozen=True)
class ProjectRequirements(PipRequirements):
    """The app's own project, with extras, and groups of its dependencies."""

    def advice(self, resolution: Resolution, python_version: str) -> str | None:  # noqa: ARG002
        """Return how to make a lock, where there is something to lock."""
        if all(each.is_direct for each in resolution.distributions):
            return None
        # Those of other tools need a pyproject.toml with a project.
        others = "" if self.manager == Manager.SETUPTOOLS.value else "uv lock, poetry lock or "
        return f"No lock: each build may differ. Make one: {others}pip lock -o pylock.toml ."


def read(app: App, file: str | None) -> ProjectRequirements:
    """Read what of the app's project is to be installed.

    Raises:
        UnknownNamesError: a group or extra isn't there.
        BuildpackError: pyproject.toml can't be read.
    """
    file = file or PYPROJECT_TOML
    configuration = app.configuration
    text = read_text_file(app.directory, PYPROJECT_TOML)
    pyproject = parse_toml(text, PYPROJECT_TOML) if text is not None else {}
    groups = declared_names(pyproject, "dependency-groups")
    check_names("BP_GROUPS", configuration.groups, groups, PYPROJECT_TOML)
    is_pyproject = file == PYPROJECT_TOML
    if not is_pyproject or _is_project(app, pyproject):
        requirement = _requirement(app, pyproject)
    else:
        check_names("BP_EXTRAS", configuration.extras, (), PYPROJECT_TOML)
        requirement = ""
    manager = Manager.PYPROJECT if is_pyproject else Manager.SETUPTOOLS
    return ProjectRequirements(
        app_dir=app.directory,
        files=(file,),
        closure=parse_requirement_closure(requirement, file),
        manager=manager.value,
        text=requirement,
        groups=configuration.groups,
    )


def _is_project(app: App, pyproject: Table) -> bool:
    """Tell whether there is something to install, not groups of dependencies alone."""
    has_tables = "project" in pyproject or "build-system" in pyproject
    return has_tables or (app.directory / "setup.py").exists()


def _requirement(app: App, pyproject: Table) -> str:
    extras = app.configuration.extras
    project = pyproject.get("project")
    if is_table(project) and not _are_extras_dynamic(project):
        known = declared_names(project, "optional-dependencies")
        check_names("BP_EXTRAS", extras, known, PYPROJECT_TOML)
    # Otherwise, only running the project's build tells which there are. pip warns of others.
    return f".[{','.join(extras)}]\n" if extras else ".\n"


def _are_extras_dynamic(project: Table) -> bool:
    dynamic = project.get("dynamic")
    return isinstance(dynamic, list) and "optional-dependencies" in dynamic
