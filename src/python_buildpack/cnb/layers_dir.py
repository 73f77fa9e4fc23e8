"""The layers on disk: reading what the lifecycle restored, emptying and writing layers.

A build may be killed at any moment and the next one may find what it left. So a layer's TOML,
which is what makes the layer count, is removed before its contents change and written last.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from python_buildpack.cnb.contents import contents_digest
from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.layer_content_metadata import (
    LayerContentMetadata,
    LayerTypes,
    parse_layer_content_metadata,
)
from python_buildpack.cnb.layer_env import LayerEnv, Scope
from python_buildpack.cnb.toml_writer import write_toml

# No dots: the lifecycle splits the name of a layer's SBOM at the first one, and silently drops
# the SBOM of a layer whose own name has any.
_LAYER_NAME = re.compile(r"[A-Za-z0-9_-]+")
_RESERVED_NAMES = frozenset({"build", "launch", "store"})

# Keys in a layer's metadata; not a part of what its owner sees.
_SEAL = "contents_sha256"
_SBOMS = "sboms_sha256"

_DIRECTORY_MODE = 0o755
_FILE_MODE = 0o644


class SbomFormat(Enum):
    """A format of SBOMs, by the extension of the file.

    buildpack.toml has the media type of each.
    https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#bill-of-materials
    """

    CYCLONEDX = "cdx.json"
    SPDX = "spdx.json"


@dataclass(frozen=True)
class Restored:
    """A layer of an earlier build.

    Attributes:
        metadata: what that build wrote about it.
        has_contents: whether the layer's directory is there too. The contents of a layer that
            was only for launch stay in the earlier image.
    """

    metadata: Mapping[str, str]
    has_contents: bool


@dataclass(frozen=True)
class Unknown:
    """No layer that could be reused.

    Attributes:
        causes: why, for the log; () where the lifecycle restored nothing: no earlier build, no
            such layer in it, or a cleared cache.
    """

    causes: tuple[str, ...]


NOT_RESTORED = Unknown(())
# Or its SBOMs are not those that were written with it: the lifecycle takes the SBOMs of all layers
# from the image where that has any, whichever cache the layer itself is from.
UNREADABLE = Unknown(("its metadata can't be read",))
# The contents of a sealed layer are not those that were sealed.
TAMPERED = Unknown(("a later buildpack changed it",))

LayerState: TypeAlias = Restored | Unknown


@dataclass(frozen=True)
class Layer:
    """A layer as a build wants it.

    Attributes:
        metadata: what the next build is to know of it.
        env: what later buildpacks and the image's processes get.
    """

    name: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    env: LayerEnv = field(default_factory=LayerEnv)


class Layers:
    """This buildpack's layers.

    No layer can have just any name: all methods raise ValueError, and OSError where the file system
    refuses.
    """

    def __init__(self, directory: Path, *, detect_changes: bool = False) -> None:
        """Take the directory of the layers.

        Args:
            directory: which the lifecycle has made.
            detect_changes: whether later buildpacks may change the layers that they find. Each is
                exported and cached as the last buildpack leaves it, and then counts as unknown.
        """
        self.directory = directory
        self.detects_changes = detect_changes
        self._unfinished: set[str] = set()

    def read(self, name: str) -> LayerState:
        """Return what the lifecycle restored of a layer, whatever state the files are in."""
        toml_path = self._toml_path(name)
        try:
            text = toml_path.read_bytes().decode("utf-8")
            content_metadata = parse_layer_content_metadata(text, str(toml_path))
        except FileNotFoundError:
            return NOT_RESTORED
        except (OSError, UnicodeDecodeError, InvalidDocumentError):
            return UNREADABLE
        layer_dir = self.directory / name
        has_contents = _is_directory(layer_dir)
        metadata = dict(content_metadata.metadata)
        described = metadata.pop(_SBOMS, None)
        if described is not None and described != _sboms_digest(self.directory, name):
            return UNREADABLE
        seal = metadata.pop(_SEAL, None)
        if seal is not None and has_contents and seal != contents_digest(layer_dir):
            return TAMPERED
        return Restored(metadata, has_contents)

    def restore(self, name: str, metadata: Mapping[str, str], *, has_contents: bool) -> None:
        """Write what the lifecycle would restore of a layer of which the metadata alone is known."""
        kept = {key: metadata[key] for key in metadata if key not in (_SEAL, _SBOMS)}
        self._toml_path(name).write_text(write_toml({"metadata": kept}), encoding="utf-8")
        if has_contents:
            _make_directory(self.directory / name)

    @contextmanager
    def removed_on_failure(self) -> Iterator[None]:
        """Where the block fails, remove the layers that it has begun to make, or to change."""
        complete = False
        try:
            yield
            complete = True
        finally:
            for name in () if complete else self._unfinished:
                self.remove(name)
            self._unfinished.clear()

    def make(self, name: str) -> Path:
        """Remove a layer, and return its directory, new and empty."""
        self.remove(name)
        layer_dir = self.change(name)
        _make_directory(layer_dir)
        return layer_dir

    def change(self, name: str) -> Path:
        """Return the directory of a layer that was restored, to change what is in it."""
        self._unfinished.add(name)
        return self.directory / name

    def finish(self, layer: Layer, types: LayerTypes) -> None:
        """Declare a layer, new or reused, whose contents are complete.

        Where the layer has no directory, only its TOML is written: the exporter then takes the
        layer from the previous image as it was, its environment included.

        Raises:
            ValueError: a layer without contents is to be cached, which fails the export.
            TypeError: the metadata holds anything but strings.
        """
        toml_path = self._toml_path(layer.name)
        layer_dir = self.directory / layer.name
        is_on_disk = _is_directory(layer_dir)
        if is_on_disk:
            toml_path.unlink(missing_ok=True)
            _write_layer_env(layer_dir, layer.env)
        elif types.cache:
            raise ValueError(f"Layer {layer.name} has no contents to cache")
        # Of what isn't in the image, the lifecycle doesn't always give the SBOMs back.
        digests = {_SBOMS: _sboms_digest(self.directory, layer.name) if types.launch else None}
        if is_on_disk and types.build and self.detects_changes:
            digests[_SEAL] = contents_digest(layer_dir)
        known = {key: value for key, value in digests.items() if value is not None}
        toml = LayerContentMetadata(types, {**layer.metadata, **known}).to_toml()
        # The lifecycle takes every *.toml in the directory for a layer's.
        partial_path = self.directory / f"{layer.name}.toml.partial"
        partial_path.write_text(toml, encoding="utf-8", newline="\n")
        partial_path.replace(toml_path)

    def remove(self, name: str) -> None:
        """Remove a layer's TOML, SBOMs and contents, as far as they exist, whatever their modes."""
        self.remove_contents(name)
        # The lifecycle may restore a layer's SBOMs where it restores nothing else of it.
        for sbom_path in self.directory.glob(f"{name}.sbom.*"):
            _remove(sbom_path)

    def remove_contents(self, name: str) -> None:
        """Remove a layer's TOML and contents, not the SBOMs, which are of the one in the image."""
        _remove(self._toml_path(name))
        _remove(self.directory / name)

    def write_sboms(self, name: str, documents: Mapping[SbomFormat, str]) -> None:
        """Write the SBOMs of a layer, before it is finished; one that is reused has its own."""
        self._toml_path(name)
        for sbom_format, text in documents.items():
            path = self.directory / f"{name}.sbom.{sbom_format.value}"
            path.write_text(text, encoding="utf-8", newline="\n")

    def _toml_path(self, name: str) -> Path:
        if not _LAYER_NAME.fullmatch(name) or name in _RESERVED_NAMES:
            raise ValueError(f"Invalid layer name: {name!r}")
        return self.directory / f"{name}.toml"


