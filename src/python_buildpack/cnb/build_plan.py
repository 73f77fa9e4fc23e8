"""The build plan: what ``bin/detect`` offers to other buildpacks and asks of them.

https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#build-plan-toml
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from python_buildpack.cnb.toml_writer import TomlTable, TomlValue, write_toml


@dataclass(frozen=True)
class Provide:
    """Something that this buildpack can contribute."""

    name: str


@dataclass(frozen=True)
class Require:
    """Something that this buildpack needs, from itself or from an earlier buildpack.

    Attributes:
        metadata: what the providing buildpack is told; its meaning is agreed between the two.
    """

    name: str
    metadata: Mapping[str, TomlValue] = field(default_factory=dict)


@dataclass(frozen=True)
class PlanAlternative:
    """One way in which the buildpack can take part in the build."""

    provides: tuple[Provide, ...] = ()
    requires: tuple[Require, ...] = ()


@dataclass(frozen=True)
class BuildPlan:
    """The alternatives, best first: the lifecycle takes the first that works out."""

    alternatives: tuple[PlanAlternative, ...] = ()

    def to_toml(self) -> str:
        """Return the document that ``bin/detect`` writes to ``CNB_BUILD_PLAN_PATH``."""
        tables = [_alternative_table(alternative) for alternative in self.alternatives]
        if not tables:
            return ""
        first, *others = tables
        return write_toml({**first, "or": others} if others else first)


def write_build_plan(path: Path, plan: BuildPlan) -> None:
    """Write the result of detect to ``path``, a file that the lifecycle made.

    Raises:
        OSError: the filesystem refused.
    """
    path.write_text(plan.to_toml(), encoding="utf-8", newline="\n")


def _alternative_table(alternative: PlanAlternative) -> TomlTable:
    table: dict[str, TomlValue] = {}
    if alternative.provides:
        table["provides"] = [{"name": provide.name} for provide in alternative.provides]
    if alternative.requires:
        table["requires"] = [_require_table(require) for require in alternative.requires]
    return table


def _require_table(require: Require) -> TomlTable:
    # `version` beside `name` was deprecated and is an error now: it belongs in the metadata.
    if require.metadata:
        return {"name": require.name, "metadata": require.metadata}
    return {"name": require.name}
