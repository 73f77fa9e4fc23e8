"""Wording for lock files of PEP 751."""

from __future__ import annotations

from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.package_managers.lock.dependencies import (
    MixedHashesError,
    UnsuitableLockError,
)
from python_buildpack.package_managers.lock.pylock_choice import (
    PylockProblem,
    SeveralPylocksError,
    UnknownPylockError,
)
from python_buildpack.system.text import printable

_MOST_FILES = 50
_PROBLEMS = {
    PylockProblem.NAME: "A lock file of PEP 751 is named pylock.toml or pylock.NAME.toml.",
    PylockProblem.OUTSIDE: "It is outside of the app, or a link leads out of it: only what is in it is read.",
    PylockProblem.MISSING: "The app has no such file.",
}


@message_for.register
def _(error: SeveralPylocksError) -> UserMessage:
    return UserMessage(
        "Several lock files, and BP_PYLOCK doesn't choose one",
        f"""\
The app has:
{_listed(error.files)}

Choose one for the build with BP_PYLOCK, such as BP_PYLOCK={printable(error.files[0])},
or name the one for production pylock.toml.""",
    )


@message_for.register
def _(error: UnknownPylockError) -> UserMessage:
    found = f"\nIn its root, it has:\n{_listed(error.files)}" if error.files else ""
    file = "" if error.file == error.chosen else f"\nThe file: {printable(error.file)}"
    return UserMessage(
        "BP_PYLOCK doesn't name a lock file",
        f"""\
BP_PYLOCK={printable(error.chosen)}{file}
{_PROBLEMS[error.problem]}{found}

Set BP_PYLOCK to the path of a lock file in the app, such as deploy/pylock.toml, or to the NAME of
one in its root.
If it is there, check that neither .gitignore nor .dockerignore names it.""",
    )


@message_for.register
def _(error: UnsuitableLockError) -> UserMessage:
    lock = printable(error.lock)
    return UserMessage(
        f"{lock} can't be installed here",
        f"""\
{printable(error.problem).rstrip(".")}.
The build is for Python {printable(error.python_version)} on Linux.

Lock again for this Python and platform, and commit {lock}; or choose another Python with a
.python-version file.""",
    )


def _listed(files: tuple[str, ...]) -> str:
    return "\n".join(f"  {printable(file)}" for file in files[:_MOST_FILES])


@message_for.register
def _(error: MixedHashesError) -> UserMessage:
    lock, version = printable(error.lock), printable(error.pip_version)
    return UserMessage(
        f"pip {version} can't check the hashes of {lock}",
        f"""\
Repositories and directories have no hash, and {lock} has some beside packages with hashes.
pip older than {error.minimum} checks hashes only where everything has one.

Unset BP_PIP_VERSION={version}, or set it to {error.minimum} or newer.""",
    )
