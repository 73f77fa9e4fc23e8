"""bin/build alone, as the lifecycle starts it: a build takes a second, and starts on what is there."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.integration.apps import write_app
from tools.run_image import host_target

T = TypeVar("T")

IS_ROOT = os.geteuid() == 0
# FAULTS=all in the environment: whatever can fail does, in each way, which takes long; FAULTS=2/3 is
# the second third of it, so that it can be done side by side.
_FAULTS = os.environ.get("FAULTS", "")
TRIES_ALL = _FAULTS != ""
# Of nobody here, as the user of a container may be.
UNKNOWN_UID = 12345
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MADE = ("app", "home", "layers", "platform", "tmp")


def own_part(of_all: Iterable[T]) -> list[T]:
    """Return what is to be tried of all that can fail, where it is done side by side."""
    part, _, parts = _FAULTS.partition("/")
    return [*of_all][int(part) - 1 :: int(parts)] if parts else [*of_all]


@dataclass(frozen=True)
class DirectBuild:
    """Directories for builds of one app, by a user that has no name.

    Attributes:
        root: a directory that every user can enter.
        buildpack: the packaged buildpack.
        files: the app, by path.
        env: variables of every build.
        wrapper: a command that is to start bin/build, with it as arguments.
    """

    root: Path
    buildpack: Path
    files: Mapping[str, str | bytes]
    env: Mapping[str, str] = field(default_factory=dict)
    wrapper: tuple[str, ...] = ()

    @property
    def app_dir(self) -> Path:
        """The app."""
        return self.root / "app"

    @property
    def layers_dir(self) -> Path:
        """What the last build left."""
        return self.root / "layers"

    @property
    def temporary_dir(self) -> Path:
        """TMPDIR."""
        return self.root / "tmp"

    def prepare(self, layers: Path | None = None) -> None:
        """Lay everything out as a container has it in which nothing was built yet.

        Args:
            layers: what the layers directory is to be a copy of; else, it is empty.
        """
        for name in _MADE:
            shutil.rmtree(self.root / name, ignore_errors=True)
        write_app(self.app_dir, self.files)
        if layers:
            shutil.copytree(layers, self.layers_dir, symlinks=True)
        for name in _MADE:
            (self.root / name).mkdir(exist_ok=True)
        (self.root / "plan.toml").write_text('[[entries]]\nname = "python"\n', encoding="utf-8")
        self.give_away()

    def give_away(self) -> None:
        """Make all that is there the build's user's."""
        if not IS_ROOT:
            return
        for name in _MADE:
            for path in (self.root / name, *(self.root / name).rglob("*")):
                os.chown(path, UNKNOWN_UID, UNKNOWN_UID, follow_symlinks=False)

    def run(
        self, env: Mapping[str, str | None] | None = None, *, phase: str = "build"
    ) -> subprocess.CompletedProcess[str]:
        """Run bin/build, or bin/detect, on what is there; both outputs are in stdout.

        Args:
            env: further variables; None for one that is to be unset.
            phase: which of the two.
        """
        variables = {**self.variables, **(env or {})}
        # Who wraps it has work to do as root, and becomes the build's user itself.
        is_given_away = IS_ROOT and not self.wrapper
        return subprocess.run(
            [*self.wrapper, str(self.buildpack / "bin" / phase)],
            cwd=self.app_dir,
            env={name: value for name, value in variables.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            umask=0o022,
            user=UNKNOWN_UID if is_given_away else None,
            group=UNKNOWN_UID if is_given_away else None,
            extra_groups=[] if is_given_away else None,
            timeout=120,
        )

    def left(self) -> dict[str, str]:
        """Return a digest of all that is in the layers directory: path → digest."""
        return tree_digests(self.layers_dir)

    @property
    def variables(self) -> dict[str, str]:
        """The environment of every build."""
        return {
            "PATH": _PATH,
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.temporary_dir),
            "CNB_BUILDPACK_DIR": str(self.buildpack),
            "CNB_PLATFORM_DIR": str(self.root / "platform"),
            "CNB_LAYERS_DIR": str(self.layers_dir),
            "CNB_BP_PLAN_PATH": str(self.root / "plan.toml"),
            "CNB_BUILD_PLAN_PATH": str(self.root / "tmp" / "build-plan.toml"),
            "CNB_TARGET_OS": "linux",
            "CNB_TARGET_ARCH": host_target().architecture,
            **self.env,
        }


def tree_digests(directory: Path) -> dict[str, str]:
    """Return what counts of each file below ``directory``: type, mode, and contents or target."""
    return {str(path.relative_to(directory)): _digest(path) for path in directory.rglob("*")}


def _digest(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"link to {path.readlink()}"
    if stat.S_ISDIR(mode):
        return f"directory {stat.S_IMODE(mode):o}"
    return f"{stat.S_IMODE(mode):o} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def assert_same_tree(expected: Mapping[str, str], found: Mapping[str, str], note: str = "") -> None:
    """Fail with the names of what differs."""
    names = [name for name in {*expected, *found} if expected.get(name) != found.get(name)]
    shown = "\n".join(
        f"{name}: {expected.get(name, 'missing')} became {found.get(name, 'missing')}"
        for name in sorted(names)[:20]
    )
    assert names == [], f"{len(names)} differ:\n{shown}\n{note}"


def problem_of_failure(result: subprocess.CompletedProcess[str]) -> str | None:
    """Return what is wrong with how a build that failed tells why; None if nothing is."""
    log = result.stdout
    heading = log.rpartition("\nError: ")[2].splitlines()
    if "\nError: " not in log or not any(line.strip() for line in heading[1:]):
        return "no message with a heading and a body"
    if "\nTraceback" in log or log.startswith("Traceback"):
        return "a traceback"
    if "A bug in the buildpack" in log:
        return "called a bug of the buildpack"
    return None
