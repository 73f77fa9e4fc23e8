"""The platforms that buildpack.toml names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tools.errors import ToolError


@dataclass(frozen=True)
class Target:
    """A platform that buildpack.toml names, in the words of the Buildpack API."""

    os: str
    arch: str

    def __str__(self) -> str:
        return f"{self.os}-{self.arch}"


def parse_targets(buildpack_toml: str) -> tuple[Target, ...]:
    """Return the platforms of ``[[targets]]`` in a buildpack.toml."""
    tables = re.split(r"(?m)^\[\[targets\]\]", buildpack_toml)[1:]
    return tuple(Target(_value(table, "os"), _value(table, "arch")) for table in tables)


def _value(table: str, key: str) -> str:
    match = re.search(rf'(?m)^{key}\s*=\s*"([^"]*)"', table)
    if match is None:
        raise ToolError(f"buildpack.toml: a [[targets]] table has no {key}.")
    return match[1]


def with_one_target(buildpack_toml: str, target: Target) -> str:
    """Return a buildpack.toml that names ``target`` only, since it carries code for no other."""
    sections = re.split(r"(?m)^(?=\[)", buildpack_toml)
    kept, is_other = [], False
    for section in sections:
        if section.startswith("[[targets]]"):
            is_other = Target(_value(section, "os"), _value(section, "arch")) != target
        elif not section.startswith(("[[targets.", "[targets.")):
            is_other = False
        if not is_other:
            kept.append(section)
    return "".join(kept).rstrip("\n") + "\n"
