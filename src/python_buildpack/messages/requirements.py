"""Wording for missing and invalid requirements files."""

from __future__ import annotations

from python_buildpack.messages.message import IN_THE_BUILD, text_for
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
    UninstallableLinesError,
)
from python_buildpack.package_managers.project.invalid_dependencies import (
    InvalidDependenciesError,
    InvalidDependency,
)
from python_buildpack.package_managers.reading import UnsetVariables
from python_buildpack.system.redaction import VARIABLE
from python_buildpack.system.text import listed, printable

_MOST_LINES = 50
_FORMAT_URL = "https://pip.pypa.io/en/stable/reference/requirements-file-format/"
_OPTIONS_URL = f"{_FORMAT_URL}#supported-options"

_CAUSES = {
    LineProblem.MISSING_PATH: (
        "These paths don't exist:",
        f"""\
Paths are relative to the app's directory, in files of subdirectories too. Check spelling and case.
{IN_THE_BUILD}
To install from the index instead, write NAME==VERSION.""",
    ),
    LineProblem.NO_PROJECT: (
        "These directories have neither pyproject.toml nor setup.py, so pip can't install them:",
        """\
Add one, or delete the lines: the app's own code can be imported without installation.""",
    ),
    LineProblem.SUBMODULE: (
        "These are in Git submodules that aren't checked out:",
        """\
Check them out before the build:
    git submodule update --init""",
    ),
    LineProblem.CONDA_PATH: (
        "These are paths on the machine that built conda's packages:",
        """\
Replace them with name==version. In the conda environment, run
    pip list --format=freeze > requirements.txt""",
    ),
    LineProblem.DEBIAN: (
        "These are parts of Debian or Ubuntu, and not on any index:",
        """\
Delete the lines. pip freeze lists such packages outside of a virtual environment.""",
    ),
    LineProblem.WINDOWS: (
        "These are for Windows only:",
        """\
Delete the lines, or add a marker, such as
    pywin32==306; sys_platform == "win32\"""",
    ),
    LineProblem.STANDARD_LIBRARY: (
        "These are modules of Python's standard library, and not on any index:",
        """\
Delete the lines: Python includes these modules.""",
    ),
    LineProblem.UNSET_VARIABLE: (
        "These have an environment variable that isn't set in the build:",
        """\
Set it (pack build --env NAME=VALUE), or write its value. Unset, it stays as written, ${LIKE_THIS}.""",
    ),
    LineProblem.NOT_HASHABLE: (
        "Other lines have hashes, but these are repositories or directories, which have none:",
        """\
If one requirement has a hash, pip requires hashes for all. Require a released version, or an
archive of the commit, which can have a hash; or remove all hashes.""",
    ),
}


@text_for.register
def _(error: UninstallableLinesError) -> str:
    files = {each.file for each in error.lines}
    where = printable(error.lines[0].file) if len(files) == 1 else "the requirements"
    lines = "A line" if len(error.lines) == 1 else "Lines"
    parts = []
    for problem, (cause, advice) in _CAUSES.items():
        found = [
            f"{each.file}, line {each.line}: {each.text}"
            for each in error.lines
            if each.problem is problem
        ]
        parts += [f"{cause}\n{listed(found, _MOST_LINES)}\n{advice}"] if found else []
    body = "\n\n".join(parts)
    return f"{lines} of {where} can't be installed\n{body}"


@text_for.register
def _unset_variables(warning: UnsetVariables) -> str:
    return f"""\
Environment variables in the requirements aren't set
{warning.files}, or a file that it includes, has:
{listed([f"${{{name}}}" for name in warning.names], _MOST_LINES)}
pip leaves unset variables as they are. If a server refuses access, set them in the build
(pack build --env NAME=VALUE), or use a service binding."""


def _quoted(file: str, line: int, text: str) -> str:
    return f"{printable(file)}, line {line}:\n    {printable(text)}"


def _problem(problem: str) -> str:
    # Without one, the line is wrong only once its variables are replaced.
    return (
        f"{printable(problem)}." if problem else "It is invalid with the values of its variables."
    )


