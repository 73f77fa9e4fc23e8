"""Wording for lock files, and for what BP_GROUPS and BP_EXTRAS choose of them."""

from __future__ import annotations

from python_buildpack.app.submodules import MissingSubmodulesError
from python_buildpack.messages.message import UserMessage, message_for
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
from python_buildpack.system.text import printable

_MOST_NAMES = 50
_MOST_UNHASHED = 10


@message_for.register
def _(error: OutdatedLockError) -> UserMessage:
    lock, declared_in = printable(error.lock), printable(error.declared_in)
    detail = f"\n{printable(error.detail)}" if error.detail else ""
    return UserMessage(
        f"{lock} is out of date",
        f"""\
It doesn't match {declared_in}.{detail}

{_run(error.command, lock)}""",
    )


@message_for.register
def _(error: MissingLockError) -> UserMessage:
    lock, file = printable(error.lock), printable(error.file)
    cause = (
        f"{file} has what only the lock can tell pip:\n  {printable(error.reason)}"
        if error.reason
        else f"{file} declares the dependencies, but only the lock says which versions are right."
    )
    return UserMessage(
        f"{lock} is missing",
        f"""\
{cause}

{_run(error.command, lock)}
If it is there, check that neither .gitignore nor .dockerignore names it.""",
    )


@message_for.register
def _(error: MissingSubmodulesError) -> UserMessage:
    submodules = "\n".join(f"    {printable(each)}" for each in error.submodules[:_MOST_NAMES])
    return UserMessage(
        "A Git submodule isn't checked out",
        f"""\
{printable(error.named_by)} takes projects from these, which are empty:
{submodules}

Check them out before the build: git submodule update --init
Where a platform clones the repository, have it clone the submodules, too.""",
    )


@message_for.register
def _(error: InvalidLockError) -> UserMessage:
    lock = printable(error.lock)
    if error.command is None:
        cure = f"Regenerate {lock} with its own tool, and commit it."
    else:
        cure = _run(error.command, lock)
    return UserMessage(
        f"{lock} is not a valid lock file",
        f"""\
{printable(error.problem)}.

It may be left from a merge conflict, or be edited by hand.
{cure}""",
    )


@message_for.register
def _(error: UnsupportedLockVersionError) -> UserMessage:
    lock = printable(error.lock)
    return UserMessage(
        f"{lock} is of a version that this buildpack doesn't know",
        f"""\
Version of the file's format: {printable(error.version)}
Supported: {printable(error.supported)}

Make the lock with a version of the tool that writes a supported one, and commit {lock};
or use a newer release of the buildpack.""",
    )


@message_for.register
def _(error: UnknownNamesError) -> UserMessage:
    setting, file = error.setting, printable(error.file)
    unknown = ", ".join(printable(name) for name in error.unknown[:_MOST_NAMES])
    shown = [printable(name) for name in error.known[:_MOST_NAMES]]
    more = len(error.known) - len(shown)
    if shown:
        known = f"It has: {', '.join(shown)}{f' and {more} more' if more else ''}"
        cure = f"Correct {setting}: names are separated by commas."
    else:
        known = "It has none."
        cure = f"Unset {setting}."
    return UserMessage(
        f"{setting} names what the app doesn't have",
        f"""\
Not in {file}: {unknown}
{known}

{cure}""",
    )


@message_for.register
def _(error: ToolFailedError) -> UserMessage:
    tool, names = printable(error.tool), printable(error.names)
    if error.exit_status < 0:
        cause = f"Signal {-error.exit_status} ended it; signal 9 often means too little memory."
    else:
        cause = f"Its exit status is {error.exit_status}."
    return UserMessage(
        f"{tool} couldn't install from {names}",
        f"""\
{cause}

The output above tells why. Correct the app if it is at fault; if it was a problem of the network,
build again.""",
    )


@message_for.register
def _(error: MissingLockMetadataError) -> UserMessage:
    if error.package is None:
        return UserMessage(
            f"{PDM_LOCK} doesn't say what is needed without pyproject.toml",
            f"""\
It was made without the strategy inherit_metadata, so that pyproject.toml has to say what to begin with.

Add pyproject.toml, or check that neither .gitignore nor .dockerignore names it. Or:
{_run("pdm lock -S inherit_metadata", PDM_LOCK)}""",
        )
    return UserMessage(
        f"{PDM_LOCK} doesn't say when {printable(error.package)} is needed",
        f"""\
It was made without the strategy inherit_metadata, so that packages have no markers, and what depends
on this one doesn't tell which version is needed where.

{_run("pdm lock -S inherit_metadata", PDM_LOCK)}""",
    )


@message_for.register
def _(error: InvalidDependencyGroupError) -> UserMessage:
    return UserMessage(
        f"The dependency group {printable(error.group)} in {printable(error.file)} is invalid",
        f"""\
{printable(error.problem)}.

Correct what the group includes. The format is described at
https://packaging.python.org/en/latest/specifications/dependency-groups/""",
    )


@message_for.register
def _(error: HashesRequiredError) -> UserMessage:
    names = printable(error.names)
    if not error.unhashed:
        return UserMessage(
            f"BP_REQUIRE_HASHES is set, and {names} can't have hashes",
            f"""\
Nothing says which files are the right ones. Make a lock that does, and commit it:
{error.command}""",
        )
    shown = [
        f"    {_where(each)}{printable(each.text)}" for each in error.unhashed[:_MOST_UNHASHED]
    ]
    rest = len(error.unhashed) - len(shown)
    listed = "\n".join([*shown, f"    and {rest} more"] if rest else shown)
    return UserMessage(
        f"BP_REQUIRE_HASHES is set, and {names} lacks hashes",
        f"""\
Without a hash are:
{listed}

Regenerate it with hashes, and commit it: {error.command}.
Repositories have none: a lock counts their full commits, requirements files can't. Require a
released version, or its archive by URL with #sha256=DIGEST.""",
    )


def _where(unhashed: Unhashed) -> str:
    line = f", line {unhashed.line}" if unhashed.line is not None else ""
    return f"{printable(unhashed.file)}{line}: "


def _run(command: str, lock: str) -> str:
    return f"Run: {command}, and commit {lock}."
