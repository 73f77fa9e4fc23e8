"""What a build is asked for: all that comes from outside of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from python_buildpack.app.settings import Settings
from python_buildpack.cnb.buildpack_plan import BuildpackPlan
from python_buildpack.cnb.contexts import BuildContext
from python_buildpack.cnb.store import Store
from python_buildpack.system.output import Output


@dataclass(frozen=True)
class Build:
    """What every step of a build takes.

    Attributes:
        store: what the last build has remembered.
        environment: for the programs that the build runs.
        today: the end of life of a Python is judged on this day.
        bound: the names of the variables that bindings have given.
    """

    context: BuildContext
    plan: BuildpackPlan
    store: Store
    settings: Settings
    environment: Mapping[str, str]
    today: datetime.date
    output: Output
    bound: frozenset[str] = frozenset()
