"""Wording for lock files of PEP 751."""

from __future__ import annotations

from python_buildpack.error_messages.message import UserMessage, message_for
from python_buildpack.error_messages.text_file import printable
from python_buildpack.package_managers.pylock import (
    SeveralPylocksError,
    UnknownPylockError,
    UnsuitableLockError,
)

_MOST_FILES = 50


@message_for.register
def _(error: SeveralPylocksError) -> UserMessage:
    return UserMessage(
        "Several lock files, and nothing tells which to install",
        f"""\
The app has:
{_listed(error.files)}

Choose one for the build with BP_PYLOCK, such as BP_PYLOCK={printable(error.files[0])},
or name the one for production pylock.toml.""",
    )


@message_for.register
def _(error: UnknownPylockError) -> UserMessage:
    found = f"The app has:\n{_listed(error.files)}" if error.files else "The app has none."
    return UserMessage(
        "BP_PYLOCK names no lock file",
        f"""\
BP_PYLOCK={printable(error.chosen)}
{found}

Set BP_PYLOCK to a file of the app that is named pylock.toml or pylock.NAME.toml, or to NAME alone.
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
