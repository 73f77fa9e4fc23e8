"""A podman of the tests' own: its storage, its settings and its socket in one directory.

Nothing of what is on the machine is touched, and nothing stays. It needs root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.container_engine import ContainerEngine
from tools.errors import ToolError

REQUIRED_PROGRAMS = ("podman", "runc")
_START_SECONDS = 20.0
# What it takes in virtual machines without CAP_SYS_RESOURCE, a network of containers, or a
# unified cgroup hierarchy, which crun, podman's default, insists on.
# https://github.com/containers/common/blob/v0.50.1/docs/containers.conf.5.md
_SETTINGS = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
cgroups = "enabled"
netns = "host"
pids_limit = 0
seccomp_profile = "unconfined"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


@dataclass(frozen=True)
class Podman:
    """The podman whose storage is in ``directory``."""

    directory: Path
    storage_driver: str

    @property
    def engine(self) -> ContainerEngine:
        """Its Docker API, while ``running_podman`` keeps it up."""
        return ContainerEngine(self.directory / "podman.sock")

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of podman with ``arguments``."""
        store, run = self.directory / "store", self.directory / "run"
        prefix = ["podman", "--root", str(store), "--runroot", str(run)]
        return [*prefix, "--storage-driver", self.storage_driver, *arguments]

    def environment(self) -> dict[str, str]:
        """Return the environment that podman has to be run in."""
        return {**os.environ, "CONTAINERS_CONF": str(self.directory / "containers.conf")}

    def import_image(self, archive: Path, name: str, arch: str, changes: Sequence[str]) -> None:
        """Make an image of one layer from the tar file ``archive``.

        Args:
            archive: a root file system.
            name: of the image, with its tag.
            arch: of its programs, such as ``arm64``.
            changes: lines of a Dockerfile, such as ``USER 1001:1001``.
        """
        options = [option for change in changes for option in ("--change", change)]
        command = self.command("import", "--quiet", f"--arch={arch}", *options, str(archive), name)
        result = subprocess.run(
            command, env=self.environment(), capture_output=True, text=True, check=False
        )
        if result.returncode != 0:
            raise ToolError(f"podman could not import {archive}:\n{result.stderr}")


@contextmanager
def running_podman(directory: Path) -> Iterator[Podman]:
    """Run a podman service with everything in ``directory``; remove all of it at the end.

    Raises:
        ToolError: it does not start; the text is its log.
    """
    (directory / "containers.conf").write_text(_SETTINGS, encoding="utf-8")
    podman = Podman(directory, _storage_driver(directory))
    log_path = directory / "service.log"
    with log_path.open("wb") as log:
        service = subprocess.Popen(
            # Without a timeout of 0, a long silent build would end the service.
            podman.command("system", "service", "--time=0", podman.engine.docker_host),
            env=podman.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(podman.engine, service, log_path)
        yield podman
    finally:
        _remove_containers(podman)
        service.terminate()
        service.wait()
        _remove_storage(directory)


def _storage_driver(directory: Path) -> str:
    """Return ``overlay`` where it works, else ``vfs``, which copies all files for each layer."""
    probe_dir = directory / "probe"
    probe_dir.mkdir()
    probe = Podman(probe_dir, "overlay")
    environment = {**os.environ, "CONTAINERS_CONF": str(directory / "containers.conf")}
    result = subprocess.run(
        probe.command("info", "--format={{.Store.GraphStatus}}"),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    _remove_storage(probe_dir)
    # fuse-overlayfs would be slow, too, but it is never used unless settings ask for it.
    return "overlay" if result.returncode == 0 else "vfs"


def _wait_for(engine: ContainerEngine, service: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not engine.answers():
        if service.poll() is not None or time.monotonic() > deadline:
            raise ToolError(f"podman's service does not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.1)


def _remove_containers(podman: Podman) -> None:
    subprocess.run(
        podman.command("rm", "--all", "--force", "--time=0"),
        env=podman.environment(),
        capture_output=True,
        check=False,
    )


def _remove_storage(directory: Path) -> None:
    # podman leaves its storage bind-mounted onto itself.
    overlay = directory / "store" / "overlay"
    if overlay.is_mount():
        subprocess.run(["umount", str(overlay)], check=False)
    shutil.rmtree(directory, ignore_errors=True)
