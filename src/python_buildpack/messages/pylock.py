"""Wording for lock files of PEP 751."""

from __future__ import annotations

from python_buildpack.messages.message import IN_THE_BUILD, text_for
from python_buildpack.package_managers.lock.dependencies import (
    MixedHashesError,
    UnsuitableLockError,
)
from python_buildpack.package_managers.lock.pylock import (
    PylockProblem,
    SeveralPylocksError,
    UnknownPylockError,
)
from python_buildpack.system.text import listed, printable

_PROBLEMS = {
    PylockProblem.NAME: "A lock file of PEP 751 is named pylock.toml or pylock.NAME.toml.",
    PylockProblem.OUTSIDE: "It is outside of the app, or a link that leads out of it.",
    PylockProblem.MISSING: "The app has no such file.",
}


@text_for.register
def _(error: SeveralPylocksError) -> str:
    return f"""\
Several lock files, and BP_PYLOCK doesn't choose one
The app has:
{listed(error.files)}

Set BP_PYLOCK, for example to {printable(error.files[0])}, or name the one for production
pylock.toml."""


@text_for.register
def _(error: UnknownPylockError) -> str:
    found = f"\nIn its root, it has:\n{listed(error.files)}" if error.files else ""
    file = "" if error.file == error.chosen else f"\nFile: {printable(error.file)}"
    return f"""\
Invalid BP_PYLOCK
BP_PYLOCK={printable(error.chosen)}{file}
{_PROBLEMS[error.problem]}{found}

Set it to the path of a lock in the app, such as deploy/pylock.toml, or to NAME for pylock.NAME.toml
in the root.
{IN_THE_BUILD}"""


@text_for.register
def _(error: UnsuitableLockError) -> str:
    lock = printable(error.lock)
    return f"""\
{lock} can't be installed here
{printable(error.problem).rstrip(".")}.
The build is for Python {printable(error.python_version)} on Linux.

Lock again for this Python and platform, and commit {lock}; or choose another Python in
.python-version."""


@text_for.register
def _(error: MixedHashesError) -> str:
    lock, version = printable(error.lock), printable(error.pip_version)
    return f"""\
pip {version} can't check the hashes of {lock}
Some packages in {lock} have hashes; repositories and directories have none. pip before
{error.minimum} can't install both.

Unset BP_PIP_VERSION={version}, or set it to {error.minimum} or newer."""
