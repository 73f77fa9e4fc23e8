"""``launch.toml``: the image's processes and labels.

https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#launchtoml-toml
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from python_buildpack.cnb.toml_writer import TomlTable, TomlValue, write_toml

_PROCESS_TYPE = re.compile(r"[A-Za-z0-9._-]+")


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
        working_dir: an absolute path; "" for the app's.
    """

    type: str
    command: tuple[str, ...]
    default: bool = False
    working_dir: str = ""

    def __post_init__(self) -> None:
        # No relative path either: the launcher looks for files under that name.
        if not _PROCESS_TYPE.fullmatch(self.type) or self.type in (".", ".."):
            raise ValueError(f"Invalid process type: {self.type!r}")
        # The lifecycle builds and exports such a process; only the launcher refuses it.
        if not self.command:
            raise ValueError(f"Process {self.type} has no command")


@dataclass(frozen=True)
class Launch:
    """The whole of ``launch.toml``."""

    labels: tuple[Label, ...] = ()
    processes: tuple[Process, ...] = ()

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
        return write_toml(document)


def _process_table(process: Process) -> TomlTable:
    # A `direct` key is an error since Buildpack API 0.9, and so is a command that isn't an array.
    table: dict[str, TomlValue] = {"type": process.type, "command": process.command}
    if process.default:
        table["default"] = True
    if process.working_dir:
        table["working-dir"] = process.working_dir
    return table
