from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.base_images import BUILD_IMAGE, RUN_IMAGE, import_base_images
from tools.lifecycle import ensure_lifecycle_archive, ensure_pack
from tools.pack import Pack, write_builder_config
from tools.podman_service import Podman, running_podman
from tools.prepared_buildpack import PreparedBuildpack, prepare_with_local_runtimes
from tools.test_run import why_not_e2e

ROOT = Path(__file__).parent.parent.parent
BUILDER = "cnb.local/builder:1"


@pytest.fixture(scope="session")
def podman() -> Iterator[Podman]:
    """A podman of our own with the base images, gone at the end."""
    reason = why_not_e2e()
    if reason is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"The e2e tier {reason}.")
        pytest.skip(reason)
    # Not in pytest's directory: a unix socket's path is short.
    directory = Path(tempfile.mkdtemp(prefix="cnb-podman-"))
    with running_podman(directory) as service:
        import_base_images(service, ROOT / ".cache" / "base-images")
        yield service


@pytest.fixture(scope="session")
def pack(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The real pack, on our podman."""
    return Pack(ensure_pack(ROOT), podman.engine, tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="session")
def prepared(pack: Pack) -> PreparedBuildpack:
    """The packaged buildpack, as a directory and as a .cnb file."""
    return prepare_with_local_runtimes(ROOT, ["--all"], pack.executable)


@pytest.fixture(scope="session")
def builder(
    pack: Pack, prepared: PreparedBuildpack, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A builder whose one buildpack is ours, from the .cnb file, on an image without Python."""
    config = tmp_path_factory.mktemp("builder") / "builder.toml"
    (cnb_file,) = prepared.cnb_files
    write_builder_config(
        config,
        build_image=BUILD_IMAGE,
        run_image=RUN_IMAGE,
        lifecycle=ensure_lifecycle_archive(ROOT),
        buildpack=cnb_file,
        buildpack_id=prepared.buildpack.id,
    )
    pack.create_builder(BUILDER, config)
    return BUILDER
