"""The check that no distribution has files that the lifecycle would take for the buildpack's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.environment.record import owners_of
from python_buildpack.system.errors import UserError

# Programs that are run, scripts that are sourced, and variables that are set, without a word. Not
# "bin", "lib" and "include", which are parts of every environment, and not "pkgconfig", which is
# but a place where later buildpacks look for what they name.
# https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#provided-by-the-buildpacks
# https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#execd
_RESERVED = ("env", "env.build", "env.launch", "exec.d", "profile.d")


@dataclass(frozen=True)
class ReservedFile:
    """A file that was installed under a name of the lifecycle's.

    Attributes:
        path: relative to the layer.
        distribution: that has it, by its normalized name; None if no RECORD tells.
    """

    path: str
    distribution: str | None


@dataclass(eq=False)
class ReservedFilesError(UserError):
    """Distributions have files that the lifecycle would take for the buildpack's."""

    layer: str
    files: tuple[ReservedFile, ...]


def check_reserved_names(layer_dir: Path) -> None:
    """Refuse what was installed into a layer that the lifecycle would run, source or set.

    Args:
        layer_dir: with all that is installed, before the buildpack adds anything of this kind.

    Raises:
        ReservedFilesError: names all the files.
    """
    files = tuple(sorted(_reserved_files(layer_dir)))
    if not files:
        return
    owners = owners_of(layer_dir, files)
    found = (ReservedFile(str(file.relative_to(layer_dir)), owners.get(file)) for file in files)
    raise ReservedFilesError(layer_dir.name, tuple(found))


def _reserved_files(layer_dir: Path) -> Iterator[Path]:
    for name in _RESERVED:
        path = layer_dir / name
        for each in (path, *path.rglob("*")):
            if each.is_symlink() or (each.exists() and not each.is_dir()):
                yield each
