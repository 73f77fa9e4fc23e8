"""The layers of large distributions, linked back into the environment.

Each is named after its largest distribution, ``dist-numpy``, and is the same in every app: it is
moved out of a complete environment, and kept by its metadata as long as it would be made again.
https://github.com/python-buildpack/python-buildpack/blob/main/docs/layers.md#large-distributions
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from python_buildpack.cnb.layers_dir import Layers, Restored
from python_buildpack.environment.linkage.check import Need
from python_buildpack.environment.linkage.libraries import VenvLibraries
from python_buildpack.environment.parts.footprints import read_footprints
from python_buildpack.environment.parts.members import (
    Member,
    members_from_json,
    members_to_json,
    read_members,
)
from python_buildpack.environment.parts.partition import partition, with_parents
from python_buildpack.environment.resolution import Resolution, ResolvedDistribution
from python_buildpack.layers.judgement import with_format
from python_buildpack.layers.part_names import part_layers, part_name
from python_buildpack.system.text import joined

_PYTHON, _MEMBERS, _BYTECODE = "python", "distributions", "bytecode"
_INSTALLER = "python-buildpack\n"
_RECORD = "RECORD"
_MODULES, _OTHERS = "site-packages", "data"


@dataclass(frozen=True)
class Part:
    """Large distributions that have a layer.

    Attributes:
        name: of the layer.
        python: the SHA-256 of the runtime's archive: its bytecode is in the layer.
        members: at least one, by name.
        bytecode: of modules that lie in a directory that is nobody's: relative to the environment.
        has_contents: whether it is on disk.
    """

    name: str
    python: str
    members: tuple[Member, ...]
    bytecode: tuple[str, ...]
    has_contents: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the distributions, sorted."""
        return tuple(each.name for each in self.members)

    @property
    def files(self) -> Iterator[ResolvedDistribution]:
        """The wheels that it was unpacked from, as what an index has."""
        for each in self.members:
            its = each.footprint
            file = ResolvedDistribution(its.name, its.version, its.file, its.hashes)
            yield replace(file, is_direct=each.direct_url != "")

    @property
    def size(self) -> int:
        """Of all files, without bytecode, in bytes."""
        return sum(each.footprint.size for each in self.members)

    @cached_property
    def metadata(self) -> dict[str, str]:
        """The layer's."""
        return with_format(
            {
                _PYTHON: self.python,
                _MEMBERS: members_to_json(self.members),
                _BYTECODE: "\n".join(self.bytecode),
            }
        )

    @property
    def links(self) -> Iterator[str]:
        """The paths in the environment that lead into the layer, the outermost of what members claim."""
        claims = {claim for each in self.members for claim in each.footprint.claims}
        for claim in sorted(claims):
            _, *above = with_parents(claim)
            if claims.isdisjoint(above):
                yield claim
        yield from self.bytecode


@dataclass(frozen=True)
class Split:
    """How an environment is divided among layers.

    Attributes:
        kept: parts of the last build that stay as they are.
        made: the distributions that get new layers; names of layers, and members.
    """

    kept: tuple[Part, ...] = ()
    made: tuple[tuple[str, tuple[Member, ...]], ...] = ()

    @property
    def needs_libpython(self) -> bool:
        """Whether something in what is kept is linked to Python's shared library."""
        return any(each.needs_libpython for part in self.kept for each in part.members)


def split_environment(
    libraries: VenvLibraries,
    needs: Sequence[Need],
    resolution: Resolution,
    kept: tuple[Part, ...],
    libpython: frozenset[str],
) -> Split | str:
    """Decide which distributions of an environment have layers of their own, by what they are alone.

    Args:
        libraries: of the environment, in which everything but what is kept is on disk.
        needs: as from ``read_needs``.
        resolution: of all that is installed, and kept.
        libpython: the file names of Python's shared library.

    Returns:
        Why the layers wouldn't be those of an installation from nothing, if so.
    """
    names = {name for part in kept for name in part.names}
    installed = read_footprints(libraries.venv_dir, resolution, libraries, names)
    if installed is None:
        return "not all distributions list their files" if kept else Split()
    remembered = tuple(each.footprint for part in kept for each in part.members)
    groups = partition((*installed, *remembered))
    new = [group for group in groups if names.isdisjoint(group.names)]
    same = {group.names for group in groups if group not in new}
    if same != {part.names for part in kept}:
        return "other distributions belong together now"
    moved = [each for each in installed if any(each in group.members for group in new)]
    members = {each.name: each for each in read_members(moved, libraries, needs, libpython)}
    return Split(
        kept,
        tuple(
            (part_name(group.name), tuple(members[name] for name in group.names)) for group in new
        ),
    )


