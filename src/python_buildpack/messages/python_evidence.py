"""Wording for pinned distributions without wheels for the app's Python."""

from __future__ import annotations

from python_buildpack.messages.message import text_for
from python_buildpack.package_managers.python_evidence.suggestion import UnfitPythonError
from python_buildpack.system.text import listed


@text_for.register
def _(error: UnfitPythonError) -> str:
    misfits = listed(error.unfit.misfits)
    return f"""\
{text_for(error.cause)}

These pinned distributions have no wheels for Python {error.series}, or don't support it:
{misfits}
{_advice(error)}"""


def _advice(error: UnfitPythonError) -> str:
    if error.unfit.series is None:
        return "No Python of this buildpack fits all pins: require newer versions."
    return (
        f"Python {error.unfit.series} fits all pins: write {error.unfit.series} to .python-version."
    )
