"""Requirements as PEP 508 has them, from text that may be anything."""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement

# Parsing takes time that grows with the square of the number of specifiers. Real requirements, with
# all of their markers, have some hundred characters.
MAX_REQUIREMENT_LENGTH = 16 * 1024


def parse_requirement(text: str) -> Requirement | None:
    """Return the requirement; None where ``text`` is none, or longer than any can be."""
    if len(text) > MAX_REQUIREMENT_LENGTH:
        return None
    try:
        return Requirement(text)
    except (InvalidRequirement, RecursionError):
        return None
