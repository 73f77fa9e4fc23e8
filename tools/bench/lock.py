"""Resolving the benchmark's apps again: what they pin, and the digests of their wheels."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bench.apps import App
from tools.console import say
from tools.environment import pip_environment
from tools.errors import ToolError

_MADE_BY = "scripts/bench --lock"


@dataclass(frozen=True)
class Resolver:
    """Who resolves.

    Attributes:
        python: the interpreter that the apps are for.
        pip_wheel: run as it is.
        uv: which knows the digests of all files of a release.
    """

    python: Path
    pip_wheel: Path
    uv: Path

    def lock(self, app: App, benchmarks: Path) -> None:
        """Write an app's requirements.lock and the pinned wheels of its index.

        Raises:
            ToolError: pip or uv fails.
        """
        say(f"Resolving {app.name}")
        directory = benchmarks / "apps" / app.name
        versions = self._resolve(["-r", str(directory / "requirements.txt")])
        lock = _lines(versions)
        (directory / "requirements.lock").write_text(f"# Written by {_MADE_BY}.\n{lock}", "utf-8")
        changes = dict(self._resolve(["--no-deps", app.added]))
        for name in filter(None, (app.changed, app.large)):
            changes |= self._resolve(["--no-deps", f"{name}<{versions[name]}"])
        wheels = benchmarks / "wheels"
        self._write_hashed(wheels / f"{app.name}.txt", lock)
        self._write_hashed(wheels / f"{app.name}-changes.txt", _lines(changes))

    def lock_pip(self, benchmarks: Path) -> None:
        """Pin the newest pip that is older than the bundled one.

        Raises:
            ToolError: pip or uv fails.
        """
        carried = self.pip_wheel.name.split("-")[1]
        older = self._resolve(["--no-deps", f"pip<{carried}"])
        self._write_hashed(benchmarks / "wheels" / "pip.txt", _lines(older))

    def _resolve(self, requirements: Sequence[str]) -> Mapping[str, str]:
        """Return the versions that pip chooses, by normalised name."""
        with tempfile.TemporaryDirectory() as temporary:
            report = Path(temporary) / "report.json"
            command = [str(self.python), f"{self.pip_wheel}/pip", "install", "--quiet"]
            command += ["--dry-run", "--ignore-installed", "--only-binary=:all:"]
            self._run([*command, "--report", str(report), *requirements], "")
            installed = json.loads(report.read_text("utf-8"))["install"]
        found = {
            item["metadata"]["name"].lower().replace("_", "-").replace(".", "-"): item["metadata"][
                "version"
            ]
            for item in installed
        }
        return dict(sorted(found.items()))

    def _write_hashed(self, file: Path, pins: str) -> None:
        command = [str(self.uv), "pip", "compile", "--quiet", "--no-deps", "--generate-hashes"]
        command += ["--no-header", "--no-annotate", "--python", str(self.python), "-"]
        hashed = self._run(command, pins)
        file.write_text(f"# Written by {_MADE_BY}.\n{hashed}", "utf-8")

    def _run(self, command: Sequence[str], given: str) -> str:
        result = subprocess.run(
            command,
            env=pip_environment(),
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise ToolError(f"{' '.join(command)} failed:\n{result.stderr}")
        return result.stdout


def _lines(versions: Mapping[str, str]) -> str:
    return "".join(f"{name}=={version}\n" for name, version in versions.items())
