"""A build in phases, as Tekton and kpack do it: unprivileged containers, registry and cache image."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.e2e.builds import EXAMPLE, Builds, page_of
from tests.e2e.phases import TaskRun
from tools.base_images import BaseImages
from tools.bench.counting_proxy import CountingProxy, counting_proxy
from tools.container_engine import ContainerEngine
from tools.pack import Pack
from tools.podman_service import Podman
from tools.prepared_buildpack import PreparedBuildpack

USER = 1001
# Manifests, configs and headers; a layer is megabytes.
NEXT_TO_NOTHING = 500_000


@dataclass(frozen=True)
class Cluster:
    """What outlives a run of the task: the registry, and a directory for what runs leave behind."""

    proxy: CountingProxy
    task: TaskRun
    directory: Path

    @property
    def image(self) -> str:
        return self.task.params["image"]

    def build(self, name: str) -> str:
        """Run the task on volumes of its own, as each run has."""
        volumes = {each: self.directory / name / each for each in ("layers", "platform-env")}
        source = self.directory / name / "source"
        shutil.copytree(EXAMPLE, source)
        # Of a new volume, and of pack's.
        source.chmod(0o777)
        for directory in volumes.values():
            directory.mkdir()
        inventory = volumes["platform-env"] / "BP_PYTHON_INVENTORY"
        inventory.write_text("/runtimes/inventory.toml")
        for path in [source, *source.rglob("*"), *volumes.values(), inventory]:
            os.chown(path, USER, USER)
        workspaces = {**self.task.workspaces, "source": source}
        volumes |= self.task.volumes
        return replace(self.task, volumes=volumes, workspaces=workspaces).run()

    def pull(self) -> None:
        podman = self.task.podman
        command = podman.command("pull", "--quiet", "--tls-verify=false", self.image)
        subprocess.run(command, env=podman.environment(), capture_output=True, check=True)


@pytest.fixture(scope="module")
def cluster(
    podman: Podman,
    images: BaseImages,
    builder: str,
    prepared: PreparedBuildpack,
    registry_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cluster]:
    assert prepared.runtimes_dir is not None
    directory = tmp_path_factory.mktemp("cluster")
    # Secrets are mounted so that whoever runs the step can read them.
    for path in [directory, *directory.parents][:3]:
        path.chmod(0o755)
    with counting_proxy(registry_port) as proxy:
        host = f"127.0.0.1:{proxy.port}"
        push = podman.command("push", "--quiet", "--tls-verify=false", images.run, f"{host}/run:1")
        subprocess.run(push, env=podman.environment(), capture_output=True, check=True)
        task = TaskRun(
            podman,
            params={
                "image": f"{host}/team/app:latest",
                "cache-image": f"{host}/team/app:cache",
                "builder": builder,
                "python-version": prepared.versions[0],
            },
            workspaces={
                "index": secret(
                    directory / "index",
                    {"type": "pip", "pip.conf": "[global]\ntimeout = 31\n"},
                ),
            },
            volumes={"registry": secret(directory / "registry", {"config.json": "{}"})},
            extra_mounts={"/runtimes": prepared.runtimes_dir},
            run_image=f"{host}/run:1",
        )
        yield Cluster(proxy, task, directory)


def secret(directory: Path, files: dict[str, str]) -> Path:
    """Make a directory as Kubernetes mounts a Secret: links to links."""
    data = directory / "..2026_11_28"
    data.mkdir(parents=True)
    (directory / "..data").symlink_to(data.name)
    for name, text in files.items():
        (data / name).write_text(text)
        (directory / name).symlink_to(f"..data/{name}")
    return directory


def test_phases_give_the_layers_of_pack_and_a_rebuild_moves_nothing(
    cluster: Cluster, pack: Pack, prepared: PreparedBuildpack, builder: str
) -> None:
    log = cluster.build("first")
    assert "Using index, a binding of type pip" in log
    cluster.pull()
    engine = cluster.task.podman.engine
    page = page_of(engine, cluster.image)
    assert page == f"Hello from Flask 3.1.3 on Python {prepared.versions[0]}!\n"
    built = layers_of(engine, cluster.image)

    before = cluster.proxy.traffic
    log = cluster.build("second")
    moved = cluster.proxy.traffic.since(before)
    assert "Unchanged, and all pinned" in log
    assert moved.sent + moved.received < NEXT_TO_NOTHING
    digest = (cluster.directory / "second" / "layers" / "digest").read_text()
    assert digest.startswith("sha256:")

    Builds(pack, prepared, builder).build("cnb.local/flask-at-once")
    assert layers_of(engine, "cnb.local/flask-at-once") == built


def layers_of(engine: ContainerEngine, image: str) -> dict[str, str]:
    """Return the diffID of each layer that the lifecycle has made, by what it is."""
    labels = engine.inspect_image(image)["Config"]["Labels"]
    metadata = json.loads(labels["io.buildpacks.lifecycle.metadata"])
    (buildpack,) = metadata["buildpacks"]
    alone = ("config", "launcher", "process-types", "sbom")
    return {
        **{name: layer["sha"] for name, layer in buildpack["layers"].items()},
        **{name: metadata[name]["sha"] for name in alone if name in metadata},
        "app": " ".join(layer["sha"] for layer in metadata["app"]),
    }
