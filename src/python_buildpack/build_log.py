"""What the log tells of an app that was read: warnings, and which Python it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_buildpack.app.checks import CommittedEnvironments
from python_buildpack.app.files import BP_PYTHON_PROJECT_PATH
from python_buildpack.app.known_names import unread_files
from python_buildpack.app.request import Build
from python_buildpack.messages.python_version import (
    source_text,
    unused_version_text,
)
from python_buildpack.messages.warning import show_warning
from python_buildpack.package_managers.committed_credentials import CommittedCredentials
from python_buildpack.project import Project
from python_buildpack.python_version.resolve import Notice, PythonVersionResolution
from python_buildpack.python_version.tool_versions import unused_tool_versions
from python_buildpack.system.text import printable

if TYPE_CHECKING:
    from python_buildpack.environment.linkage.check import MissingLibrary


def show_warnings(build: Build, project: Project, notices: tuple[Notice, ...]) -> None:
    """Print where the app is, if not at the root, and what the user should change of it."""
    if path := project.files.path:
        build.output.line(f"The app is in {printable(path)} ({BP_PYTHON_PROJECT_PATH})")
    if project.dependencies is not None:
        for line in unread_files(project.files, build.settings):
            build.output.line(line)
    for notice in notices:
        show_warning(notice, build.output)
    if project.committed_environments:
        show_warning(CommittedEnvironments(project.committed_environments), build.output)
    # What a link leads to outside of the app isn't part of the image.
    found = project.committed_credentials
    committed = tuple(each for each in found if not project.files.is_outside(each.file))
    if committed:
        show_warning(CommittedCredentials(committed), build.output)


def show_python(build: Build, project: Project, python: PythonVersionResolution) -> None:
    """Print which Python the app gets and why, and what is written for other tools."""
    build.output.section("Python")
    build.output.line(f"Using Python {python.version}, {source_text(python.source)}")
    written, sources = project.tool_versions, project.version_sources
    for unused in unused_tool_versions(written, sources, python.version):
        build.output.line(unused_version_text(unused))


def warn_of_libraries(build: Build, missing: tuple[MissingLibrary, ...]) -> None:
    """Print which shared libraries the environment needs and the system lacks."""
    from python_buildpack.environment.linkage.check import MissingLibraries

    show_warning(MissingLibraries(missing), build.output)
