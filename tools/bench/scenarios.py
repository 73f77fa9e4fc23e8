"""What changes between one build and the next, and what is measured beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tools.bench.apps import App, Requirements, State
from tools.bench.plain import DRY_RUN, PIP_COLD, PIP_WARM, UNPACK_PYTHON, UV_COLD, UV_WARM


@dataclass(frozen=True)
class Scenario:
    """One change.

    Attributes:
        name: on the command line.
        title: in the report.
        before: what the build before was made of, None if there was none.
        after: what is built and measured.
        beside: the work that is measured in turn with it.
    """

    name: str
    title: str
    before: State | None
    after: State
    beside: tuple[str, ...] = ()

    def is_of(self, app: App) -> bool:
        """Return whether an app has what changes."""
        if app.generated:
            return self.name in _OF_GENERATED
        if self.after.static_revision:
            return app.static_file is not None
        return self.after.requirements is not Requirements.LARGE or app.large is not None


_LOCKED = State(Requirements.LOCKED)
_SOURCE = replace(_LOCKED, source_revision=1)
_ADDED = replace(_SOURCE, requirements=Requirements.ADDED)
_CHANGED = replace(_SOURCE, requirements=Requirements.CHANGED)
_REMOVED = replace(_SOURCE, requirements=Requirements.REMOVED)
_LARGE = replace(_SOURCE, requirements=Requirements.LARGE)
_OTHER_PIP = replace(_LARGE, has_other_pip=True)
_NEXT_PYTHON = replace(_OTHER_PIP, has_next_python=True)
_STATIC = replace(_NEXT_PYTHON, static_revision=1)
_UNPINNED = State(Requirements.UNPINNED)
# Gigabytes are installed by each of the others, or nothing else than with another app.
_OF_GENERATED = ("cold", "no-change", "added")

# Each begins where the one before has ended, so that no build is made only to get there; but for
# the last, which has another image.
SCENARIOS = (
    Scenario("cold", "Cold", None, _LOCKED, (PIP_COLD, UNPACK_PYTHON, UV_COLD)),
    Scenario("no-change", "No change, locked", _LOCKED, _LOCKED, (PIP_WARM, UV_WARM)),
    Scenario("source", "Only the app's source changed", _LOCKED, _SOURCE),
    Scenario("added", "One requirement added", _SOURCE, _ADDED),
    Scenario("changed", "One requirement changed", _ADDED, _CHANGED),
    Scenario("removed", "One requirement removed", _CHANGED, _REMOVED),
    Scenario("large", "One large requirement changed", _REMOVED, _LARGE),
    Scenario("pip", "pip bumped", _LARGE, _OTHER_PIP),
    Scenario("python", "Python patch bumped", _OTHER_PIP, _NEXT_PYTHON),
    Scenario("static", "A static file changed", _NEXT_PYTHON, _STATIC),
    Scenario("no-change-unpinned", "No change, unpinned", _UNPINNED, _UNPINNED, (DRY_RUN,)),
)
