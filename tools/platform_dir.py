"""The directory by which a platform passes variables and service bindings to a build.

https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#provided-by-the-platform
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

# Entries and their texts, by the bindings' names.
Bindings = Mapping[str, Mapping[str, str]]
NO_BINDINGS: Bindings = MappingProxyType({})


def write_platform_dir(
    directory: Path, env: Mapping[str, str], bindings: Bindings, owner: tuple[int, int]
) -> None:
    """Write the new ``directory``.

    Args:
        directory: the platform directory.
        env: the user's environment variables.
        bindings: which only ``owner`` can read, as secrets mostly are.
        owner: user and group of the build.
    """
    (directory / "env").mkdir(parents=True)
    for name, value in env.items():
        (directory / "env" / name).write_text(value, encoding="utf-8")
    for name, entries in bindings.items():
        (directory / "bindings" / name).mkdir(parents=True)
        for entry, text in entries.items():
            file = directory / "bindings" / name / entry
            file.write_text(text, encoding="utf-8")
            file.chmod(0o400)
            os.chown(file, *owner)
