"""Wording for the choice of a package manager."""

from __future__ import annotations

from python_buildpack.app.files import BP_PYTHON_PROJECT_PATH
from python_buildpack.messages.message import text_for
from python_buildpack.package_managers.choice import (
    SeveralPackageManagersError,
    UnknownPackageManagerError,
)
from python_buildpack.package_managers.misplaced_requirements import (
    MisplacedRequirementsError,
    MisspelledFileError,
    ProjectBelowError,
)
from python_buildpack.package_managers.registry import MANAGERS
from python_buildpack.system.text import listed, printable

_NO_DEPENDENCIES = "If the app has no dependencies, add an empty requirements.txt."


@text_for.register
def _(error: SeveralPackageManagersError) -> str:
    files = [f"{found.file} ({found.manager.display_name})" for found in error.found]
    choices = " or ".join(f"BP_PACKAGE_MANAGER={found.manager.name}" for found in error.found)
    return f"""\
Files of several package managers
The app has:
{listed(files)}

Keep the files of one package manager and remove the others, or set
{choices}."""


@text_for.register
def _(error: MisplacedRequirementsError) -> str:
    return f"""\
The app's dependencies are in files that aren't read
The app has no requirements.txt, but:
{listed(error.files)}

Rename one to requirements.txt, or set, for one or several separated by spaces:
BP_PIP_REQUIREMENT={printable(error.files[0])}
{_NO_DEPENDENCIES}"""


@text_for.register
def _(error: ProjectBelowError) -> str:
    first = printable(error.files[0])
    requirements = (
        f"\nOr install them here: BP_PIP_REQUIREMENT={first}" if first.endswith(".txt") else ""
    )
    return f"""\
The app is in a subdirectory
This directory has neither dependencies nor Python files, but:
{listed(error.files)}

Set {BP_PYTHON_PROJECT_PATH}={first.rpartition("/")[0]} for the build.{requirements}
{_NO_DEPENDENCIES}"""


@text_for.register
def _(error: MisspelledFileError) -> str:
    file, name = printable(error.file), printable(error.name)
    setting = f", or set BP_PIP_REQUIREMENT={file}" if name == "requirements.txt" else ""
    return f"""\
{file} isn't read: it must be named {name}
File names are case-sensitive on Linux. Nothing else declares dependencies.

Rename it: git mv {file} {name}{setting}"""


@text_for.register
def _(error: UnknownPackageManagerError) -> str:
    supported = ", ".join(manager.name for manager in MANAGERS)
    if error.declares_nothing:
        problem = f"but {error.file} has nothing to install"
        cure = f"Declare the app's dependencies in {error.file}, or unset BP_PACKAGE_MANAGER."
    elif error.file is not None:
        problem = f"but the app has no {error.file}"
        cure = f"Add {error.file}, or unset BP_PACKAGE_MANAGER."
    else:
        problem = "which isn't supported"
        cure = f"Set it to one of {supported}; or unset it, and the app's files decide."
    return f"""\
Invalid BP_PACKAGE_MANAGER
BP_PACKAGE_MANAGER={printable(error.name)}, {problem}.

{cure}"""
