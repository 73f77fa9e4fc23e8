"""Wording for lock files, and for groups and extras that they don't have."""

from __future__ import annotations

from python_buildpack.app.submodules import MissingSubmodulesError
from python_buildpack.messages.message import IN_THE_BUILD, text_for
from python_buildpack.package_managers.lock.pdm import LOCK as PDM_LOCK
from python_buildpack.package_managers.lock.pdm_declared import InvalidDependencyGroupError
from python_buildpack.package_managers.lock.pdm_walk import MissingLockMetadataError
from python_buildpack.package_managers.locks import (
    InvalidLockError,
    MissingLockError,
    OutdatedLockError,
    ToolFailedError,
    UnknownNamesError,
    UnsupportedLockVersionError,
)
from python_buildpack.package_managers.protocol import Unhashed
from python_buildpack.package_managers.reading import HashesRequiredError
from python_buildpack.system.text import joined, listed, printable, wrapped

_MOST_NAMES = 50


@text_for.register
def _(error: OutdatedLockError) -> str:
    lock, declared_in = printable(error.lock), printable(error.declared_in)
    detail = f"\n{wrapped(printable(error.detail))}" if error.detail else ""
    return f"""\
{lock} is out of date
It doesn't match {declared_in}.{detail}

{_run(error.command, lock)}"""


@text_for.register
def _(error: MissingLockError) -> str:
    lock, file = printable(error.lock), printable(error.file)
    cause = (
        f"{file} has what pip can't install without a lock:\n  {printable(error.reason)}"
        if error.reason
        else f"{file} declares the dependencies, but only the lock has their versions."
    )
    return f"""\
{lock} is missing
{cause}

{_run(error.command, lock)}
{IN_THE_BUILD}"""


@text_for.register
def _(error: MissingSubmodulesError) -> str:
    return f"""\
A Git submodule isn't checked out
{printable(error.named_by)} installs projects from these directories, which are empty:
{listed(error.submodules)}

Check them out before the build: git submodule update --init
If a platform clones the repository, configure it to clone submodules."""


@text_for.register
def _(error: InvalidLockError) -> str:
    lock = printable(error.lock)
    if error.command is None:
        cure = f"Regenerate {lock} with its own tool, and commit it."
    else:
        cure = _run(error.command, lock)
    return f"""\
{lock} is not a valid lock file
{printable(error.problem)}.

It may have been edited by hand, or have a merge conflict.
{cure}"""


@text_for.register
def _(error: UnsupportedLockVersionError) -> str:
    lock = printable(error.lock)
    return f"""\
{lock} has an unsupported version
Version of the format: {printable(error.version)}
Supported: {printable(error.supported)}

Lock again with a release of the tool that writes a supported version, and commit {lock};
or use a newer buildpack."""


@text_for.register
def _(error: UnknownNamesError) -> str:
    setting, file = error.setting, printable(error.file)
    unknown = joined(error.unknown, _MOST_NAMES)
    if error.known:
        known = f"It has: {joined(error.known, _MOST_NAMES)}"
        cure = f"Correct {setting}: names are separated by commas."
    else:
        known = "It has none."
        cure = f"Unset {setting}."
    return f"""\
Unknown names in {setting}
Not in {file}: {unknown}
{known}

{cure}"""


@text_for.register
def _(error: ToolFailedError) -> str:
    if error.exit_status < 0:
        cause = f"It was killed by signal {-error.exit_status}; 9 often means too little memory."
    else:
        cause = f"Exit status: {error.exit_status}."
    return f"""\
{printable(error.tool)} failed to install from {printable(error.names)}
{cause} The output above has the reason.

Correct the app, or build again if the network failed."""


@text_for.register
def _(error: MissingLockMetadataError) -> str:
    why = f"{PDM_LOCK} was made without the strategy inherit_metadata, so packages have no markers."
    cure = _run("pdm lock -S inherit_metadata", PDM_LOCK)
    if error.package is None:
        return f"""\
{PDM_LOCK} needs pyproject.toml
{why}
Only pyproject.toml says what to install.

Add pyproject.toml. {IN_THE_BUILD}
Or: {cure}"""
    return f"""\
{PDM_LOCK} doesn't say when {printable(error.package)} is needed
{why}
pyproject.toml doesn't tell which version applies, and where.

{cure}"""


@text_for.register
def _(error: InvalidDependencyGroupError) -> str:
    return f"""\
The dependency group {printable(error.group)} in {printable(error.file)} is invalid
{printable(error.problem)}.

Correct what the group includes:
https://packaging.python.org/en/latest/specifications/dependency-groups/"""


@text_for.register
def _(error: HashesRequiredError) -> str:
    names = printable(error.names)
    if not error.unhashed:
        return f"""\
BP_REQUIRE_HASHES is set, and {names} can't have hashes
Make a lock, and commit it:
{error.command}"""
    return f"""\
BP_REQUIRE_HASHES is set, and {names} lacks hashes
Without a hash:
{listed([_place(each) for each in error.unhashed])}

Regenerate it with hashes, and commit it: {error.command}.
Repositories have none: a lock counts their full commits, requirements files can't. There, require a
released version, or its archive by URL with #sha256=DIGEST."""


def _place(unhashed: Unhashed) -> str:
    line = f", line {unhashed.line}" if unhashed.line is not None else ""
    return f"{unhashed.file}{line}: {unhashed.text}"


def _run(command: str, lock: str) -> str:
    return f"Run: {command}, and commit {lock}."
