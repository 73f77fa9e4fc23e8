"""The files of dependencies that variables name.

Apart from the other settings: it is all that detection, which takes milliseconds, wants to know.
"""

from __future__ import annotations

from collections.abc import Mapping


def parse_pip_requirements(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the requirements files that BP_PIP_REQUIREMENT names, relative to the app."""
    return tuple(environment.get("BP_PIP_REQUIREMENT", "").split())


def pylock_file(named: str) -> str:
    """Return the lock file that BP_PYLOCK names, by its path in the app or by its NAME alone."""
    return named if named.endswith(".toml") else f"pylock.{named}.toml"


def named_files(requirements: tuple[str, ...], pylock: str | None) -> tuple[str, ...]:
    """Return the files that BP_PIP_REQUIREMENT and BP_PYLOCK, as they were parsed, name."""
    return (*requirements, *((pylock_file(pylock),) if pylock else ()))


def parse_named_files(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the files of dependencies that variables name, relative to the app."""
    pylock = environment.get("BP_PYLOCK", "").strip() or None
    return named_files(parse_pip_requirements(environment), pylock)
