"""Wording for requirements files that are missing or wrong."""

from __future__ import annotations

from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.package_managers.pip.requirements_file import (
    InvalidRequirementError,
    InvalidRequirementOptionError,
    LongRequirementError,
    UnknownRequirementOptionError,
)
from python_buildpack.package_managers.pip.requirements_tree import (
    DeepRequirementsError,
    MissingRequirementsFileError,
    RecursiveRequirementsError,
    WrongWheelError,
)
from python_buildpack.package_managers.pip.uninstallable_lines import (
    LineProblem,
    UninstallableLine,
    UninstallableLinesError,
)
from python_buildpack.package_managers.project.invalid_dependencies import (
    InvalidDependenciesError,
    InvalidDependency,
)
from python_buildpack.system.redaction import VARIABLE
from python_buildpack.system.text import printable

_MOST_LINES = 50
_FORMAT_URL = "https://pip.pypa.io/en/stable/reference/requirements-file-format/"


_CAUSES = {
    LineProblem.MISSING_PATH: (
        "There is nothing at these paths:",
        """\
Paths are relative to the app's directory, also in files of subdirectories. Check them (capitals
count), and that what they name is committed, inside of the app, and named neither in .gitignore nor
in .dockerignore. To have what is on the index instead, write NAME==VERSION.""",
    ),
    LineProblem.NO_PROJECT: (
        "These directories have neither pyproject.toml nor setup.py, so pip can't install them:",
        """\
Add one, or delete the lines: the app's own code needs no installation to be imported.""",
    ),
    LineProblem.SUBMODULE: (
        "These are in Git submodules that aren't checked out:",
        """\
Check them out before the build:
    git submodule update --init""",
    ),
    LineProblem.CONDA_PATH: (
        "conda wrote these: the paths are of the machine that built its packages:",
        """\
Write name==version for each. This does it for all, in the conda environment:
    pip list --format=freeze > requirements.txt""",
    ),
    LineProblem.DEBIAN: (
        "These belong to Debian or Ubuntu itself, and no index has them:",
        """\
Delete these lines. pip freeze lists such packages outside of a virtual environment, or in one of an
old Debian.""",
    ),
    LineProblem.WINDOWS: (
        "These are for Windows alone:",
        """\
Delete the lines, or keep them for Windows with a marker, such as
    pywin32==306; sys_platform == "win32\"""",
    ),
    LineProblem.STANDARD_LIBRARY: (
        "These are modules of Python's standard library, which no index has:",
        """\
Delete the lines: Python has these modules itself.""",
    ),
    LineProblem.UNSET_VARIABLE: (
        "These have an environment variable that isn't set for the build:",
        """\
Set it for the build (pack build --env NAME=VALUE), or write its value. It stays as it is written
otherwise, ${LIKE_THIS}.""",
    ),
    LineProblem.NOT_HASHABLE: (
        "Other lines have hashes, and these come from a repository or a directory, which has none:",
        """\
Once one requirement has a hash, pip wants one of all. Require a released version, or an archive of
the commit, which can have a hash; or remove all hashes.""",
    ),
}


@message_for.register
def _(error: UninstallableLinesError) -> UserMessage:
    files = {each.file for each in error.lines}
    where = printable(error.lines[0].file) if len(files) == 1 else "The requirements"
    have = "has" if len(files) == 1 else "have"
    what = "a line that" if len(error.lines) == 1 else "lines that"
    parts = [
        f"{cause}\n{_listed_lines(lines)}\n{advice}"
        for problem, (cause, advice) in _CAUSES.items()
        if (lines := [each for each in error.lines if each.problem is problem])
    ]
    return UserMessage(f"{where} {have} {what} can't be installed", "\n\n".join(parts))


def _listed_lines(lines: list[UninstallableLine]) -> str:
    shown = [
        f"    {printable(each.file)}, line {each.line}: {printable(each.text)}"
        for each in lines[:_MOST_LINES]
    ]
    rest = len(lines) - len(shown)
    return "\n".join([*shown, f"    and {rest} more"] if rest else shown)


