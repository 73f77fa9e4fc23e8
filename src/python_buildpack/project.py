"""All that the build has to know of an app, read before anything is downloaded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.app.checks import find_committed_environments
from python_buildpack.app.files import (
    BP_PYTHON_PROJECT_PATH,
    AppFiles,
    DirectoryProblem,
    DirectorySettingError,
    open_app,
)
from python_buildpack.app.given_secrets import referenced_secrets
from python_buildpack.app.malformed_urls import check_urls
from python_buildpack.app.settings import Settings
from python_buildpack.package_managers.choice import determine_package_manager
from python_buildpack.package_managers.committed_credentials import (
    CommittedCredential,
    credential_files,
    find_committed_credentials,
    read_texts,
)
from python_buildpack.package_managers.project_files import is_python_project
from python_buildpack.package_managers.protocol import Dependencies
from python_buildpack.package_managers.reading import read_dependencies
from python_buildpack.python_version.resolve import read_version_sources
from python_buildpack.python_version.sources import VersionSource
from python_buildpack.python_version.tool_versions import ToolVersion, read_tool_versions
from python_buildpack.start_commands.processes import StartCommand, read_start_commands
from python_buildpack.system.secrets import Secrets, union


@dataclass(frozen=True)
class Project:
    """An app, or a directory without one, which gets Python alone.

    Attributes:
        files: its files.
        version_sources: where a Python version is requested, highest precedence first.
        tool_versions: the Pythons of mise and asdf, whether they count or not.
        dependencies: what the app depends on; None if there is no Python project.
        start_commands: how the image's processes are started.
        committed_environments: directories of installed packages that should not be there.
        committed_credentials: lines of its files that hold some.
        secrets: in the variables that its files refer to.
    """

    files: AppFiles
    version_sources: tuple[VersionSource, ...]
    tool_versions: tuple[ToolVersion, ...]
    dependencies: Dependencies | None
    start_commands: tuple[StartCommand, ...]
    committed_environments: tuple[str, ...]
    committed_credentials: tuple[CommittedCredential, ...]
    secrets: Secrets

    @property
    def known_secrets(self) -> Secrets:
        """Those of variables, and those that are part of its files."""
        return union((self.secrets, *(each.secrets for each in self.committed_credentials)))


def read_project(root: Path, settings: Settings, environment: Mapping[str, str]) -> Project:
    """Read the app.

    Args:
        root: of the repository.

    Raises:
        BuildpackError: whatever is wrong with the files of the app, with file and line.
    """
    files = open_app(root, settings.project_path)
    app_dir = files.directory
    tool_versions = read_tool_versions(files)
    version_sources = read_version_sources(files, settings.python_version, tool_versions)
    named = settings.dependency_files
    if not is_python_project(app_dir, named):
        if settings.project_path is not None:
            problem = DirectoryProblem.NO_PROJECT
            raise DirectorySettingError(BP_PYTHON_PROJECT_PATH, settings.project_path, problem)
        return Project(files, version_sources, tool_versions, None, (), (), (), Secrets())
    # A lock outside of the app isn't read, but refused when the dependencies are.
    refused = settings.pylock is not None and files.is_outside(named[-1])
    readable = named[:-1] if refused else named
    texts = read_texts(app_dir, (*credential_files(app_dir, environment), *readable))
    check_urls(texts, environment)
    found = determine_package_manager(
        files,
        chosen=settings.package_manager,
        requirements=settings.pip_requirements,
        pylock=settings.pylock,
    )
    dependencies = read_dependencies(files, found, settings, environment)
    if dependencies.is_empty and not (found and found.manager.empty_is_meant):
        _check_imports(app_dir, dependencies)
    version_sources = (*version_sources, *dependencies.version_sources)
    start_commands = read_start_commands(app_dir, settings.web_command)
    # What requirements include is known only now.
    inputs = (
        os.path.relpath(dependencies.app_dir / file, app_dir) for file in dependencies.input_files
    )
    included = read_texts(app_dir, (file for file in inputs if file not in texts))
    check_urls(included, environment)
    texts = {**texts, **included}
    return Project(
        files,
        version_sources,
        tool_versions,
        dependencies,
        start_commands,
        find_committed_environments(app_dir),
        find_committed_credentials(texts),
        referenced_secrets(texts.values(), environment),
    )


def _check_imports(app_dir: Path, dependencies: Dependencies) -> None:
    """Check that an app for which nothing is installed needs nothing.

    Raises:
        UndeclaredDependenciesError: it imports what would have to be installed.
        ProjectBelowError: another project is in a directory of it.
    """
    from python_buildpack.package_managers.misplaced_requirements import check_directories
    from python_buildpack.start_commands.missing_imports import check_imports

    check_imports(app_dir, dependencies.choices)
    check_directories(app_dir)