def read_parts(layers: Layers) -> Iterator[Part]:
    """Yield the parts of the last build's environment that can be understood."""
    for name in part_layers(layers):
        state = layers.read(name)
        members = (
            members_from_json(state.metadata.get(_MEMBERS, ""))
            if isinstance(state, Restored)
            else None
        )
        if isinstance(state, Restored) and members:
            bytecode = tuple(state.metadata.get(_BYTECODE, "").splitlines())
            python = state.metadata.get(_PYTHON, "")
            part = Part(name, python, members, bytecode, state.has_contents)
            # Not of another version of this buildpack.
            if part.metadata == state.metadata:
                yield part


def keepable_parts(
    parts: Iterable[Part], resolution: Resolution, *, tool_compares_origins: bool
) -> tuple[Part, ...]:
    """Return the parts that would be made again from the same wheels.

    Args:
        resolution: of what is to be installed.
        tool_compares_origins: whether the tool doesn't take a wheel of a URL for one of an index.
    """
    wanted = {each.name: each for each in resolution.distributions}

    def is_same(file: ResolvedDistribution) -> bool:
        found = wanted.get(file.name)
        return (
            found is not None
            and (found.version, found.hashes) == (file.version, file.hashes)
            and (found.is_direct == file.is_direct or tool_compares_origins)
        )

    return tuple(part for part in parts if all(map(is_same, part.files)))


def write_stand_ins(venv_dir: Path, parts: Iterable[Part]) -> None:
    """Let tools take what is kept as installed, so that they neither download nor unpack it."""
    for member in (member for part in parts for member in part.members):
        directory = venv_dir / member.footprint.dist_info
        directory.mkdir()
        tags = "".join(f"Tag: {tag}\n" for tag in member.tags)
        files = {
            "METADATA": member.metadata,
            "WHEEL": f"Wheel-Version: 1.0\n{tags}",
            "INSTALLER": _INSTALLER,
            "direct_url.json": member.direct_url,
        }
        for name, text in files.items():
            if text:
                (directory / name).write_text(text, encoding="utf-8", newline="\n")
        (directory / _RECORD).touch()


def standing(venv_dir: Path, part: Part) -> tuple[str, ...]:
    """Return the names of the distributions of ``part`` that the tool has left as they were."""
    records = (venv_dir / each.footprint.dist_info / _RECORD for each in part.members)
    pairs = zip(part.members, records, strict=True)
    return tuple(
        each.name for each, record in pairs if record.is_file() and record.stat().st_size == 0
    )


def link_part(layers: Layers, venv_dir: Path, part: Part) -> None:
    """Let the environment have what is in the layer, on disk or not."""
    for path in part.links:
        link = venv_dir / path
        if link.is_dir():
            shutil.rmtree(link)  # it stood in for what is linked now
        _make_parents(venv_dir, link)
        link.symlink_to(os.path.relpath(_place(layers.directory / part.name, path), link.parent))


def move_part(
    layers: Layers, venv_dir: Path, python: str, name: str, members: tuple[Member, ...]
) -> Part:
    """Move distributions out of a complete environment, and link them back."""
    claims = [claim for each in members for claim in each.footprint.claims]
    bytecode = tuple(sorted(path for claim in claims for path in _bytecode_of(venv_dir, claim)))
    part = Part(name, python, members, bytecode, has_contents=True)
    directory = layers.make(name)
    for path in part.links:
        place = _place(directory, path)
        _make_parents(directory, place)
        (venv_dir / path).rename(place)
    link_part(layers, venv_dir, part)
    return part


def kept_line(parts: Sequence[Part]) -> str:
    """Return the line of the log that tells what isn't installed again."""
    largest = sorted(parts, key=lambda part: -part.size)
    names = joined([name for part in largest for name in part.names], 3)
    megabytes = sum(part.size for part in parts) // 1_000_000
    return f"Keeping from the previous image: {names} ({megabytes} MB)"


def _place(layer_dir: Path, path: str) -> Path:
    """Return where a path of the environment is in a layer.

    Directories of a layer's root that the lifecycle knows, such as ``bin`` and ``lib``, would be
    added to PATH and LD_LIBRARY_PATH.
    """
    head, separator, tail = path.partition("/site-packages/")
    return layer_dir / (f"{_MODULES}/{tail}" if separator else f"{_OTHERS}/{head}")


def _make_parents(root: Path, path: Path) -> None:
    for directory in reversed([each for each in path.parents if each.is_relative_to(root)]):
        if not directory.is_dir():
            directory.mkdir()
            directory.chmod(0o755)


def _bytecode_of(venv_dir: Path, claim: str) -> Iterator[str]:
    """Yield the bytecode of a module, whose directory isn't moved with it."""
    module = Path(claim)
    for file in (venv_dir / module.parent / "__pycache__").glob(f"{module.stem}.*.pyc"):
        if module.suffix == ".py":
            yield str(file.relative_to(venv_dir))
