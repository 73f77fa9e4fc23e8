"""The files in which a package manager's tool finds its settings and credentials."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ToolConfiguration:
    """Where a tool is told of them; a service binding of the tool's name gives them.

    Attributes:
        variable: names the file, or the directory, that has them.
        files: the file, or those that the directory may have; any of them in a binding.
        is_directory: whether ``variable`` names a directory, to which the tool may write.
    """

    tool: str
    variable: str
    files: tuple[str, ...]
    is_directory: bool = False
