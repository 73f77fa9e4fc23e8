"""Running the lifecycle's creator with a clock and an eye on memory."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bench.phase_seconds import TimedLine
from tools.bench.process_memory import watched_memory
from tools.bench.put_away import put_away
from tools.errors import ToolError
from tools.lifecycle_build import Buildpack, Workspace

_SHOWN_LINES = 40


@dataclass(frozen=True)
class Creation:
    """What the creator did.

    Attributes:
        lines: everything it printed, and when.
        started: on the clock of ``lines``, in seconds.
        ended: on the same clock.
        own_peak_bytes: memory of the buildpack's own process in the build phase.
        tree_peak_bytes: memory of it and what it starts, together.
    """

    lines: tuple[TimedLine, ...]
    started: float
    ended: float
    own_peak_bytes: int
    tree_peak_bytes: int

    @property
    def log(self) -> str:
        """What was printed."""
        return "".join(f"{line.text}\n" for line in self.lines)


class BenchWorkspace(Workspace):
    """A workspace whose builds are measured."""

    @classmethod
    def open(cls, root: Path, lifecycle: Path, buildpack: Buildpack) -> BenchWorkspace:
        """Set up ``root`` for one buildpack; see ``Workspace.create``."""
        made = Workspace.create(root, lifecycle, [buildpack])
        return cls(made.root, made.lifecycle, made.buildpacks, made.uid, made.gid)

    def run_creator(
        self, app: Path, env: Mapping[str, str], target_arguments: Sequence[str]
    ) -> Creation:
        """Build the app in the directory ``app``; the original stays as it is.

        Args:
            app: what is built.
            env: the user's environment variables.
            target_arguments: of the creator: where image and cache are.

        Raises:
            ToolError: the build fails; the text has the end of its log.
        """
        self._prepare(app, env)
        lines: list[TimedLine] = []
        started = time.monotonic()
        with self._start_creator(target_arguments) as process:
            output = process.stdout or ()
            with watched_memory(process.pid, is_own_build) as peaks:
                lines.extend(TimedLine(line.rstrip("\n"), time.monotonic()) for line in output)
                exit_code = process.wait()
                ended = time.monotonic()
        if exit_code != 0:
            end = "\n".join(line.text for line in lines[-_SHOWN_LINES:])
            raise ToolError(f"The build failed with {exit_code}:\n{end}")
        return Creation(tuple(lines), started, ended, peaks.own_bytes, peaks.tree_bytes)

    def _clear(self, directory: Path) -> None:
        put_away(directory)

    def _start_creator(self, target_arguments: Sequence[str]) -> subprocess.Popen[str]:
        command = [
            *(str(self.lifecycle / "creator"), "-launcher", str(self.lifecycle / "launcher")),
            *("-uid", str(self.uid), "-gid", str(self.gid)),
            *("-order", str(self.root / "order.toml"), *self._directories(), *target_arguments),
        ]
        return subprocess.Popen(
            command,
            cwd=self.root,
            # No passwords: without this, the creator looks for some in files of the user's.
            env={**self._environment(), "CNB_REGISTRY_AUTH": "{}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            umask=0o022,
        )


def is_own_build(command_line: Sequence[str]) -> bool:
    """Return whether it is the command line that bin/build ends up as."""
    return list(command_line[-1:]) == ["build"] and any(
        argument.endswith("/python_buildpack/__main__.py") for argument in command_line
    )
