"""Wording for the tools that install dependencies, and for what fails alike in all of them."""

from __future__ import annotations

import re
from typing import TypeAlias

from python_buildpack.app.settings import tool_version_variable
from python_buildpack.layers.reserved_names import ReservedFilesError
from python_buildpack.layers.tools import NoToolRequirementsError, UnsuitableToolError
from python_buildpack.layers.user_site import UnusableWheelError
from python_buildpack.messages.links import BINDINGS, HOMEPAGE
from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.messages.mistaken_names import meant_distribution
from python_buildpack.messages.system_packages import debian_package, wheel_alternative
from python_buildpack.package_managers.failures.causes import (
    BuildFailedError,
    CompilerMissingError,
    HashMismatchError,
    InvalidSetupError,
    LockedFilesMissingError,
    NoWheelError,
    ProjectBuildFailedError,
    ProjectNeedsError,
    RequiresPythonError,
    ResolutionConflictError,
    SystemLibraryMissingError,
)
from python_buildpack.package_managers.poetry.strategy import NoPackageToInstallError
from python_buildpack.package_managers.registry import MANAGERS, TOOLS
from python_buildpack.system.machine import OutOfMemoryError
from python_buildpack.system.text import listed, printable, wrapped

_BuiltHereError: TypeAlias = BuildFailedError | CompilerMissingError | SystemLibraryMissingError


def _other_python(python_version: str) -> str:
    minor = ".".join(python_version.split(".")[:2])
    return (
        f"choose a Python that has wheels of it: this is {python_version}. Write another version\n"
        f"    than {minor} into the file .python-version"
    )


def _cures(error: _BuiltHereError, *others: str) -> str:
    """Return what helps where a distribution had to be built."""
    other_python = [_other_python(error.python_version)] if error.has_wheels else []
    cures = [*other_python, *others]
    listed_cures = "; or\n".join(f"  - {cure}" for cure in cures)
    return f"Either\n{listed_cures}." if len(cures) > 1 else f"What helps:\n{listed_cures}."


def _built_here(name: str, error: _BuiltHereError) -> str:
    python = f"Python {error.python_version}" if error.has_wheels else "any Python"
    return (
        f"There is no wheel of {name} for {python} on this system and processor,\n"
        "so it had to be built from its source."
    )


def _system_package(missing: str, *, is_library: bool) -> str:
    package = debian_package(missing)
    known = f"\nOn Debian and Ubuntu, the package is {package}." if package else ""
    at_run = "\nThe run image needs the library too." if is_library else ""
    return (
        "The build doesn't run as root, so that it can't install packages of the system itself: use\n"
        f"a builder whose build image has them, or an apt buildpack before this one.{at_run}{known}"
    )


_PYTHONS_HEADERS = ("Python.h", "pyconfig.h")
_WITHOUT_HEADERS = """\
It is one of Python's own headers, which the archive of this Python was made without. Those that the
buildpack's own inventory names have them: use such a one, if BP_PYTHON_INVENTORY or
BP_DEPENDENCY_MIRROR chooses others."""
_MANAGERS = {each.display_name: each for each in MANAGERS}


@message_for.register
def _(error: ReservedFilesError) -> UserMessage:
    files = [
        f"{each.path} (of {each.distribution or 'no known distribution'})" for each in error.files
    ]
    return UserMessage(
        "Installed files would be run by the image's launcher",
        f"""\
Files in the layer {error.layer}:
{listed(files)}
At the root of a layer, env, env.build, env.launch, exec.d and profile.d are the buildpack's: what is
in them would set variables, or be run before the app each time that a container starts.

Remove the distribution from the app's dependencies or choose another version of it. If it is your
own, install its data files into another directory, such as share/{error.files[0].distribution or "NAME"}/.""",
    )


@message_for.register
def _(error: NoToolRequirementsError) -> UserMessage:
    return UserMessage(
        f"This buildpack doesn't know where to get {error.tool}",
        f"""\
It has no vendor/{error.tool}.txt, which scripts/package puts there: {error.buildpack_dir}

Package the buildpack again with scripts/package, in a clone of
{HOMEPAGE}, and use what it makes in dist/.""",
    )


@message_for.register
def _(error: UnusableWheelError) -> UserMessage:
    return UserMessage(
        f"{printable(error.wheel)} can't be installed",
        f"""\
It was downloaded for the build, and isn't a wheel of a known format: {printable(error.problem)}

If an index of your own has it, put it there again as it was published. If a version of the tool was
asked for ({", ".join(map(tool_version_variable, TOOLS))}), ask for another or for none.""",
    )