def unset_variables_warning(names: tuple[str, ...], files: str) -> UserMessage:
    """Return the warning of variables in credentials, without which a server may refuse."""
    shown = "\n".join(f"    ${{{name}}}" for name in names)
    verb = "isn't" if len(names) == 1 else "aren't"
    return UserMessage(
        "Environment variables of the requirements aren't set",
        f"{files} has, itself or in the files that it includes, what {verb} set for the build:\n"
        f"{shown}\n"
        "pip leaves it as it is written. If an index or a repository refuses access, that is why:\n"
        "set it for the build (pack build --env NAME=VALUE), or give the credentials by a binding.",
    )


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
        f"Invalid requirement in {printable(error.source)}",
        f"{_quoted_line(error)}\n{_problem(error.problem)}\n\n{_advice(error)}\n"
        f"The format is described at\n{_FORMAT_URL}",
    )


def _advice(error: InvalidRequirementError) -> str:
    text = error.text
    # Without an explanation, the variables are set.
    if error.problem and VARIABLE.search(text):
        return "The variable isn't set for the build. Set it, or write its value instead."
    if text.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "It is left from a merge conflict: resolve it, and commit the file again."
    if text.startswith(("pip install", "pip3 install")):
        return "Leave the command out, and keep the requirement only."
    if text.startswith(("[", "{")) or (" = " in text and "==" not in text):
        return "If the file is in another format, such as TOML, it needs another name."
    return "Write one requirement a line, with == before an exact version: requests==2.32.4"


@message_for.register
def _(error: InvalidDependenciesError) -> UserMessage:
    shown = error.dependencies[:_MOST_LINES]
    listed = "\n".join(map(_dependency, shown))
    rest = len(error.dependencies) - len(shown)
    more = f"\nand {rest} more" if rest else ""
    is_poetrys = any(each.suggested for each in error.dependencies)
    hint = "Only Poetry's own tables have the operators ^ and ~.\n" if is_poetrys else ""
    return UserMessage(
        "Invalid requirement in pyproject.toml",
        f"""\
{listed}{more}

{hint}Correct what is wrong. The format is described at
https://packaging.python.org/en/latest/specifications/dependency-specifiers/""",
    )


def _dependency(each: InvalidDependency) -> str:
    place = f"pyproject.toml:{each.line}" if each.line is not None else "pyproject.toml"
    said = f"Write: {each.suggested}" if each.suggested else f"{each.problem}."
    return f"{place} ({printable(each.key)}): {printable(each.text)}\n    {printable(said)}"


@message_for.register
def _(error: InvalidRequirementOptionError) -> UserMessage:
    return UserMessage(
        f"Invalid option in {printable(error.source)}",
        f"{_quoted_line(error)}\n{_problem(error.problem)}\n\n"
        f"Correct the line. The options are described at\n{_FORMAT_URL}#supported-options",
    )


@message_for.register
def _(error: UnknownRequirementOptionError) -> UserMessage:
    option = printable(error.option) if error.option else "The option"
    return UserMessage(
        f"Unknown option in {printable(error.source)}",
        f"{_quoted_line(error)}\n{option} isn't an option of requirements files.\n\n"
        "Remove or correct it. Options that only pip's command line has can be set by environment\n"
        f"variables such as PIP_RETRIES=10. Those of requirements files are listed at\n"
        f"{_FORMAT_URL}#supported-options",
    )


@message_for.register
def _(error: LongRequirementError) -> UserMessage:
    return UserMessage(
        f"A line of {printable(error.source)} is too long",
        f"{printable(error.source)}, line {error.line}, has {error.length:,} characters with those\n"
        f"lines that continue it; a requirement can have {error.limit:,}.\n\n"
        "Write one requirement a line, with the hashes of its own release only. Make the file again\n"
        "where a tool has written it, and check that it isn't another file that was committed.",
    )


@message_for.register
def _(error: DeepRequirementsError) -> UserMessage:
    path = printable(error.path)
    return UserMessage(
        f"{path} is nested too deep in other requirements files",
        f"{path}, line {error.line}, includes one more, {error.limit} files below the first.\n"
        "pip can't follow such a chain to its end.\n\n"
        "Include files (-r or -c) from the first one, or put their lines into one file.",
    )


@message_for.register
def _(error: WrongWheelError) -> UserMessage:
    path, wheel = printable(error.path), printable(error.wheel)
    return UserMessage(
        f"{path} names a wheel of another distribution",
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