def _sboms_digest(layers_dir: Path, name: str) -> str | None:
    """Return a SHA-256 of a layer's SBOMs, lower-case hex; None if it has none."""
    digest, count = hashlib.sha256(), 0
    for sbom_format in SbomFormat:
        try:
            contents = (layers_dir / f"{name}.sbom.{sbom_format.value}").read_bytes()
        except OSError:
            continue
        digest.update(b"%s\0%d\0" % (sbom_format.value.encode(), len(contents)))
        digest.update(contents)
        count += 1
    return digest.hexdigest() if count else None


def _write_layer_env(layer_dir: Path, layer_env: LayerEnv) -> None:
    for scope in Scope:
        _remove(layer_dir / scope.value)
    for relative_path, contents in layer_env.files().items():
        path = layer_dir / relative_path
        _make_directory(path.parent)
        # The values of variables are bytes; Python keeps those that aren't UTF-8 as surrogates.
        path.write_bytes(contents.encode("utf-8", "surrogateescape"))
        path.chmod(_FILE_MODE)


def _make_directory(path: Path) -> None:
    # The modes are part of the layer's digest, so they can't be left to the umask.
    path.mkdir(exist_ok=True)
    path.chmod(_DIRECTORY_MODE)


def _is_directory(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _remove(path: Path) -> None:
    if _is_directory(path):
        _make_removable(path)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _make_removable(directory: Path) -> None:
    """Make every directory of a tree writable; who isn't root can't empty it otherwise."""
    _add_owner_access(directory)
    # Top-down, so that a directory is made readable before os.walk comes to it.
    for parent, directories, _ in os.walk(directory):
        for name in directories:
            _add_owner_access(Path(parent, name))


def _add_owner_access(directory: Path) -> None:
    # lstat: what a link points to may be outside of the layer.
    mode = directory.lstat().st_mode
    if stat.S_ISDIR(mode) and mode & stat.S_IRWXU != stat.S_IRWXU:
        directory.chmod(stat.S_IMODE(mode) | stat.S_IRWXU)