@text_for.register
def _(error: InvalidRequirementError) -> str:
    return f"""\
Invalid requirement in {printable(error.source)}
{_quoted(error.source, error.line, error.text)}
{_problem(error.problem)}

{_advice(error)}
{_FORMAT_URL}"""


def _advice(error: InvalidRequirementError) -> str:
    text = error.text
    # Without an explanation, the variables are set.
    if error.problem and VARIABLE.search(text):
        return "The variable isn't set in the build. Set it, or write its value instead."
    if text.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "Resolve the merge conflict, and commit the file again."
    if text.startswith(("pip install", "pip3 install")):
        return "Remove the command, and keep the requirement only."
    if text.startswith(("[", "{")) or (" = " in text and "==" not in text):
        return "If the file has another format, such as TOML, rename it."
    return "Write one requirement per line, with == before an exact version: requests==2.32.4"


@text_for.register
def _(error: InvalidDependenciesError) -> str:
    shown = error.dependencies[:_MOST_LINES]
    rest = len(error.dependencies) - len(shown)
    more = f"\nand {rest} more" if rest else ""
    is_poetrys = any(each.suggested for each in error.dependencies)
    hint = "Only Poetry's own tables have the operators ^ and ~.\n" if is_poetrys else ""
    return f"""\
Invalid requirement in pyproject.toml
{chr(10).join(map(_dependency, shown))}{more}

{hint}Correct it:
https://packaging.python.org/en/latest/specifications/dependency-specifiers/"""


def _dependency(each: InvalidDependency) -> str:
    place = f"pyproject.toml:{each.line}" if each.line is not None else "pyproject.toml"
    cure = f"Write: {each.suggested}" if each.suggested else f"{each.problem}."
    return f"{place} ({printable(each.key)}): {printable(each.text)}\n    {printable(cure)}"


@text_for.register
def _(error: InvalidRequirementOptionError) -> str:
    return f"""\
Invalid option in {printable(error.source)}
{_quoted(error.source, error.line, error.text)}
{_problem(error.problem)}

Correct the line:
{_OPTIONS_URL}"""


@text_for.register
def _(error: UnknownRequirementOptionError) -> str:
    option = printable(error.option) if error.option else "The option"
    return f"""\
Unknown option in {printable(error.source)}
{_quoted(error.source, error.line, error.text)}
{option} isn't an option of requirements files.

Remove it. Options of pip's command line can be variables of the build, such as PIP_RETRIES=10:
{_OPTIONS_URL}"""


@text_for.register
def _(error: LongRequirementError) -> str:
    return f"""\
A line of {printable(error.source)} is too long
{printable(error.source)}, line {error.line}, has {error.length:,} characters with its
continuation lines; the limit is {error.limit:,}.

Write one requirement per line, with the hashes of its own release only. Check that it is the
right file."""


@text_for.register
def _(error: DeepRequirementsError) -> str:
    path = printable(error.path)
    return f"""\
{path} is nested too deep in other requirements files
{path}, line {error.line}, includes a file more than {error.limit} levels below the first.

Include it (-r or -c) from the first one, or merge the files."""


@text_for.register
def _(error: WrongWheelError) -> str:
    path, wheel = printable(error.path), printable(error.wheel)
    return f"""\
{path} names a wheel of another distribution
{_quoted(error.path, error.line, error.text)}
The file is a wheel of {wheel}.

Correct the name ({wheel} @ URL) or the URL."""


@text_for.register
def _(error: MissingRequirementsFileError) -> str:
    if error.included_from is None:
        cause = "The app's source has no such file; BP_PIP_REQUIREMENT names the ones to use."
    else:
        cause = (
            f"{printable(error.included_from)}, line {error.line}, includes it, relative to itself."
        )
    return f"""\
{printable(error.path)} doesn't exist
{cause}

Check spelling and case. {IN_THE_BUILD}"""


@text_for.register
def _(error: RecursiveRequirementsError) -> str:
    chain = "\n".join(f"    {printable(path)}, which includes" for path in error.paths[:20])
    return f"""\
{printable(error.paths[0])} includes itself
{chain}
    {printable(error.paths[0])} again, on line {error.line}

Remove one of these lines (-r or -c). Move shared requirements to a file of their own."""
