from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.builds import BASE_IMAGES_DIR, ROOT, create_builder
from tools.base_images import BaseImages, import_base_images
from tools.bench.local_registry import find_registry_program, running_registry
from tools.lifecycle import ensure_lifecycle_archive, ensure_pack
from tools.pack import Pack
from tools.podman_service import Podman, running_podman
from tools.prepared_buildpack import PreparedBuildpack, prepare_with_local_runtimes
from tools.run_image import host_target
from tools.test_run import why_not_e2e


@pytest.fixture(scope="session")
def podman() -> Iterator[Podman]:
    """A podman of our own, gone at the end."""
    reason = why_not_e2e()
    if reason is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"The e2e tier {reason}.")
        pytest.skip(reason)
    # Not in pytest's directory: a unix socket's path is short.
    directory = Path(tempfile.mkdtemp(prefix="cnb-podman-"))
    with running_podman(directory) as service:
        yield service


@pytest.fixture(scope="session")
def images(podman: Podman) -> BaseImages:
    """The base images for this machine."""
    return import_base_images(podman, BASE_IMAGES_DIR, host_target().architecture)


@pytest.fixture(scope="session")
def pack(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The real pack, on our podman."""
    return Pack(ensure_pack(ROOT), podman.engine, tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="session")
def registry_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a registry on loopback."""
    program = find_registry_program()
    if program is None:
        reason = "needs docker-registry, Debian's package"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with running_registry(program, tmp_path_factory.mktemp("registry") / "data") as registry:
        yield registry.port


@pytest.fixture(scope="session")
def prepared(pack: Pack) -> PreparedBuildpack:
    """The packaged buildpack, as a directory and as a .cnb file."""
    return prepare_with_local_runtimes(ROOT, ["--all"], pack.executable)


@pytest.fixture(scope="session")
def builder(
    pack: Pack,
    images: BaseImages,
    prepared: PreparedBuildpack,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """A builder whose one buildpack is ours, from the .cnb file, on an image without Python."""
    config = tmp_path_factory.mktemp("builder") / "builder.toml"
    return create_builder(pack, images, prepared, ensure_lifecycle_archive(ROOT), config)
