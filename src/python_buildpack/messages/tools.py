"""Wording for errors that several package managers have, and for their tools."""

from __future__ import annotations

import re
from typing import TypeAlias

from python_buildpack.app.settings import tool_version_variable
from python_buildpack.layers.reserved_names import ReservedFilesError
from python_buildpack.layers.tools import NoToolRequirementsError, UnsuitableToolError
from python_buildpack.layers.user_site import UnusableWheelError
from python_buildpack.messages.links import BINDINGS, HOMEPAGE, SYSTEM_PACKAGES
from python_buildpack.messages.message import IN_THE_BUILD, said, text_for
from python_buildpack.messages.mistaken_names import meant_distribution
from python_buildpack.messages.system_packages import debian_package, how_to_add, wheel_alternative
from python_buildpack.package_managers.failures.causes import (
    BuildFailedError,
    CompilerMissingError,
    HashMismatchError,
    InvalidMetadataError,
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
from python_buildpack.system.text import listed, printable

_BuiltHereError: TypeAlias = BuildFailedError | CompilerMissingError | SystemLibraryMissingError


def _other_python(python_version: str) -> str:
    minor = ".".join(python_version.split(".")[:2])
    return f"write a Python version other than {minor}, for which it has wheels, to .python-version"


def _cures(error: _BuiltHereError, *others: str) -> str:
    """Return the ways to avoid or enable a build from source."""
    other_python = [_other_python(error.python_version)] if error.has_wheels else []
    cures = [*other_python, *others]
    listed_cures = "; or\n".join(f"  - {cure}" for cure in cures)
    return f"Either\n{listed_cures}." if len(cures) > 1 else f"To fix it:\n{listed_cures}."


def _built_here(name: str, error: _BuiltHereError) -> str:
    python = f"Python {error.python_version}" if error.has_wheels else "any Python"
    return f"{name} has no wheel for {python} on this platform, so it is built from source."


def _system_package(missing: str, *, is_library: bool) -> str:
    package = debian_package(missing)
    known = f"\nOn Debian and Ubuntu, the package is {package}." if package else ""
    cause = f"The build doesn't run as root, so it can't install system packages.{known}"
    if is_library:
        return f"{cause}\nThe run image needs the library too.\n\n{how_to_add((package,) if package else ())}"
    # Compilers look for their own files at paths that no other directory has.
    return f"{cause}\nUse a builder whose build image has it. See\n{SYSTEM_PACKAGES}"


_PYTHONS_HEADERS = ("Python.h", "pyconfig.h")
_WITHOUT_HEADERS = """\
It is one of Python's own headers, which this Python's archive lacks. The archives of the buildpack's
own inventory have them: unset BP_PYTHON_INVENTORY and BP_DEPENDENCY_MIRROR, if they are set."""
_MANAGERS = {each.display_name: each for each in MANAGERS}


@text_for.register
def _(error: ReservedFilesError) -> str:
    files = [
        f"{each.path} (of {each.distribution or 'no known distribution'})" for each in error.files
    ]
    return f"""\
The launcher would run installed files
Files in the layer {error.layer}:
{listed(files)}
The launcher reads env, env.build, env.launch, exec.d and profile.d at the root of a layer: they set
variables, or run before the app.

Remove the distribution or require another version. If it is yours, install its data files into
another directory, such as share/{error.files[0].distribution or "NAME"}/."""


@text_for.register
def _(error: NoToolRequirementsError) -> str:
    return f"""\
{error.tool} is missing from this buildpack package
Missing: {error.buildpack_dir}/vendor/{error.tool}.txt

Package the buildpack with scripts/package, in a clone of {HOMEPAGE},
and use the package in dist/."""


@text_for.register
def _(error: UnusableWheelError) -> str:
    return f"""\
{printable(error.wheel)} can't be installed
It isn't a valid wheel: {printable(error.problem)}

If it is on your own index, upload the published file again. If one of these is set, unset it or
name another version: {", ".join(map(tool_version_variable, TOOLS))}."""


@text_for.register
def _(error: UnsuitableToolError) -> str:
    setting = tool_version_variable(error.tool)
    return f"""\
{error.tool} doesn't match the version that the app requires
Required by the app: {error.tool}{printable(error.required)}
The buildpack's default: {error.tool} {error.known}

Set {setting} to a release that the app allows, or allow {error.known} there."""


@text_for.register
def _(_: NoPackageToInstallError) -> str:
    return """\
Poetry finds no package to install
The project is a package, but has no package or module of its name.

If it isn't a package, add to pyproject.toml:
  [tool.poetry]
  package-mode = false
Otherwise name the package: packages = [{ include = "..." }]."""


@text_for.register
def _(error: LockedFilesMissingError) -> str:
    name, lock = printable(error.distribution), printable(error.lock)
    return f"""\
No index has the files of {name}
{lock} lists them. They were removed or yanked, or the build uses another index than the lock, or
lacks its credentials.

Add the credentials by a binding of type netrc or poetry:
{BINDINGS}
Or lock again, and commit {lock}: {error.command}"""


@text_for.register
def _(error: OutOfMemoryError) -> str:
    return f"""\
{error.tool} ran out of memory
The kernel killed it, or a compiler that it ran.

Give the build more memory. If the output above shows a wheel being built, require a version that
has wheels for this Python, or run fewer compilers at a time:
  pack build --env MAX_JOBS=1 --env CMAKE_BUILD_PARALLEL_LEVEL=1 --env CARGO_BUILD_JOBS=1 …"""


@text_for.register
def _(error: CompilerMissingError) -> str:
    name = printable(error.distribution) or "a distribution"
    tool = printable(error.tool)
    cures = _cures(
        error,
        f"require another version of {name}, which may have wheels",
        f"add {tool} to the build image",
    )
    return f"""\
Building {name} needs {tool}, which the build image doesn't have
{_built_here(name, error)}

{cures}

{_system_package(error.tool, is_library=False)}"""


@text_for.register
def _(error: SystemLibraryMissingError) -> str:
    name = printable(error.distribution) or "a distribution"
    missing = printable(error.missing)
    if missing in _PYTHONS_HEADERS:
        cures = _cures(error, f"require another version of {name}, which may have wheels")
        return f"""\
Building {name} needs {missing}, which this Python doesn't have
{_built_here(name, error)}
{_WITHOUT_HEADERS}

{cures}"""
    hint = wheel_alternative(error.distribution)
    cures = _cures(
        error,
        *([f"require {hint} instead, which has wheels"] if hint else []),
        f"require another version of {name}, which may have wheels",
        "add these files to the build image",
    )
    return f"""\
Building {name} needs {missing}, which the build image doesn't have
{_built_here(name, error)}
{missing} belongs to a system library's development files.

{cures}

{_system_package(error.missing, is_library=True)}"""


@text_for.register
def _(error: InvalidMetadataError) -> str:
    return f"""\
Invalid metadata in {printable(error.distribution)}
{said(error.tool, error.problem)}\
Allow another release, preferably a newer one or one with a wheel, of this distribution or of the one
that requires it, and lock again if there is a lock."""


@text_for.register
def _(error: BuildFailedError) -> str:
    name = printable(error.distribution) or "a distribution"
    if meant := meant_distribution(error.distribution):
        return f"""\
Building {name} from source failed
{said("The build", error.detail)}{meant}"""
    cures = _cures(error, f"require a newer version of {name}, which may have wheels")
    return f"""\
Building {name} from source failed
{_built_here(name, error)}
The output above has the reason.

{said("The build", error.detail)}\
Old versions often don't build on a newer Python.
{cures}"""


# Errors of build backends, and their fixes.
_PROJECT_CURES = (
    (
        re.compile(r"readme|license", re.IGNORECASE),
        f"""\
pyproject.toml names a file that the build doesn't have. Remove the line, or add the file.
{IN_THE_BUILD}""",
    ),
    (
        re.compile(r"Unable to determine which files to ship"),
        """\
hatchling finds no directory of the project's name. Name the directory in pyproject.toml:
    [tool.hatch.build.targets.wheel]
    packages = ["DIRECTORY"]""",
    ),
    (
        re.compile(
            r"unable to detect version|setuptools.scm|version from (?:git|vcs)", re.IGNORECASE
        ),
        """\
The version comes from Git, but the build has no .git. Set it for the build:
    pack build --env SETUPTOOLS_SCM_PRETEND_VERSION=1.0.0 …
or add fallback_version = "1.0.0" to [tool.setuptools_scm], fallback-version to
[tool.hatch.version.raw-options], or version = "1.0.0" to [project] in place of dynamic.""",
    ),
    (
        re.compile(r"Multiple top-level (?:packages|modules)"),
        """\
setuptools can't tell which directories are packages. Name them in pyproject.toml:
    [tool.setuptools]
    packages = ["DIRECTORY"]""",
    ),
    (
        re.compile(r"Expected a Python module at"),
        """\
uv finds no module of the project's name. Name the module in pyproject.toml:
    [tool.uv.build-backend]
    module-name = "MODULE"
    module-root = \"\"""",
    ),
)


@text_for.register
def _(error: ProjectBuildFailedError) -> str:
    name = f" {printable(error.distribution)}" if error.distribution else ""
    cures = (cure for pattern, cure in _PROJECT_CURES if pattern.search(error.detail))
    cure = next(cures, "Correct pyproject.toml or the project's files.")
    return f"""\
The app's own project{name} can't be built
{_of_project(error, f"{said('The build', error.detail)}{cure}")}"""


@text_for.register
def _(error: ProjectNeedsError) -> str:
    name = f" {printable(error.distribution)}" if error.distribution else ""
    missing = printable(error.missing)
    if missing in _PYTHONS_HEADERS:
        where, cure = "this Python", _WITHOUT_HEADERS
    else:
        where = "the build image"
        cure = _system_package(error.missing, is_library=error.is_library)
    return f"""\
Building the app's own project{name} needs {missing}, which {where} doesn't have
{_of_project(error, cure)}"""


def _of_project(error: ProjectBuildFailedError | ProjectNeedsError, what: str) -> str:
    return (
        f"{error.tool} builds the project in the app's source to install it.\n\n{what}\n\n"
        f"If the app isn't a package, {_MANAGERS[error.tool].not_a_package}"
    )


@text_for.register
def _(error: NoWheelError) -> str:
    requirement = printable(error.requirement)
    return f"""\
No file of {requirement} fits this Python and platform
It has no wheel for Python {error.python_version} on this platform, and no source distribution
that may be built.

Either
  - {_other_python(error.python_version)}; or
  - require another version, which may have wheels, and lock again; or
  - allow the build from source, if --only-binary or one of these variables forbids it:
    {", ".join(each.no_build_variable for each in MANAGERS if each.no_build_variable)}."""


@text_for.register
def _(error: RequiresPythonError) -> str:
    name = printable(error.distribution) or "The app"
    other = f"require another version of {name}" if error.distribution else "change requires-python"
    return f"""\
{name} doesn't support Python {error.python_version}
It requires Python {printable(error.specifier)}.

Write a Python version that fits to .python-version, or {other}."""


@text_for.register
def _(error: HashMismatchError) -> str:
    return f"""\
A downloaded file doesn't match its hash
Requirements:
{listed(error.requirements)}
The output above has the hashes. The file wasn't installed.

If you changed the version, lock again: {_MANAGERS[error.tool].relock_command}
Otherwise build again: a proxy or mirror may have altered the download. If it fails again, the file
on the index was replaced: find out why before you trust it."""


@text_for.register
def _(error: ResolutionConflictError) -> str:
    causes = f"\n{listed(error.lines)}\n" if error.lines else " see the output above.\n"
    return f"""\
The requirements conflict
No set of versions satisfies all of them:{causes}
Relax or change one of them. To find versions that fit, lock on your machine (pip-compile,
uv pip compile, uv lock or poetry lock), and commit the lock."""
