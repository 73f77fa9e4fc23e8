"""The layer ``static``: what collectstatic wrote into the app, and what it read for that.

It is cached, and not in the image. Where all that collectstatic read is the same, so is what it
writes, and neither Python nor the environment has to be on disk.
https://github.com/python-buildpack/python-buildpack/blob/main/docs/layers.md#static-files-of-django
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from python_buildpack.app.files import AppFiles
from python_buildpack.cnb.contents import contents_digest
from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import Scope
from python_buildpack.cnb.layers_dir import NOT_RESTORED, Layer, Layers, Restored
from python_buildpack.environment.local_source import (
    FileStates,
    file_states,
    names_digest,
    written_files,
)
from python_buildpack.layers import venv
from python_buildpack.layers.build_variables import can_be_read
from python_buildpack.layers.judgement import (
    ON_DISK,
    Changed,
    Judgement,
    discarded,
    judge,
    reused,
    with_format,
)
from python_buildpack.layers.venv_record import VenvRecord, parse_venv_record
from python_buildpack.post_install.django_app import DjangoApp, django_env
from python_buildpack.programs import COLLECTSTATIC
from python_buildpack.system.digests import digest_of, sha256_of
from python_buildpack.system.output import Output
from python_buildpack.system.text import joined, printable

NAME = "static"

_FILES = "files"
_READ = "read.json"
_CONTENTS = "contents"
_SALT = "salt"
_APP = "app"
_OUTSIDE = "outside"
_ROUNDS = 100_000
_TYPES = LayerTypes(cache=True)


@dataclass(frozen=True)
class Trace:
    """What a run of collectstatic has read.

    Attributes:
        files: the SHA-256 of each file as it was before, by its absolute path; None for one that
            isn't there.
        unseen: what it did that can't be watched; None for nothing.
    """

    files: Mapping[str, str | None]
    unseen: str | None


@dataclass(frozen=True)
class StaticLayer:
    """What was collected by the last build, and by what this one is judged.

    Attributes:
        names: a digest of the names of all files in the app, before the build has added any.
        environment: for the programs of the build, which collectstatic gets.
        record: of the environment that is installed.
        judgement: whether collectstatic would write the same once more.
    """

    layers: Layers
    files: AppFiles
    django: DjangoApp
    names: str
    environment: Mapping[str, str]
    record: VenvRecord | None
    judgement: Judgement = NOT_RESTORED

    @property
    def is_current(self) -> bool:
        """Whether collectstatic needn't run."""
        return self.judgement == ON_DISK

    @property
    def trace_file(self) -> Path:
        """Where collectstatic is to write what it read."""
        return self._directory / "trace.json"

    @property
    def _directory(self) -> Path:
        return self.layers.directory / NAME

    def of(self, record: VenvRecord, *, is_reused: bool) -> StaticLayer:
        """Return it as it is with the environment of this build."""
        judgement = self.judgement
        if self.is_current and not is_reused:
            judgement = Changed(("the environment was rebuilt",))
        return replace(self, record=record, judgement=judgement)

    def judged(self) -> StaticLayer:
        """Return it with a judgement, by all that the last run has read."""
        state = self.layers.read(NAME)
        if not isinstance(state, Restored) or not state.has_contents:
            return self
        current = {**self._facts(), _CONTENTS: contents_digest(self._directory)}
        judgement = judge(state, {**state.metadata, **current}, {})
        if judgement == ON_DISK and (causes := self._changes(state.metadata)):
            judgement = Changed(causes)
        return replace(self, judgement=judgement)

    def restore(self) -> None:
        """Put what was collected into the app, and keep it for the next build."""
        collected = self._directory / _FILES
        _copy(file_states(collected), collected, self.files.root)
        state = self.layers.read(NAME)
        metadata = state.metadata if isinstance(state, Restored) else {}
        self.layers.finish(Layer(NAME, metadata), _TYPES)

    def begin(self) -> FileStates:
        """Make the layer empty; return the states of the app's files before collectstatic runs."""
        self.layers.make(NAME)
        return file_states(self.files.root)

    def finish(self, before: FileStates) -> str | None:
        """Keep what was collected; return why the next build has to run collectstatic again.

        None if it needn't, unless something of what was read changes.
        """
        trace, root = _read_trace(self.trace_file), self.files.root
        self.trace_file.unlink(missing_ok=True)
        after = file_states(root)
        written = [path for path in written_files(before, after) if not _is_aged(root / path)]
        unseen = trace.unseen
        if not all(_is_kept(root / path, is_new=path not in before) for path in written):
            unseen = unseen or "it removes files, or makes links"
        if unseen is not None:
            self.layers.remove(NAME)
            return unseen
        _copy(written, root, self._directory / _FILES)
        self._write(trace.files)
        return None

    def _write(self, read: Mapping[str, str | None]) -> None:
        root = self.files.root.resolve()
        app = {path for path in read if Path(path).is_relative_to(root)}
        outside = sorted(read.keys() - app)
        digests = {os.path.relpath(path, root): read[path] for path in app}
        text = json.dumps({_APP: digests, _OUTSIDE: outside}, sort_keys=True)
        (self._directory / _READ).write_text(text, "utf-8")
        salt = secrets.token_hex()
        metadata = {**self._facts(), _SALT: salt, _OUTSIDE: self._outside_digest(outside, salt)}
        metadata[_CONTENTS] = contents_digest(self._directory)
        self.layers.finish(Layer(NAME, metadata), _TYPES)

    def _facts(self) -> dict[str, str]:
        directories = str(self.files.root), str(self.files.directory)
        run = (sha256_of(COLLECTSTATIC), self.django.manage_py, *directories)
        return with_format(
            {
                "names_of_the_app's_files": self.names,
                "environment": digest_of(
                    self.record and [self.record.inputs, self.record.resolution]
                ),
                "command": digest_of(run),
            }
        )

    def _changes(self, metadata: Mapping[str, str]) -> tuple[str, ...]:
        read = json.loads((self._directory / _READ).read_text("utf-8"))
        root = self.files.root
        changed = [path for path, digest in read[_APP].items() if _digest(root / path) != digest]
        causes = (f"{joined(changed)} changed",) if changed else ()
        if self._outside_digest(read[_OUTSIDE], metadata[_SALT]) != metadata[_OUTSIDE]:
            causes = (*causes, "variables, or files outside of the app, changed")
        return causes

    def _outside_digest(self, paths: Collection[str], salt: str) -> str:
        """Return one digest of variables and files, with their secrets: salted, and slow to guess.

        It isn't the same in two builds from nothing, and so never gets into an image.
        """
        env = django_env(
            self.django, self.files.directory, self.record.versions if self.record else {}
        )
        variables = env.apply(Scope.LAUNCH, self.environment)
        counted = {name: variables[name] for name in variables if can_be_read(name)}
        value = digest_of([counted, {path: _digest(Path(path)) for path in paths}])
        return hashlib.pbkdf2_hmac("sha256", value.encode(), salt.encode(), _ROUNDS).hex()


