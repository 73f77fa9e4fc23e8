"""The example app for arm64, by the lifecycle of arm64: emulated where this machine is another."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from tests.e2e.builds import BASE_IMAGES_DIR, ROOT, Builds, create_builder, page_of
from tools.base_images import import_base_images
from tools.container_engine import ContainerEngine
from tools.emulation import why_not_arm64
from tools.lifecycle import ensure_lifecycle_archive
from tools.pack import Pack
from tools.podman_service import Podman
from tools.prepared_buildpack import prepare_with_local_runtimes

ARCH = "arm64"
IMAGE = "cnb.local/flask-arm64"
# What is emulated takes its time.
ANSWER_SECONDS = 120.0
QUESTIONS = """\
import argparse, importlib.util, markupsafe, markupsafe._speedups, os, platform
files = [importlib.util.cache_from_source(each.__file__) for each in (argparse, markupsafe)]
print(platform.machine(), *map(os.path.exists, files))
"""


@pytest.fixture(scope="module")
def builds(podman: Podman, pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Builds:
    reason = why_not_arm64()
    if reason is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    images = import_base_images(podman, BASE_IMAGES_DIR, ARCH)
    prepared = prepare_with_local_runtimes(ROOT, [], pack.executable, arch=ARCH)
    emulated = replace(pack, arch=ARCH)
    config = tmp_path_factory.mktemp("builder") / "builder.toml"
    lifecycle = ensure_lifecycle_archive(ROOT, ARCH)
    return Builds(emulated, prepared, create_builder(emulated, images, prepared, lifecycle, config))


@pytest.fixture(scope="module")
def image(builds: Builds) -> str:
    builds.build(IMAGE)
    return IMAGE


@pytest.fixture(scope="module")
def engine(builds: Builds) -> ContainerEngine:
    return builds.pack.engine


def test_answers(engine: ContainerEngine, image: str, builds: Builds) -> None:
    assert engine.inspect_image(image)["Architecture"] == ARCH
    page = page_of(engine, image, seconds=ANSWER_SECONDS)
    assert page == f"Hello from Flask 3.1.3 on Python {builds.prepared.versions[0]}!\n"


def test_has_extensions_bytecode_and_sizing(engine: ContainerEngine, image: str) -> None:
    status, output = engine.run_container(
        image,
        ["--", "python", "-c", QUESTIONS],
        entrypoint="launcher",
        env={"BP_LOG_LEVEL": "debug"},
    )
    assert status == 0, output
    assert {"Sizing: no CPU quota: nothing is set", "aarch64 True True"} == {*output.splitlines()}


def test_rebuild_reuses_every_layer(engine: ContainerEngine, image: str, builds: Builds) -> None:
    before = engine.inspect_image(image)["RootFS"]
    log = builds.build(image)
    assert engine.inspect_image(image)["RootFS"] == before
    assert "Unchanged, and all pinned" in log
