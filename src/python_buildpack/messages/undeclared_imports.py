"""Wording for apps that import packages and declare no dependencies."""

from __future__ import annotations

import shlex

from python_buildpack.messages.message import IN_THE_BUILD, text_for
from python_buildpack.start_commands.missing_imports import (
    InlineDependenciesError,
    UndeclaredDependenciesError,
)
from python_buildpack.system.text import joined, listed, printable

_MOST_NAMES = 10


@text_for.register
def _(error: UndeclaredDependenciesError) -> str:
    imports = [f"{each.path}, line {each.line}: {each.module}" for each in error.imports]
    cause, cure = "No file declares dependencies", ""
    if error.choices:
        names = ", ".join(map(printable, sorted(error.choices)[:_MOST_NAMES]))
        cause = "pyproject.toml has only groups and extras, and none is chosen"
        cure = f"Choose some with BP_GROUPS and BP_EXTRAS: {names}. Or:\n"
    return f"""\
The app imports packages that it doesn't declare
{cause}, but the app imports:
{listed(imports)}

{cure}\
List the distributions of these modules in requirements.txt, one per line, or set BP_PIP_REQUIREMENT
to the file that does.
{IN_THE_BUILD}
If the app has no dependencies, add an empty requirements.txt."""


@text_for.register
def _(error: InlineDependenciesError) -> str:
    path = printable(error.path)
    return f"""\
Only the inline metadata of {path} declares dependencies
{path}:{error.line}: {joined(error.dependencies, _MOST_NAMES)}
Inline metadata is for tools that run the script, such as uv run. An image needs a file.

Write them to requirements.txt, pinned, and commit it:
    uv export --script {shlex.quote(path)} --output-file requirements.txt"""
