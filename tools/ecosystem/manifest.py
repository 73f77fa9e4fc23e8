"""The apps of the ecosystem check: facts about each, never its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli

from tools.errors import ToolError

# Of an app that can't start without a database, say, and says so.
ENDS = 0


@dataclass(frozen=True)
class App:
    """A public app, and what is expected of it.

    Attributes:
        name: owner and repository.
        commit: the full hash.
        directory: in the repository; "" for its root.
        kind: package manager and framework, for the table.
        process: the type that is started; "" where the image is to have none.
        command: a part of its command.
        path: what is requested; "" for a process that serves no pages.
        port: that it listens on, where it doesn't read PORT; 0 for PORT.
        status: that is expected of the answer; ``ENDS`` where the app ends for lack of a service.
        env: of the build and the app, such as the URL of a database.
        note: why it doesn't work, where that is known.
    """

    name: str
    commit: str
    kind: str
    process: str = "web"
    command: str = ""
    directory: str = ""
    path: str = "/"
    port: int = 0
    status: int = 200
    env: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def title(self) -> str:
        """Its name, with its directory."""
        return f"{self.name}/{self.directory}".rstrip("/")

    @property
    def url(self) -> str:
        """Where the repository is."""
        return f"https://github.com/{self.name}"


def read_manifest(file: Path) -> tuple[App, ...]:
    """Read the apps.

    Raises:
        ToolError: an entry has a key too many or too few.
    """
    document: dict[str, list[dict[str, Any]]] = tomli.loads(file.read_text(encoding="utf-8"))
    try:
        return tuple(App(**entry) for entry in document["apps"])
    except TypeError as error:
        raise ToolError(f"{file}: {error}") from error
