"""Wording for apps that declare no dependencies, and have some."""

from __future__ import annotations

import shlex

from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.start_commands.undeclared_imports import (
    InlineDependenciesError,
    UndeclaredDependenciesError,
)
from python_buildpack.system.text import printable

_MOST_IMPORTS = 10


@message_for.register
def _(error: UndeclaredDependenciesError) -> UserMessage:
    lines = [
        f"  {printable(each.path)}, line {each.line}: {printable(each.module)}"
        for each in error.imports[:_MOST_IMPORTS]
    ]
    more = len(error.imports) - _MOST_IMPORTS
    shown = "\n".join([*lines, *([f"  and {more} more"] if more > 0 else [])])
    cause, cure = "No file declares dependencies", ""
    if error.choices:
        names = ", ".join(map(printable, sorted(error.choices)[:_MOST_IMPORTS]))
        cause = "pyproject.toml declares groups and extras alone, and none is chosen"
        cure = f"BP_GROUPS and BP_EXTRAS choose of them: {names}. Or:\n"
    return UserMessage(
        "The app imports packages that it doesn't declare",
        f"""\
{cause}, but the app's code imports
what is part of neither Python nor the app:
{shown}

{cure}\
List the distributions that have these modules in requirements.txt, one a line, or name the file that
does: BP_PIP_REQUIREMENT=FILE. If there is one, check that neither .gitignore nor .dockerignore names
it. If nothing is to be installed, add an empty requirements.txt.""",
    )


@message_for.register
def _(error: InlineDependenciesError) -> UserMessage:
    path = printable(error.path)
    shown = ", ".join(map(printable, error.dependencies[:_MOST_IMPORTS]))
    more = len(error.dependencies) - _MOST_IMPORTS
    return UserMessage(
        f"The app's dependencies are declared within {path} alone",
        f"""\
{path}:{error.line}: {shown}{f" and {more} more" if more > 0 else ""}
This metadata is for what runs the script by itself, such as uv run. An image is made from a file.

Write them to requirements.txt, with all versions pinned, and commit it:
    uv export --script {shlex.quote(path)} --output-file requirements.txt
Or list them there by hand, one a line.""",
    )
