"""Which of the installed distributions needs which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packaging.markers import default_environment
from packaging.utils import NormalizedName, canonicalize_name

from python_buildpack.environment.requirement import holds, parse_requirement, python_markers


def marker_environment(python_version: str) -> dict[str, str]:
    """Return what markers mean in an environment of CPython on this platform."""
    return {
        **{name: str(value) for name, value in default_environment().items()},
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        # Those of the machine that builds, which must not make a difference.
        "platform_release": "",
        "platform_version": "",
        **python_markers(python_version),
    }


def dependency_graph(
    requirements: Mapping[NormalizedName, Iterable[str]], environment: Mapping[str, str]
) -> dict[NormalizedName, frozenset[NormalizedName]]:
    """Return, for each distribution, which of the others it needs.

    What an extra needs counts where another distribution asks for the extra. Nothing on disk says
    whether the app did.

    Args:
        requirements: of each distribution, as its field ``Requires-Dist`` has them.
    """
    # Those that can't be parsed are of before PEP 508; pip ignores them as well.
    parsed = {
        name: tuple(each for each in map(parse_requirement, texts) if each is not None)
        for name, texts in requirements.items()
    }
    edges: dict[NormalizedName, set[NormalizedName]] = {name: set() for name in parsed}
    pending = [(name, "") for name in parsed]
    # Each distribution without an extra, and once with each that another one asks for.
    seen = set(pending)
    while pending:
        name, extra = pending.pop()
        for requirement in parsed[name]:
            target = canonicalize_name(requirement.name)
            if target not in parsed or not holds(
                requirement.marker, {**environment, "extra": extra}
            ):
                continue
            if target != name:
                edges[name].add(target)
            asked = {(target, str(canonicalize_name(each))) for each in requirement.extras} - seen
            seen |= asked
            pending += sorted(asked)
    return {name: frozenset(targets) for name, targets in edges.items()}
