"""Git's submodules: directories of an app that are empty, or missing, until they are checked out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.system.errors import UserError
from python_buildpack.system.text_file import ONE_MEBIBYTE, read_small_file

_GITMODULES = ".gitmodules"
_PATH = re.compile(r"^[ \t]*path[ \t]*=[ \t]*(\S.*?)[/ \t]*$", re.MULTILINE)


@dataclass(eq=False)
class MissingSubmodulesError(UserError):
    """A file names projects in Git submodules that aren't checked out.

    Args:
        submodules: their directories, relative to the repository's root.
    """

    submodules: tuple[str, ...]
    named_by: str


def check_submodules(app_dir: Path, paths: Iterable[str], named_by: str) -> None:
    """Check that no path, which a file names, leads into a submodule that isn't checked out.

    Raises:
        MissingSubmodulesError: some do.
    """
    if found := missing_submodules(app_dir, paths):
        raise MissingSubmodulesError(found, named_by)


def missing_submodules(app_dir: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """Return the submodules, not checked out, that paths relative to the app lead into."""
    # As Git does: the app may be in a directory of its repository.
    above = (each for each in (app_dir, *app_dir.parents) if (each / _GITMODULES).exists())
    root = next(above, app_dir)
    text = read_small_file(root / _GITMODULES, ONE_MEBIBYTE).decode("utf-8", "replace")
    within = [f"{os.path.relpath(app_dir / path, root)}/" for path in paths]
    return tuple(
        submodule
        for submodule in dict.fromkeys(_PATH.findall(text))
        if any(path.startswith(f"{submodule}/") for path in within) and _is_empty(root / submodule)
    )


def _is_empty(directory: Path) -> bool:
    try:
        return not any(directory.iterdir())
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