@message_for.register
def _(error: UnsuitableToolError) -> UserMessage:
    setting = tool_version_variable(error.tool)
    return UserMessage(
        f"{error.tool} doesn't match the version that the app requires",
        f"""\
Required by the app: {error.tool}{printable(error.required)}
The buildpack's default: {error.tool} {error.known}

Set {setting} to a release that the app allows, or allow {error.known} in the app.""",
    )


@message_for.register
def _(_: NoPackageToInstallError) -> UserMessage:
    return UserMessage(
        "Poetry finds no package to install",
        """\
Poetry is to install the project itself, and there is no package or module of the project's name.

Where the project is an app rather than a package, say so in pyproject.toml:
  [tool.poetry]
  package-mode = false
Otherwise name what there is: packages = [{ include = "..." }].""",
    )


@message_for.register
def _(error: LockedFilesMissingError) -> UserMessage:
    name, lock = printable(error.distribution), printable(error.lock)
    return UserMessage(
        f"No index has the files of {name}",
        f"""\
They are in {lock}. The index may have lost them, since they were removed or yanked; or the build
asks another index than the one that {lock} was made with, or lacks its credentials.

Give the build that index: with credentials, by a binding of type netrc or poetry:
{BINDINGS}
Or make the lock again, and commit it: {error.command}""",
    )


@message_for.register
def _(error: OutOfMemoryError) -> UserMessage:
    return UserMessage(
        f"{error.tool} ran out of memory",
        f"""\
It, or a compiler that it ran, was ended by the system for lack of memory.

Give the build more memory. If the output of {error.tool} above shows that a wheel was being built,
require a version that has wheels for this Python: installing one takes little memory. Compilers
take less where fewer run side by side: MAX_JOBS=1, CMAKE_BUILD_PARALLEL_LEVEL=1 or
CARGO_BUILD_JOBS=1, set for the build.""",
    )


@message_for.register
def _(error: CompilerMissingError) -> UserMessage:
    name = printable(error.distribution) or "a distribution"
    tool = printable(error.tool)
    cures = _cures(
        error,
        f"require another version of {name}, which may have such wheels",
        f"get {tool} into the build image",
    )
    return UserMessage(
        f"Building {name} needs {tool}, which the build image doesn't have",
        f"{_built_here(name, error)}\n\n{cures}\n\n{_system_package(error.tool, is_library=False)}",
    )


@message_for.register
def _(error: SystemLibraryMissingError) -> UserMessage:
    name = printable(error.distribution) or "a distribution"
    missing = printable(error.missing)
    if missing in _PYTHONS_HEADERS:
        cures = _cures(error, f"require another version of {name}, which may have such wheels")
        return UserMessage(
            f"Building {name} needs {missing}, which this Python doesn't have",
            f"{_built_here(name, error)}\n{_WITHOUT_HEADERS}\n\n{cures}",
        )
    hint = wheel_alternative(error.distribution)
    cures = _cures(
        error,
        *([f"require {hint} instead, which has wheels"] if hint else []),
        f"require another version of {name}, which may have such wheels",
        "get these files into the build image",
    )
    return UserMessage(
        f"Building {name} needs {missing}, which the build image doesn't have",
        f"{_built_here(name, error)}\n"
        f"{missing} is part of a system library's development files.\n\n{cures}\n\n"
        f"{_system_package(error.missing, is_library=True)}",
    )


@message_for.register
def _(error: InvalidSetupError) -> UserMessage:
    return UserMessage(
        f"Invalid metadata in {printable(error.distribution)}",
        f"{wrapped(f'setuptools, which builds it from source, refuses it: {printable(error.problem)}')}\n\n"
        "Require another release of the distribution, and lock again if there is a lock: newer ones\n"
        "are likely to be valid, and one that has a wheel isn't built here.",
    )


@message_for.register
def _(error: BuildFailedError) -> UserMessage:
    name = printable(error.distribution) or "a distribution"
    ending = wrapped(f"Its build ended with: {printable(error.detail)}")
    said = f"{ending}\n" if error.detail else ""
    if meant := meant_distribution(error.distribution):
        return UserMessage(f"Building {name} from source failed", f"{said}\n{meant}")
    cures = _cures(error, f"require a newer version of {name}, which may have wheels")
    return UserMessage(
        f"Building {name} from source failed",
        f"{_built_here(name, error)} The output above has the reason.\n"
        f"{said}\nOld versions often don't build on a newer Python. {cures}",
    )


