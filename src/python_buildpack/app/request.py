"""The input of a build: everything that comes from outside."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from python_buildpack.app.settings import Settings
from python_buildpack.cnb.buildpack_plan import BuildpackPlan
from python_buildpack.cnb.contexts import BuildContext
from python_buildpack.cnb.launch import Launch
from python_buildpack.system.output import Output

_LAST_PYTHON = "python_version"
_MADE = "environment"


@dataclass(frozen=True)
class Build:
    """What every step of a build takes.

    Attributes:
        store: what the last build has remembered.
        environment: for the programs that the build runs.
        today: the end of life of a Python is judged on this day.
        bound: the names of the variables that bindings have given.
        asks_indexes: whether package indexes may be asked which Python fits what is pinned.
    """

    context: BuildContext
    plan: BuildpackPlan
    store: Mapping[str, str]
    settings: Settings
    environment: Mapping[str, str]
    today: datetime.date
    output: Output
    bound: frozenset[str] = frozenset()
    asks_indexes: bool = True

    @property
    def last_python(self) -> str | None:
        """The Python of the last build, X.Y or X.Yt."""
        return self.store.get(_LAST_PYTHON)

    @property
    def was_made(self) -> bool:
        """Whether the last build made an environment for an app."""
        return _MADE in self.store


@dataclass(frozen=True)
class BuildOutcome:
    """What the lifecycle is told: what the next build has to know, and what the image starts."""

    store: Mapping[str, str]
    launch: Launch


def remembered(python: str, *, made_environment: bool) -> dict[str, str]:
    """Return what the next build has to know.

    Args:
        python: X.Y or X.Yt.
    """
    return {_LAST_PYTHON: python, **({_MADE: "made"} if made_environment else {})}
