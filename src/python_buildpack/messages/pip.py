"""Wording for what only pip says; see also ``tools``, and for the network ``package_index``."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import PurePosixPath

from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.messages.mistaken_names import meant_distribution
from python_buildpack.package_managers.pip.diagnosis import (
    HashesMissingError,
    HashProblem,
    InvalidMetadataError,
    InvalidWheelError,
    NoMatchingDistributionError,
    PipFailedError,
    RequirementSyntaxError,
)
from python_buildpack.package_managers.pip.uninstallable_lines import WINDOWS_ONLY
from python_buildpack.system.text import listed, printable, wrapped

# What pip-compile calls unsafe.
_UNSAFE = {"distribute", "pip", "setuptools"}


@message_for.register
def _(error: NoMatchingDistributionError) -> UserMessage:
    requirement = printable(error.requirement)
    by = f" (required by {printable(error.required_by)})" if error.required_by else ""
    heading = f"No version of {requirement} can be installed"
    if error.available_versions:
        # pip sorts them, and the newest are the likely ones.
        newest = ", ".join(printable(version) for version in error.available_versions[-8:])
        body = (
            f"pip found no version that satisfies {requirement}{by}.\n"
            f"For Python {error.python_version} there are, the newest last: {newest}\n\n"
            "Ask for one of these. If the version exists, but isn't listed, it may be for other\n"
            "Pythons: write the version of Python that it needs into the file .python-version.\n"
            "Versions such as 2.0rc1 are chosen only where the requirement names one, or with --pre."
        )
    elif error.ignored_versions:
        ignored = [
            f"{version.version} is for Python {version.requires_python}"
            for version in reversed(error.ignored_versions)
        ]
        body = (
            f"All versions of {requirement}{by} are for other Pythons than {error.python_version}:\n"
            f"{listed(ignored)}\n\n"
            "Write a version of Python that fits into the file .python-version, or ask for another\n"
            "version of the distribution."
        )
    else:
        body = (
            f"pip found no {requirement}{by} at all.\n\n"
            "  - Check the spelling. The name on the index may differ from the one that is imported.\n"
            "  - If it is in a private index, check that the build has its URL and credentials, as\n"
            "    PIP_EXTRA_INDEX_URL, by a binding of type pip or netrc, or in the requirements file.\n"
            "    pip says the same of an index that refuses access.\n"
            f"  - There may be no file for Python {error.python_version} on this system and "
            "processor.\n\n"
            "With PIP_VERBOSE=2 set for the build, pip says what it looked at."
        )
    return UserMessage(heading, f"{_archives_advice(error)}{_name_advice(error)}{body}")


def _archives_advice(error: NoMatchingDistributionError) -> str:
    if not error.app_archives:
        return ""
    directories = dict.fromkeys(str(PurePosixPath(path).parent) for path in error.app_archives)
    return (
        f"The app has files of it, in directories that pip doesn't look into:\n"
        f"{listed(error.app_archives)}\n"
        f"To install from there, set BP_FIND_LINKS={shlex.quote(' '.join(directories))} for the build.\n\n"
    )


def _name_advice(error: NoMatchingDistributionError) -> str:
    """Return what the name of a distribution that isn't there tells."""
    name = _name_of(error.requirement)
    if name in WINDOWS_ONLY:
        required = (
            f"Require another version of {printable(error.required_by)}, which needs it on Windows only."
            if error.required_by
            else f'Delete it, or add a marker: {name}; sys_platform == "win32"'
        )
        return f"{name} is for Windows alone. {required}\n\n"
    if meant := meant_distribution(name):
        return f"{meant}\n\n"
    if name in sys.stdlib_module_names and not error.available_versions:
        return f"{name} is part of Python itself: delete the line.\n\n"
    return ""


def _name_of(requirement: str) -> NormalizedName:
    name = re.match(r"[\w.-]*", requirement)
    return canonicalize_name(name[0] if name else "")


@message_for.register
def _(error: InvalidMetadataError) -> UserMessage:
    release = printable(error.distribution)
    return UserMessage(
        f"Invalid metadata in {release}",
        f"{wrapped(f'pip refuses it: {printable(error.problem)}')}\n\n"
        "Nothing else fits the requirements. Allow another release of it: newer ones are likely to be\n"
        "valid. Where another distribution requires it, allow another release of that one.",
    )


@message_for.register
def _(error: InvalidWheelError) -> UserMessage:
    name = printable(error.distribution)
    return UserMessage(
        f"The wheel of {name} can't be installed",
        f"{wrapped(f'pip refuses it: {printable(error.problem)}')}\n\n"
        f"Where {name} is required by URL or path (name @ URL), name and file have to be of the same\n"
        "distribution: correct the one that is wrong. Otherwise the file was made or renamed wrongly:\n"
        "require another release of it.",
    )


@message_for.register
def _(error: HashesMissingError) -> UserMessage:
    what = {
        HashProblem.MISSING: "These have no hash, though others have one:",
        HashProblem.UNPINNED: "These have no exact version (==):",
        HashProblem.UNSUPPORTED: "These come from a repository or a directory, which has no hash:",
    }[error.problem]
    advice = {
        HashProblem.MISSING: "The list has the hashes of the files that pip found. It may lack "
        "what these\nrequire in turn: better lock again",
        HashProblem.UNPINNED: "Lock again",
        HashProblem.UNSUPPORTED: "Require a released version of them, or remove all hashes. To "
        "lock again",
    }[error.problem]
    if {_name_of(requirement) for requirement in error.requirements} & _UNSAFE:
        advice = (
            "pip-compile leaves setuptools and pip out of a lock, unless it is told otherwise:\n"
            "    pip-compile --generate-hashes --allow-unsafe\n"
            "or uv pip compile --generate-hashes, which leaves nothing out"
        )
    else:
        advice += ":\npip-compile --generate-hashes, or uv pip compile --generate-hashes"
    return UserMessage(
        "Some requirements have hashes, others can't be checked",
        f"Once one requirement has a hash, pip wants one of all, those that others require too.\n"
        f"{what}\n{listed(error.requirements)}\n\n"
        f"{advice}.",
    )


@message_for.register
def _(error: RequirementSyntaxError) -> UserMessage:
    where = f"{printable(error.file)}, line {error.line}:\n    " if error.file else ""
    return UserMessage(
        f"pip doesn't understand a line of {printable(error.file or 'the requirements')}",
        f"{where}{printable(error.problem)}\n\n"
        "Correct the line, or the path, if it is one: paths are relative to the app's directory.\n"
        "https://pip.pypa.io/en/stable/reference/requirements-file-format/",
    )


@message_for.register
def _(error: PipFailedError) -> UserMessage:
    if error.exit_status < 0:
        ending = f"was ended by signal {-error.exit_status}"
    else:
        ending = f"ended with exit status {error.exit_status}"
    return UserMessage(
        "pip failed",
        f"pip {ending}. Its output above says why; the lines that begin with ERROR or error\n"
        "come first. With PIP_VERBOSE=2 set for the build, pip says more.\n"
        "https://pip.pypa.io/en/stable/topics/",
    )