def inspect_static_layer(
    layers: Layers, files: AppFiles, django: DjangoApp, environment: Mapping[str, str]
) -> StaticLayer:
    """Return what the last build has collected, before this one adds anything to the app.

    Args:
        environment: for the programs of the build, the environment's own first on PATH.
    """
    state = layers.read(venv.NAME)
    record = parse_venv_record(state.metadata) if isinstance(state, Restored) else None
    static = StaticLayer(layers, files, django, names_digest(files.root), environment, record)
    return static.judged() if record is not None else static


def provide_static_files(
    static: StaticLayer, python: Path, environment: Mapping[str, str], output: Output
) -> bool:
    """Collect static files, or take them from the last build.

    Returns:
        Whether each build has to collect them, as not all that collectstatic reads is known.

    Raises:
        UserError: the files could not be collected.
    """
    if static.is_current:
        reused(output, NAME, "Unchanged: taken from the previous build")
        static.restore()
        return False
    from python_buildpack.post_install.django_static import collect_static_files

    discarded(output, NAME, "static files", static.judgement.causes)
    before = static.begin()
    collect_static_files(
        static.files, static.django, python, environment, output, static.trace_file
    )
    unseen = static.finish(before)
    if unseen is not None:
        output.line(f"Each build runs collectstatic: {printable(unseen)}")
    return unseen is not None


def _read_trace(path: Path) -> Trace:
    try:
        trace = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Trace({}, "it ends in a way that can't be watched")
    return Trace(trace["read"], trace["unseen"])


def _digest(path: Path) -> str | None:
    """Return the SHA-256 of a file; None if it isn't one, or can't be read."""
    try:
        return sha256_of(path) if path.is_file() else None
    except OSError:
        return None


def _is_aged(path: Path) -> bool:
    """Return whether the program has only made a file older, and not written to it."""
    return path.is_file() and path.lstat().st_mtime_ns == 0


def _is_kept(path: Path, *, is_new: bool) -> bool:
    """Return whether a copy has all of a file, or of a new directory."""
    return not path.is_symlink() and (path.is_file() or (is_new and path.is_dir()))


def _copy(paths: Iterable[str], source: Path, target: Path) -> None:
    """Copy files, and make directories that aren't there; paths are relative."""
    for path in sorted(paths):
        original, copy = source / path, target / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        if original.is_file():
            copy.unlink(missing_ok=True)
            shutil.copy2(original, copy)
        elif not copy.exists():
            copy.mkdir()
            shutil.copymode(original, copy)
