"""Wording for what is pinned and has no wheels for the app's Python."""

from __future__ import annotations

from python_buildpack.messages.message import UserMessage, message_for
from python_buildpack.package_managers.python_evidence.suggestion import UnfitPythonError
from python_buildpack.system.text import listed


@message_for.register
def _(error: UnfitPythonError) -> UserMessage:
    message = message_for(error.cause)
    misfits = listed(error.unfit.misfits)
    return UserMessage(
        message.heading,
        f"{message.body}\n\nOf what is pinned, these have no wheels for Python {error.series}, or don't"
        f" support it:\n{misfits}\n{_advice(error)}",
    )


def _advice(error: UnfitPythonError) -> str:
    if error.unfit.series is None:
        return "No Python of this buildpack fits all of it: require newer versions."
    return (
        f"Python {error.unfit.series} fits all that is pinned: write {error.unfit.series} into the file"
        " .python-version."
    )
