"""Wording for errors that only pip has; see also ``tools`` and ``package_index``."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import PurePosixPath

from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.messages.message import said, text_for
from python_buildpack.messages.mistaken_names import meant_distribution
from python_buildpack.package_managers.pip.diagnosis import (
    HashesMissingError,
    HashProblem,
    InvalidWheelError,
    NoMatchingDistributionError,
    PipFailedError,
    RequirementSyntaxError,
)
from python_buildpack.package_managers.pip.uninstallable_lines import WINDOWS_ONLY
from python_buildpack.system.text import listed, printable

# What pip-compile leaves out as unsafe.
_UNSAFE = {"distribute", "pip", "setuptools"}


@text_for.register
def _(error: NoMatchingDistributionError) -> str:
    requirement = printable(error.requirement)
    by = f" (required by {printable(error.required_by)})" if error.required_by else ""
    heading = f"No version of {requirement} can be installed"
    if error.available_versions:
        # pip sorts them, and the newest are the likely ones.
        newest = ", ".join(printable(version) for version in error.available_versions[-8:])
        body = (
            f"No version satisfies {requirement}{by}.\n"
            f"For Python {error.python_version}, the newest last: {newest}\n\n"
            "Require one of these. A version that isn't listed may need another Python: write it to\n"
            ".python-version. Pre-releases such as 2.0rc1 must be required by version, or with --pre."
        )
    elif error.ignored_versions:
        ignored = [
            f"{version.version} is for Python {version.requires_python}"
            for version in reversed(error.ignored_versions)
        ]
        body = (
            f"No version of {requirement}{by} supports Python {error.python_version}:\n"
            f"{listed(ignored)}\n\n"
            "Write a Python version that fits to .python-version, or require another version."
        )
    else:
        body = (
            f"pip found no {requirement}{by}.\n\n"
            "  - Check the spelling: the name on the index may differ from the module's.\n"
            "  - If it is on a private index, check the URL and credentials (PIP_EXTRA_INDEX_URL, a\n"
            "    binding of type pip or netrc, or the requirements file). pip says the same if the\n"
            "    index refuses access.\n"
            f"  - It may have no file for Python {error.python_version} on this platform.\n\n"
            "PIP_VERBOSE=2 makes pip log what it searched."
        )
    return f"""\
{heading}
{_archives_advice(error)}{_name_advice(error)}{body}"""


def _archives_advice(error: NoMatchingDistributionError) -> str:
    if not error.app_archives:
        return ""
    directories = dict.fromkeys(str(PurePosixPath(path).parent) for path in error.app_archives)
    return (
        f"The app has it, in directories that pip doesn't search:\n{listed(error.app_archives)}\n"
        f"To search them, set BP_FIND_LINKS={shlex.quote(' '.join(directories))}\n\n"
    )


def _name_advice(error: NoMatchingDistributionError) -> str:
    """Return what the name of a missing distribution suggests."""
    name = _name_of(error.requirement)
    if name in WINDOWS_ONLY:
        required = (
            f"Require a version of {printable(error.required_by)} that needs it on Windows only."
            if error.required_by
            else f'Delete it, or add a marker: {name}; sys_platform == "win32"'
        )
        return f"{name} is for Windows only. {required}\n\n"
    if meant := meant_distribution(name):
        return f"{meant}\n\n"
    if name in sys.stdlib_module_names and not error.available_versions:
        return f"{name} is part of Python: delete the line.\n\n"
    return ""


def _name_of(requirement: str) -> NormalizedName:
    name = re.match(r"[\w.-]*", requirement)
    return canonicalize_name(name[0] if name else "")


@text_for.register
def _(error: InvalidWheelError) -> str:
    name = printable(error.distribution)
    return f"""\
The wheel of {name} can't be installed
{said("pip", error.problem)}\
If {name} is required by URL or path (name @ URL), correct the name or the URL. Otherwise,
require another release."""


@text_for.register
def _(error: HashesMissingError) -> str:
    what = {
        HashProblem.MISSING: "These have no hash:",
        HashProblem.UNPINNED: "These have no exact version (==):",
        HashProblem.UNSUPPORTED: "These are repositories or directories, which have no hash:",
    }[error.problem]
    advice = {
        HashProblem.MISSING: "The list may lack dependencies, so don't copy it. Lock again",
        HashProblem.UNPINNED: "Lock again",
        HashProblem.UNSUPPORTED: "Require a released version, or remove all hashes. To lock again",
    }[error.problem]
    options = "--generate-hashes"
    if {_name_of(requirement) for requirement in error.requirements} & _UNSAFE:
        advice = "pip-compile leaves out setuptools and pip by default. Lock again"
        options += " --allow-unsafe"
    return f"""\
Some requirements have hashes, others can't be checked
If one requirement has a hash, pip requires hashes for all, dependencies included.
{what}
{listed(error.requirements)}

{advice}:
pip-compile {options}, or uv pip compile --generate-hashes."""


@text_for.register
def _(error: RequirementSyntaxError) -> str:
    where = f"{printable(error.file)}, line {error.line}:\n    " if error.file else ""
    return f"""\
Invalid line in {printable(error.file or "the requirements")}
{where}{printable(error.problem)}

Correct it. Paths are relative to the app's directory.
https://pip.pypa.io/en/stable/reference/requirements-file-format/"""


@text_for.register
def _(error: PipFailedError) -> str:
    if error.exit_status < 0:
        ending = f"It was killed by signal {-error.exit_status}."
    else:
        ending = f"Exit status: {error.exit_status}."
    return f"""\
pip failed
{ending} The output above has the reason: see the lines that begin with ERROR or error.
PIP_VERBOSE=2 makes pip log more."""
