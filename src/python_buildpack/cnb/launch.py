"""``launch.toml``: the image's processes, labels and slices.

https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#launchtoml-toml
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from python_buildpack.cnb.toml_writer import TomlTable, TomlValue, write_toml

_PROCESS_TYPE = re.compile(r"[A-Za-z0-9._-]+")


def require_process_type(process_type: str) -> None:
    """Check the name of a process.

    Raises:
        ValueError: it has other characters than letters, digits, ``.``, ``_`` and ``-``, or would
            be a relative path, since the launcher looks for files under that name.
    """
    if not _PROCESS_TYPE.fullmatch(process_type) or process_type in (".", ".."):
        raise ValueError(f"Invalid process type: {process_type!r}")


@dataclass(frozen=True)
class Label:
    """A label of the image."""

    key: str
    value: str


@dataclass(frozen=True)
class Process:
    """A process that the image can start, always without a shell.

    Attributes:
        type: its name, such as ``web``.
        command: the program and the arguments that always stay.
        args: further arguments; those that a user gives when starting the image replace them.
        default: whether the image starts it where no other is named.
        working_dir: None for the app's directory.
    """

    type: str
    command: tuple[str, ...]
    args: tuple[str, ...] = ()
    default: bool = False
    working_dir: str | None = None

    def __post_init__(self) -> None:
        require_process_type(self.type)
        # The lifecycle builds and exports such a process; only the launcher refuses it.
        if not self.command:
            raise ValueError(f"Process {self.type} has no command")


@dataclass(frozen=True)
class Slice:
    """Files of the app that become a layer of their own.

    Attributes:
        paths: patterns relative to the app's directory, as Go's ``filepath.Match`` knows them.
    """

    paths: tuple[str, ...]


@dataclass(frozen=True)
class Launch:
    """The whole of ``launch.toml``."""

    labels: tuple[Label, ...] = ()
    processes: tuple[Process, ...] = ()
    slices: tuple[Slice, ...] = ()

    def __post_init__(self) -> None:
        defaults = [process.type for process in self.processes if process.default]
        if len(defaults) > 1:
            raise ValueError(f"More than one default process: {', '.join(defaults)}")

    def to_toml(self) -> str:
        """Return the document that goes to ``<layers>/launch.toml``."""
        document: dict[str, TomlValue] = {}
        if self.labels:
            document["labels"] = [{"key": label.key, "value": label.value} for label in self.labels]
        if self.processes:
            document["processes"] = [_process_table(process) for process in self.processes]
        if self.slices:
            document["slices"] = [{"paths": part.paths} for part in self.slices]
        return write_toml(document)


def _process_table(process: Process) -> TomlTable:
    # A `direct` key is an error since Buildpack API 0.9, and so is a command that is no array.
    table: dict[str, TomlValue] = {"type": process.type, "command": process.command}
    if process.args:
        table["args"] = process.args
    if process.default:
        table["default"] = True
    if process.working_dir is not None:
        table["working-dir"] = process.working_dir
    return table
