"""The files of dependencies that variables name.

Apart from the other settings: it is all that detection, which takes milliseconds, wants to know.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def parse_pip_requirements(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the requirements files that BP_PIP_REQUIREMENT names, relative to the app."""
    return tuple(environment.get("BP_PIP_REQUIREMENT", "").split())


def pylock_file(named: str) -> str:
    """Return the lock file that BP_PYLOCK names, by its path in the app or by its NAME alone."""
    return named if named.endswith(".toml") else f"pylock.{named}.toml"


def configured_files(requirements: tuple[str, ...], pylock: str | None) -> tuple[str, ...]:
    """Return the files that BP_PIP_REQUIREMENT and BP_PYLOCK, as they were parsed, name."""
    return (*requirements, *((pylock_file(pylock),) if pylock else ()))


def parse_configured_files(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the files of dependencies that variables name, relative to the app."""
    pylock = environment.get("BP_PYLOCK", "").strip() or None
    return configured_files(parse_pip_requirements(environment), pylock)


def leaves_app(app_dir: Path, named: str) -> bool:
    """Tell whether a path leads out of the app: by itself, or by a link on its way or at its end.

    Args:
        app_dir: the app.
        named: relative to it, or absolute.
    """
    try:
        real = os.path.realpath(app_dir / named)
    except ValueError:
        # With a NUL in it, it leads nowhere.
        return False
    return not Path(real).is_relative_to(os.path.realpath(app_dir))
