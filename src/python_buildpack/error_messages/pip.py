"""Wording for what makes pip fail, but for the network: see ``package_index``."""

from __future__ import annotations

from collections.abc import Sequence

from python_buildpack.error_messages.message import UserMessage, message_for
from python_buildpack.error_messages.text_file import printable
from python_buildpack.package_managers.pip_build_diagnosis import (
    BuildFailedError,
    CompilerMissingError,
    SystemLibraryMissingError,
)
from python_buildpack.package_managers.pip_diagnosis import (
    HashesMissingError,
    HashMismatchError,
    HashProblem,
    NoMatchingDistributionError,
    NoWheelError,
    OutOfMemoryError,
    PipFailedError,
    RequirementSyntaxError,
    RequiresPythonError,
    ResolutionConflictError,
)

_MOST_LISTED = 10


def _listed(items: Sequence[str]) -> str:
    shown = [f"    {printable(item)}" for item in items[:_MOST_LISTED]]
    rest = len(items) - len(shown)
    return "\n".join([*shown, f"    and {rest} more"] if rest else shown)


def _other_python(python_version: str) -> str:
    minor = ".".join(python_version.split(".")[:2])
    return (
        f"choose a Python that has wheels of it: this is {python_version}. Write another version\n"
        f"    than {minor} into the file .python-version"
    )


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
            f"{_listed(ignored)}\n\n"
            "Write a version of Python that fits into the file .python-version, or ask for another\n"
            "version of the distribution."
        )
    else:
        body = (
            f"pip found no {requirement}{by} at all.\n\n"
            "  - Check the spelling. The name on the index may differ from the one that is imported.\n"
            "  - If it is in a private index, check that the build has its URL and credentials, as\n"
            "    PIP_EXTRA_INDEX_URL or in the requirements file. pip says the same of an index that\n"
            "    refuses access.\n"
            f"  - There may be no file for Python {error.python_version} on this system and "
            "processor.\n\n"
            "With PIP_VERBOSE=2 set for the build, pip says what it looked at."
        )
    return UserMessage(heading, body)


@message_for.register
def _(error: NoWheelError) -> UserMessage:
    requirement = printable(error.requirement)
    return UserMessage(
        f"No file of {requirement} fits this Python and system",
        f"The index has {requirement}, but no wheel for Python {error.python_version} on this\n"
        "system and processor, and no source that pip may build.\n\nEither\n"
        f"  - {_other_python(error.python_version)}; or\n"
        "  - ask for another version of it, which may have such wheels; or\n"
        "  - allow it to be built, if --only-binary (PIP_ONLY_BINARY) forbids that.",
    )


@message_for.register
def _(error: RequiresPythonError) -> UserMessage:
    name = printable(error.distribution)
    return UserMessage(
        f"{name} is for other versions of Python",
        f"{name} is for Python {printable(error.specifier)}; this is {error.python_version}.\n\n"
        "Write a version of Python that fits into the file .python-version, or require another\n"
        f"version of {name}.",
    )


@message_for.register
def _(error: HashMismatchError) -> UserMessage:
    return UserMessage(
        "A downloaded file is not the one that is locked",
        "The hash of the file differs from the expected one, of\n"
        f"{_listed(error.requirements)}\n"
        "pip's output above has both. Nothing of it was installed.\n\n"
        "If you changed the version, lock again, so that the hashes are those of the new files\n"
        "(pip-compile --generate-hashes, or uv pip compile --generate-hashes). If you changed\n"
        "nothing, build again: a proxy or mirror may have altered or cut the download. If it stays\n"
        "so, the file on the index was replaced: find out why before you trust it.",
    )


@message_for.register
def _(error: HashesMissingError) -> UserMessage:
    what = {
        HashProblem.MISSING: "These have no hash, though others have one:",
        HashProblem.UNPINNED: "These have a hash, but no exact version (==):",
        HashProblem.UNSUPPORTED: "These come from a repository or a directory, which has no hash:",
    }[error.problem]
    advice = {
        HashProblem.MISSING: "The list has the hashes of the files that pip found. It may lack "
        "what these\nrequire in turn: better lock again",
        HashProblem.UNPINNED: "Lock again",
        HashProblem.UNSUPPORTED: "Require a released version of them, or remove all hashes. To "
        "lock again",
    }[error.problem]
    return UserMessage(
        "Some requirements have hashes, others can't be checked",
        f"Once one requirement has a hash, pip wants one of all, those that others require too.\n"
        f"{what}\n{_listed(error.requirements)}\n\n"
        f"{advice}:\npip-compile --generate-hashes, or uv pip compile --generate-hashes.",
    )


@message_for.register
def _(error: ResolutionConflictError) -> UserMessage:
    causes = f"\n{_listed(error.lines)}\n" if error.lines else " pip's output above has the causes."
    return UserMessage(
        "The requirements contradict each other",
        f"No set of versions satisfies them all:{causes}\n"
        "Loosen or change one of the requirements that are named. To find versions that fit\n"
        "together, lock them on your machine (pip-compile, or uv pip compile) and commit the result.",
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
def _(_error: OutOfMemoryError) -> UserMessage:
    return UserMessage(
        "pip ran out of memory",
        "It, or a compiler that it ran, was ended by the system for lack of memory.\n\n"
        "Give the build more memory. If pip's output above shows that it was building a wheel,\n"
        "require a version that has wheels for this Python: installing one takes little memory.",
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


@message_for.register
def _(error: CompilerMissingError) -> UserMessage:
    name = printable(error.distribution) or "a distribution"
    tool = printable(error.tool)
    return UserMessage(
        f"Building {name} needs {tool}, which the build image doesn't have",
        f"pip found no wheel of {name} for Python {error.python_version} on this system and "
        "processor,\nso it tried to build it from source.\n\nEither\n"
        f"  - {_other_python(error.python_version)}; or\n"
        f"  - require another version of {name}, which may have such wheels; or\n"
        f"  - use a builder whose build image has {tool}.",
    )


@message_for.register
def _(error: SystemLibraryMissingError) -> UserMessage:
    name = printable(error.distribution) or "a distribution"
    missing = printable(error.missing)
    hint = _WITH_WHEELS.get(error.distribution.lower())
    replacement = f"  - require {hint} instead, which has wheels; or\n" if hint else ""
    return UserMessage(
        f"Building {name} needs {missing}, which the build image doesn't have",
        f"pip found no wheel of {name} for Python {error.python_version} on this system and "
        "processor,\nso it tried to build it from source. "
        f"{missing} is part of a system library's\ndevelopment files.\n\nEither\n"
        f"{replacement}"
        f"  - {_other_python(error.python_version)}; or\n"
        f"  - require another version of {name}, which may have such wheels; or\n"
        "  - use a builder whose build image has these files, and a run image that has the library.",
    )


# The same distribution under another name, with wheels that need nothing of the system.
_WITH_WHEELS = {"psycopg2": "psycopg2-binary"}


@message_for.register
def _(error: BuildFailedError) -> UserMessage:
    name = printable(error.distribution) or "a distribution"
    said = f"Its build ended with: {printable(error.detail)}\n" if error.detail else ""
    return UserMessage(
        f"Building {name} from source failed",
        f"pip found no wheel of {name} for Python {error.python_version} on this system and "
        "processor,\nso it tried to build it from source. Its output above has the reason.\n"
        f"{said}\nOld versions often don't build on a newer Python. Either\n"
        f"  - require a newer version of {name}, which may have wheels; or\n"
        f"  - {_other_python(error.python_version)}.",
    )
