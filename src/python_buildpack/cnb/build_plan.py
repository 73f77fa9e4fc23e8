"""The build plan: what ``bin/detect`` offers to other buildpacks and asks of them.

https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#build-plan-toml
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.cnb.toml_writer import TomlTable, write_toml


@dataclass(frozen=True)
class PlanAlternative:
    """One way in which the buildpack can take part in the build.

    Attributes:
        provides: the names of what it can contribute.
        requires: the names of what it needs, from itself or from an earlier buildpack.
    """

    provides: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


def write_build_plan(path: Path, alternatives: Sequence[PlanAlternative]) -> None:
    """Write the result of detect to ``path``, a file that the lifecycle made.

    The lifecycle takes the first alternative that works out.
    """
    first, *others = map(_table, alternatives)
    document = {**first, "or": others} if others else first
    path.write_text(write_toml(document), encoding="utf-8", newline="\n")


def _table(alternative: PlanAlternative) -> TomlTable:
    named = {"provides": alternative.provides, "requires": alternative.requires}
    return {key: [{"name": name} for name in names] for key, names in named.items() if names}
