"""How long each phase of the lifecycle took, told from what it prints when one begins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_PHASE = re.compile(r"===> (?P<name>[A-Z]+)")
# As the creator prints them; the commands' names are shorter.
_NAMES = {
    "ANALYZING": "analyze",
    "DETECTING": "detect",
    "RESTORING": "restore",
    "BUILDING": "build",
    "EXPORTING": "export",
}


@dataclass(frozen=True)
class TimedLine:
    """A line that was printed, and when, in seconds of any clock."""

    text: str
    at: float


def phase_seconds(lines: Sequence[TimedLine], started: float, ended: float) -> Mapping[str, float]:
    """Return the seconds of each phase, and of the whole as ``total``.

    Args:
        lines: what the creator printed.
        started: when it was started.
        ended: when it had ended.
    """
    begins = [
        (_NAMES[match["name"]], line.at)
        for line in lines
        if (match := _PHASE.match(line.text)) and match["name"] in _NAMES
    ]
    ends = [*(at for _, at in begins), ended][1:]
    seconds = {name: end - at for (name, at), end in zip(begins, ends, strict=True)}
    return {**seconds, "total": ended - started}


def buildpack_lines(lines: Sequence[TimedLine]) -> int:
    """Return how many lines, blank ones too, the buildpacks printed in the build phase."""
    texts = [line.text for line in lines]
    try:
        begin = texts.index("===> BUILDING")
        end = texts.index("===> EXPORTING")
    except ValueError:
        return 0
    return end - begin - 1