# What build backends say, and what to do about it.
_PROJECT_CURES = (
    (
        re.compile(r"readme|license", re.IGNORECASE),
        """\
pyproject.toml names a file that isn't there in the build. Commit it, and check that .dockerignore,
.gitignore and project.toml don't exclude it; or remove the line that names it.""",
    ),
    (
        re.compile(r"Unable to determine which files to ship"),
        """\
hatchling looks for a directory of the project's name. Name the one that there is, in pyproject.toml:
    [tool.hatch.build.targets.wheel]
    packages = ["DIRECTORY"]""",
    ),
    (
        re.compile(
            r"unable to detect version|setuptools.scm|version from (?:git|vcs)", re.IGNORECASE
        ),
        """\
The version comes from Git, and there is no .git in the build. Set one for the build, such as
    SETUPTOOLS_SCM_PRETEND_VERSION=1.0.0
or write fallback_version = "1.0.0" into [tool.setuptools_scm], fallback-version into
[tool.hatch.version.raw-options], or version = "1.0.0" into [project] in place of dynamic.""",
    ),
    (
        re.compile(r"Multiple top-level (?:packages|modules)"),
        """\
setuptools doesn't know which directories are the project's. Name them, in pyproject.toml:
    [tool.setuptools]
    packages = ["DIRECTORY"]""",
    ),
    (
        re.compile(r"Expected a Python module at"),
        """\
uv looks for a module of the project's name. Name the one that there is, in pyproject.toml:
    [tool.uv.build-backend]
    module-name = "MODULE"
    module-root = \"\"""",
    ),
)


@message_for.register
def _(error: ProjectBuildFailedError) -> UserMessage:
    name = f" {printable(error.distribution)}" if error.distribution else ""
    said = (
        f"{wrapped(f'Its build ended with: {printable(error.detail)}')}\n" if error.detail else ""
    )
    cures = (cure for pattern, cure in _PROJECT_CURES if pattern.search(error.detail))
    cure = next(cures, "Correct what the error names, in pyproject.toml or in the project's files.")
    return UserMessage(
        f"The app's own project{name} can't be built", _of_project(error, f"{said}\n{cure}")
    )


@message_for.register
def _(error: ProjectNeedsError) -> UserMessage:
    name = f" {printable(error.distribution)}" if error.distribution else ""
    missing = printable(error.missing)
    if missing in _PYTHONS_HEADERS:
        where, cure = "this Python", _WITHOUT_HEADERS
    else:
        where = "the build image"
        cure = f"\n{_system_package(error.missing, is_library=error.is_library)}"
    return UserMessage(
        f"Building the app's own project{name} needs {missing}, which {where} doesn't have",
        _of_project(error, cure),
    )


def _of_project(error: ProjectBuildFailedError | ProjectNeedsError, what: str) -> str:
    return (
        f"The project is part of the app's source, and {error.tool} builds it to install it.\n"
        f"{what}\n\n"
        f"If the app isn't a package that is to be installed,\n{_MANAGERS[error.tool].not_a_package}"
    )


@message_for.register
def _(error: NoWheelError) -> UserMessage:
    requirement = printable(error.requirement)
    return UserMessage(
        f"No file of {requirement} fits this Python and system",
        f"There is {requirement}, but no wheel for Python {error.python_version} on this system and\n"
        "processor, and no source that may be built.\n\nEither\n"
        f"  - {_other_python(error.python_version)}; or\n"
        "  - ask for another version of it, which may have such wheels, and lock again; or\n"
        "  - allow it to be built, if --only-binary or one of these variables forbids that:\n"
        f"    {', '.join(each.no_build_variable for each in MANAGERS if each.no_build_variable)}.",
    )


@message_for.register
def _(error: RequiresPythonError) -> UserMessage:
    name = printable(error.distribution) or "The app"
    other = (
        f"require another\nversion of {name}" if error.distribution else "change requires-python"
    )
    return UserMessage(
        f"{name} is for other versions of Python",
        f"{name} is for Python {printable(error.specifier)}; this is {error.python_version}.\n\n"
        f"Write a version of Python that fits into the file .python-version, or {other}.",
    )


@message_for.register
def _(error: HashMismatchError) -> UserMessage:
    return UserMessage(
        "A downloaded file doesn't match its hash",
        "The hash of the file differs from the expected one, of\n"
        f"{listed(error.requirements)}\n"
        f"The output of {error.tool} above says more. Nothing of it was installed.\n\n"
        "If you changed the version, lock again, so that the hashes are those of the new files\n"
        f"({_MANAGERS[error.tool].relock_command}). If you changed\n"
        "nothing, build again: a proxy or mirror may have altered or cut the download. If it stays\n"
        "so, the file on the index was replaced: find out why before you trust it.",
    )


@message_for.register
def _(error: ResolutionConflictError) -> UserMessage:
    causes = f"\n{listed(error.lines)}\n" if error.lines else " the output above has the causes."
    return UserMessage(
        "The requirements contradict each other",
        f"No set of versions satisfies them all:{causes}\n"
        "Loosen or change one of the requirements that are named. To find versions that fit\n"
        "together, lock them on your machine (pip-compile, uv pip compile, uv lock or poetry lock)\n"
        "and commit the result.",
    )
