"""Reading service bindings: a directory for each, its entries the files in it.

https://servicebinding.io/spec/core/1.1.0/#workload-projection
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from python_buildpack.system.errors import UserError

_TYPE = "type"
_ABOUT_THE_BINDING = frozenset({_TYPE, "provider"})
# How platforms mounted bindings before there was a specification: files in "metadata" and "secret".
_LEGACY = "metadata"


@dataclass(eq=False)
class UnreadableBindingError(UserError):
    """A file or directory of a binding can't be read."""

    path: str
    problem: str


@dataclass(eq=False)
class BindingWithoutTypeError(UserError):
    """A binding's directory has no file ``type``, or an empty one."""

    path: str


@dataclass(eq=False)
class MissingEntryError(UserError):
    """A binding has none of the entries that its type wants.

    Attributes:
        expected: names of entries, one of which would do.
    """

    name: str
    type: str
    expected: tuple[str, ...]


@dataclass(eq=False)
class InvalidEntryError(UserError):
    """An entry of a binding isn't what its type wants; ``problem`` never quotes it."""

    name: str
    type: str
    entry: str
    problem: str


@dataclass(eq=False)
class DuplicateBindingsError(UserError):
    """There are several bindings of a type of which a build can use one."""

    type: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Binding:
    """A binding, its entries not read yet.

    Attributes:
        name: its directory's.
        type: lower-case.
        directory: holds the entries.
        entries: names of files, sorted, without ``type`` and ``provider``.
    """

    name: str
    type: str
    directory: Path
    # Not in the representation: names of entries are as private as the platform wants them.
    entries: tuple[str, ...] = field(repr=False)

    def find(self, *names: str) -> Path | None:
        """Return the path of the first of ``names`` that is an entry; None if none is."""
        return next((self.directory / name for name in names if name in self.entries), None)

    def require(self, *names: str) -> Path:
        """Return the path of the first of ``names`` that is an entry.

        Raises:
            MissingEntryError: none is.
        """
        path = self.find(*names)
        if path is None:
            raise MissingEntryError(self.name, self.type, names)
        return path

    def text(self, path: Path) -> str:
        """Return the text of the entry at ``path``.

        Raises:
            UnreadableBindingError: it can't be read.
            InvalidEntryError: it isn't text.
        """
        try:
            return _read(path)
        except UnicodeDecodeError:
            raise self.invalid(path, "is not UTF-8 text") from None

    def invalid(self, path: Path, problem: str) -> InvalidEntryError:
        """Return the error for a wrong entry."""
        return InvalidEntryError(self.name, self.type, path.name, problem)


def read_bindings(root: Path) -> tuple[Binding, ...]:
    """Return the bindings in ``root``, of whatever type, sorted by name.

    Raises:
        UnreadableBindingError: a directory or a file ``type`` can't be read.
        BindingWithoutTypeError: a binding has no type.
    """
    return tuple(_bindings(root))


def _bindings(root: Path) -> Iterator[Binding]:
    for directory in _visible(root):
        if not directory.is_dir() or (directory / _LEGACY).is_dir():
            continue
        names = [path.name for path in _visible(directory) if not path.is_dir()]
        kind = _about(directory, _TYPE)
        if not kind:
            raise BindingWithoutTypeError(str(directory))
        yield Binding(
            name=directory.name,
            type=kind.lower(),
            directory=directory,
            entries=tuple(name for name in names if name not in _ABOUT_THE_BINDING),
        )


def _visible(directory: Path) -> list[Path]:
    """Return the paths in ``directory``, sorted, without what Kubernetes keeps its links to."""
    try:
        # Kubernetes mounts "entry" as a link to "..data/entry", and "..data" as one to a directory.
        return sorted(path for path in directory.iterdir() if not path.name.startswith(".."))
    except OSError as error:
        raise _unreadable(directory, error) from None


def _about(directory: Path, name: str) -> str | None:
    path = directory / name
    try:
        return _read(path).strip() or None if path.exists() else None
    except UnicodeDecodeError:
        return None


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> UnreadableBindingError:
    return UnreadableBindingError(str(path), error.strerror or type(error).__name__)
