"""The ``pack`` program: builders and builds in a container engine."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.container_engine import ContainerEngine
from tools.errors import ToolError
from tools.run_image import host_target


@dataclass(frozen=True)
class Volume:
    """A directory of this machine that a build sees, read-only."""

    source: Path
    target: str


@dataclass(frozen=True)
class Pack:
    """``pack`` with an engine.

    Attributes:
        executable: the program.
        engine: where images are built, and where they end up.
        home: pack's own settings; None leaves the user's.
        pull: whether images may be pulled from a registry.
        arch: of the images that are made, as Go calls it.
    """

    executable: Path
    engine: ContainerEngine
    home: Path | None = None
    pull: bool = False
    arch: str = field(default_factory=lambda: host_target().architecture)

    def create_builder(self, name: str, config: Path) -> str:
        """Make the builder image ``name`` from a ``builder.toml``; return what pack printed.

        Raises:
            ToolError: pack fails; the text is what it printed.
        """
        return self._run(["builder", "create", name, "--config", str(config)])

    def build(
        self,
        image: str,
        app: Path,
        builder: str,
        *,
        buildpacks: Sequence[Path] = (),
        env: Mapping[str, str] | None = None,
        volumes: Sequence[Volume] = (),
    ) -> str:
        """Build the app in the directory ``app`` as ``image``; return what pack printed.

        Args:
            image: its registry needs a dot: pack takes others for Docker Hub's.
            app: copied by pack.
            builder: an image.
            buildpacks: directories or ``.cnb`` files, in the place of the builder's order.
            env: variables of the build.
            volumes: mounted into the build's containers.

        Raises:
            ToolError: the build fails; the text is what pack printed.
        """
        arguments = ["build", image, "--path", str(app), "--builder", builder]
        arguments += ["--platform", f"linux/{self.arch}"]
        # An untrusted builder would need the lifecycle's own image, from Docker Hub.
        arguments += ["--trust-builder", "--trust-extra-buildpacks"]
        arguments += ["--network", "host", "--docker-host", "inherit"]
        for buildpack in buildpacks:
            arguments += ["--buildpack", str(buildpack)]
        for name, value in (env or {}).items():
            arguments += ["--env", f"{name}={value}"]
        for volume in volumes:
            arguments += ["--volume", f"{volume.source}:{volume.target}:ro"]
        return self._run(arguments)

    def _run(self, arguments: Sequence[str]) -> str:
        policy = "if-not-present" if self.pull else "never"
        environment = {**os.environ, "DOCKER_HOST": self.engine.docker_host}
        if self.home is not None:
            environment |= {"PACK_HOME": str(self.home), "PACK_VOLUME_KEY": "python-buildpack"}
        command = [str(self.executable), *arguments, "--pull-policy", policy, "--no-color"]
        result = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if result.returncode != 0:
            raise ToolError(f"pack {arguments[0]} failed:\n{result.stdout}")
        return result.stdout


def builder_config(source: Path, values: Mapping[str, str]) -> str:
    """Return the text of a ``builder.toml`` with other values than those of the file ``source``.

    https://buildpacks.io/docs/reference/config/builder-config/

    Args:
        source: one of builder/.
        values: of ``build`` and ``run.images``, names of images; of ``lifecycle`` and ``buildpacks``, URIs.

    Raises:
        ToolError: ``source`` has no such table.
    """
    text = source.read_text("utf-8")
    for table, value in values.items():
        key = "image" if table in {"build", "run.images"} else "uri"
        first = re.compile(rf'(?m)^(\[+{re.escape(table)}\]+\n)\w+ = ".*"$')
        if first.search(text) is None:
            raise ToolError(f"{source} has no table {table} with one value.")
        text = first.sub(rf'\g<1>{key} = "{value}"', text)
    return text
