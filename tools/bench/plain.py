"""What builds are compared with: the same work by plain pip and uv, with the same Python."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bench.put_away import put_away
from tools.bench.results import PlainSample
from tools.bench.timed_command import run_command, timed_command

VENV = "python -m venv --without-pip"
PIP_COLD = "pip install -r, cold"
PIP_WARM = "pip install -r, warm"
DRY_RUN = "pip install --dry-run"
UNPACK_PYTHON = "tar -xzf of Python's archive"
UV_COLD = "uv pip sync, cold"
UV_WARM = "uv pip sync, warm"
UV_NO_CHANGE = "uv pip sync, no change"
PLAIN_WORK = (
    *(UNPACK_PYTHON, VENV, PIP_COLD, PIP_WARM, DRY_RUN),
    *(UV_COLD, UV_WARM, UV_NO_CHANGE),
)


@dataclass(frozen=True)
class PlainTools:
    """What the work is done with.

    Attributes:
        python: the interpreter.
        archive: which it was unpacked from.
        pip_wheel: the pip that the buildpack bundles.
        uv: the program.
        index_url: the index that the builds use, too.
        work_dir: an existing directory; everything is written there.
    """

    python: Path
    archive: Path
    pip_wheel: Path
    uv: Path
    index_url: str
    work_dir: Path


class PlainWork:
    """The same work on one app, any number of times."""

    def __init__(self, tools: PlainTools, locked: Path, unpinned: Path) -> None:
        """Fill the caches that the warm work uses.

        Args:
            tools: what to work with.
            locked: requirements, all of them pinned.
            unpinned: the app's own.
        """
        self._tools = tools
        self._locked = locked
        self._unpinned = unpinned
        self._work: Mapping[str, Callable[[int], tuple[PlainSample, ...]]] = {
            PIP_COLD: lambda run: self._pip_install(PIP_COLD, run, ("--no-cache-dir",)),
            PIP_WARM: lambda run: self._pip_install(PIP_WARM, run, ()),
            DRY_RUN: self._dry_run,
            UNPACK_PYTHON: self._unpack_python,
            UV_COLD: lambda run: self._uv_sync(UV_COLD, run, ("--no-cache",)),
            UV_WARM: lambda run: self._uv_sync(UV_WARM, run, ()),
        }

    def fill_caches(self) -> None:
        """Do the work that is measured warm once, unmeasured."""
        self.measure(PIP_WARM, 0)
        self.measure(UV_WARM, 0)

    def measure(self, work: str, run: int) -> tuple[PlainSample, ...]:
        """Do one of PLAIN_WORK and return how long it took, and what is a part of it.

        Raises:
            ToolError: it failed.
        """
        for name in ("venv", "unpacked"):
            put_away(self._tools.work_dir / name)
        return self._work[work](run)

    @property
    def _venv(self) -> Path:
        return self._tools.work_dir / "venv"

    @property
    def _pip(self) -> list[str]:
        return [str(self._venv / "bin" / "python"), "-m", "pip"]

    def _make_venv(self, run: int) -> PlainSample:
        command = [str(self._tools.python), "-m", "venv", "--without-pip", str(self._venv)]
        sample = self._timed(VENV, run, command)
        # Of the same version as in our builds; unmeasured. Runtimes out of Go modules have no
        # ensurepip, but a wheel of pip runs as it is.
        wheel = str(self._tools.pip_wheel)
        install = [f"{wheel}/pip", "install", "--quiet", "--no-index", "--no-deps", wheel]
        self._run([self._pip[0], *install])
        return sample

    def _pip_install(self, work: str, run: int, options: Sequence[str]) -> tuple[PlainSample, ...]:
        venv = self._make_venv(run)
        command = [*self._pip, "install", *options, "-r", str(self._locked)]
        return (venv, self._timed(work, run, command))

    def _dry_run(self, run: int) -> tuple[PlainSample, ...]:
        self._make_venv(run)
        report = self._tools.work_dir / "report.json"
        command = [*self._pip, "install", "--dry-run", "--ignore-installed", "--no-cache-dir"]
        command += ["--quiet", "--report", str(report), "-r", str(self._unpinned)]
        return (self._timed(DRY_RUN, run, command),)

    def _unpack_python(self, run: int) -> tuple[PlainSample, ...]:
        unpacked = self._tools.work_dir / "unpacked"
        unpacked.mkdir()
        command = ["tar", "-xzf", str(self._tools.archive), "-C", str(unpacked)]
        return (self._timed(UNPACK_PYTHON, run, command),)

    def _uv_sync(self, work: str, run: int, options: Sequence[str]) -> tuple[PlainSample, ...]:
        self._run([str(self._tools.python), "-m", "venv", "--without-pip", str(self._venv)])
        command = [str(self._tools.uv), "pip", "sync", "--python", str(self._venv / "bin/python")]
        # The same work as pip's and ours: bytecode, and files that belong to the environment.
        command += ["--compile-bytecode", "--link-mode", "copy", *options, str(self._locked)]
        synced = self._timed(work, run, command)
        return (synced, self._timed(UV_NO_CHANGE, run, command)) if not options else (synced,)

    def _timed(self, work: str, run: int, command: Sequence[str]) -> PlainSample:
        seconds = timed_command(command, self._tools.work_dir, self._environment())
        return PlainSample(work, run, seconds)

    def _run(self, command: Sequence[str]) -> None:
        run_command(command, self._tools.work_dir, self._environment())

    def _environment(self) -> dict[str, str]:
        # Nothing of the user's: an index, a cache or wheels of theirs would be other work.
        work_dir = self._tools.work_dir
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(work_dir),
            "LANG": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": self._tools.index_url,
            "PIP_CACHE_DIR": str(work_dir / "pip-cache"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            "UV_DEFAULT_INDEX": self._tools.index_url,
            "UV_CACHE_DIR": str(work_dir / "uv-cache"),
            "UV_NO_CONFIG": "1",
        }
