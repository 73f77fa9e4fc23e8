"""The buildpack plan: what the buildpacks of the group want from this one.

https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#buildpack-plan-toml
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.toml_reader import is_table, parse_toml


@dataclass(frozen=True)
class BuildpackPlanEntry:
    """One requirement of one buildpack."""

    name: str
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class BuildpackPlan:
    """Every requirement; several buildpacks may require the same name."""

    entries: tuple[BuildpackPlanEntry, ...] = ()

    def names(self) -> frozenset[str]:
        """Return what is required, by whomever."""
        return frozenset(entry.name for entry in self.entries)


def parse_buildpack_plan(text: str, document: str = "the buildpack plan") -> BuildpackPlan:
    """Parse the document at ``CNB_BP_PLAN_PATH``.

    Raises:
        InvalidDocumentError: it is not TOML, or has not the form of a buildpack plan.
    """
    entries = parse_toml(text, document).get("entries", [])
    if not isinstance(entries, list):
        raise InvalidDocumentError(document, "entries is not an array of tables")
    return BuildpackPlan(
        tuple(_parse_entry(entry, index, document) for index, entry in enumerate(entries))
    )


def _parse_entry(entry: object, index: int, document: str) -> BuildpackPlanEntry:
    if not is_table(entry):
        raise InvalidDocumentError(document, f"entries[{index}] is not a table")
    name = entry.get("name")
    if not isinstance(name, str):
        raise InvalidDocumentError(document, f"entries[{index}].name is not a string")
    metadata = entry.get("metadata", {})
    if not is_table(metadata):
        raise InvalidDocumentError(document, f"entries[{index}].metadata is not a table")
    return BuildpackPlanEntry(name, metadata)
