"""Wording for requirements files that are missing or wrong."""

from __future__ import annotations

from python_buildpack.error_messages.message import UserMessage, message_for
from python_buildpack.error_messages.text_file import printable
from python_buildpack.package_managers.requirements_closure import (
    DeepRequirementsError,
    MissingRequirementsFileError,
    RecursiveRequirementsError,
    WrongWheelError,
)
from python_buildpack.package_managers.requirements_file import (
    InvalidRequirementError,
    InvalidRequirementOptionError,
    LongRequirementError,
    UnknownRequirementOptionError,
)

_FORMAT_URL = "https://pip.pypa.io/en/stable/reference/requirements-file-format/"


def _quoted_line(
    error: InvalidRequirementError | InvalidRequirementOptionError | UnknownRequirementOptionError,
) -> str:
    return _quoted(error.source, error.line, error.text)


def _quoted(file: str, line: int, text: str) -> str:
    return f"{printable(file)}, line {line}:\n    {printable(text)}"


def _problem(problem: str) -> str:
    # Without one, the line is wrong only once its variables are replaced.
    if not problem:
        return "This is wrong once the environment variables in it are replaced by their values."
    return f"{printable(problem)}."


@message_for.register
def _(error: InvalidRequirementError) -> UserMessage:
    return UserMessage(
        f"{printable(error.source)} has a line that is no requirement",
        f"{_quoted_line(error)}\n{_problem(error.problem)}\n\n{_advice(error.text)}\n"
        f"The format is described at\n{_FORMAT_URL}",
    )


def _advice(text: str) -> str:
    if text.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "It is left from a merge conflict: resolve it, and commit the file again."
    if text.startswith(("pip install", "pip3 install")):
        return "Leave the command out, and keep the requirement only."
    if text.startswith(("[", "{")) or (" = " in text and "==" not in text):
        return "If the file is in another format, such as TOML, it needs another name."
    return "Write one requirement a line, with == before an exact version: requests==2.32.4"


@message_for.register
def _(error: InvalidRequirementOptionError) -> UserMessage:
    return UserMessage(
        f"{printable(error.source)} has a wrong option",
        f"{_quoted_line(error)}\n{_problem(error.problem)}\n\n"
        f"Correct the line. The options are described at\n{_FORMAT_URL}#supported-options",
    )


@message_for.register
def _(error: UnknownRequirementOptionError) -> UserMessage:
    option = printable(error.option) if error.option else "The option"
    return UserMessage(
        f"{printable(error.source)} has an option that pip doesn't know",
        f"{_quoted_line(error)}\n{option} is no option that a requirements file can have.\n\n"
        "Remove or correct it. Options that only pip's command line has can be set by environment\n"
        f"variables such as PIP_RETRIES=10. Those of requirements files are listed at\n"
        f"{_FORMAT_URL}#supported-options",
    )


@message_for.register
def _(error: LongRequirementError) -> UserMessage:
    return UserMessage(
        f"{printable(error.source)} has a line that is too long",
        f"{printable(error.source)}, line {error.line}, has {error.length:,} characters with those\n"
        f"lines that continue it; a requirement can have {error.limit:,}.\n\n"
        "Write one requirement a line, with the hashes of its own release only. Make the file again\n"
        "where a tool has written it, and check that it isn't another file that was committed.",
    )


@message_for.register
def _(error: DeepRequirementsError) -> UserMessage:
    path = printable(error.path)
    return UserMessage(
        f"{path} is included too deep in other requirements files",
        f"{path}, line {error.line}, includes one more, {error.limit} files below the first.\n"
        "pip can't follow such a chain to its end.\n\n"
        "Include files (-r or -c) from the first one, or put their lines into one file.",
    )


@message_for.register
def _(error: WrongWheelError) -> UserMessage:
    path, wheel = printable(error.path), printable(error.wheel)
    return UserMessage(
        f"{path} requires a wheel by another name than its own",
        f"{_quoted(error.path, error.line, error.text)}\n"
        f"The file is a wheel of {wheel}, which pip installs under that name only.\n\n"
        f"Correct the name, as in {wheel} @ URL, or the URL.",
    )


@message_for.register
def _(error: MissingRequirementsFileError) -> UserMessage:
    path = printable(error.path)
    if error.included_from is None:
        return UserMessage(
            f"{path} doesn't exist",
            "It was asked for, but the app's source has no such file.\n\n"
            "Check the path (capitals count), and that the file is committed and named neither in\n"
            ".gitignore nor in .dockerignore. BP_PIP_REQUIREMENT names other files to use.",
        )
    return UserMessage(
        f"{path} doesn't exist",
        f"{printable(error.included_from)}, line {error.line}, includes it.\n\n"
        "Paths are relative to the file that includes them. Check the path (capitals count), and\n"
        "that the file is committed and named neither in .gitignore nor in .dockerignore.",
    )


@message_for.register
def _(error: RecursiveRequirementsError) -> UserMessage:
    chain = "\n".join(f"    {printable(path)}, which includes" for path in error.paths[:20])
    return UserMessage(
        f"{printable(error.paths[0])} includes itself",
        f"{chain}\n    {printable(error.paths[0])} again, on line {error.line}\n\n"
        "Remove one of these lines (-r or -c). What several files need can go into one of its own.",
    )
