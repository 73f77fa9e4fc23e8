"""Wording for the choice of a package manager."""

from __future__ import annotations

from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.package_managers.choice import (
    FoundManager,
    SeveralPackageManagersError,
    UnknownPackageManagerError,
    UnsupportedPackageManagerError,
)
from python_buildpack.package_managers.misplaced_requirements import (
    MisplacedRequirementsError,
    MisspelledFileError,
    ProjectBelowError,
)
from python_buildpack.package_managers.registry import MANAGERS
from python_buildpack.system.text import printable

_MOST_FILES = 10


@message_for.register
def _(error: SeveralPackageManagersError) -> UserMessage:
    files = "\n".join(_line(found) for found in error.found)
    choices = " or ".join(f"BP_PACKAGE_MANAGER={found.manager.name}" for found in error.found)
    return UserMessage(
        "Files of several package managers",
        f"""\
The app has:
{files}
They may ask for different versions, and nothing tells which are right.

Keep the files of one package manager and remove the others, or choose one for the
build: {choices}.""",
    )


@message_for.register
def _(error: UnsupportedPackageManagerError) -> UserMessage:
    manager = error.found.manager
    return UserMessage(
        f"Dependencies for {manager.display_name} can't be installed",
        f"""\
Found: {error.found.file}

{manager.instead}""",
    )


@message_for.register
def _(error: MisplacedRequirementsError) -> UserMessage:
    files = "\n".join(f"  {printable(file)}" for file in error.files[:_MOST_FILES])
    more = len(error.files) - _MOST_FILES
    return UserMessage(
        "The app's dependencies are in files that aren't read",
        f"""\
There is no requirements.txt, and nothing else declares dependencies, but the app has:
{files}{f"{chr(10)}  and {more} more" if more > 0 else ""}

Name what the image needs, one file or several, separated by spaces:
BP_PIP_REQUIREMENT={printable(error.files[0])}; or rename the file to requirements.txt.
If nothing is to be installed, add an empty requirements.txt.""",
    )


@message_for.register
def _(error: ProjectBelowError) -> UserMessage:
    files = "\n".join(f"  {printable(file)}" for file in error.files[:_MOST_FILES])
    first = error.files[0]
    directory = printable(first.rpartition("/")[0])
    requirements = (
        f"\nOr install them for the whole: BP_PIP_REQUIREMENT={printable(first)}"
        if first.endswith(".txt")
        else ""
    )
    return UserMessage(
        "The app is in a directory below",
        f"""\
Nothing here declares dependencies, and there is no Python file beside. But there are:
{files}

Build that directory: pack build --path {directory} …{requirements}
If nothing is to be installed, add an empty requirements.txt.""",
    )


@message_for.register
def _(error: MisspelledFileError) -> UserMessage:
    file, name = printable(error.file), printable(error.name)
    setting = f", or set BP_PIP_REQUIREMENT={file}" if name == "requirements.txt" else ""
    return UserMessage(
        f"{file} isn't read: the file's name is {name}",
        f"""\
Capital and small letters count on Linux, where the app is built. Nothing else declares dependencies.

Rename the file to {name}{setting}.""",
    )


@message_for.register
def _(error: UnknownPackageManagerError) -> UserMessage:
    supported = ", ".join(manager.name for manager in MANAGERS)
    if error.declares_nothing:
        cause = (
            f"BP_PACKAGE_MANAGER={printable(error.name)}, but {error.file} has nothing to install."
        )
        cure = f"Declare the app's dependencies in {error.file}, or unset BP_PACKAGE_MANAGER."
    elif error.file is not None:
        cause = f"BP_PACKAGE_MANAGER={printable(error.name)}, but the app has no {error.file}."
        cure = f"Add {error.file}, or unset BP_PACKAGE_MANAGER."
    else:
        cause = f"BP_PACKAGE_MANAGER={printable(error.name)} isn't supported."
        cure = f"Supported: {supported}. Without the setting, the app's files decide."
    return UserMessage("Invalid BP_PACKAGE_MANAGER", f"{cause}\n\n{cure}")


def _line(found: FoundManager) -> str:
    return f"  {found.file} ({found.manager.display_name})"
