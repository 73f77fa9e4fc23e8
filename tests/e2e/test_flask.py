"""The example app through pack and a container engine, on images that have no Python."""

from __future__ import annotations

import pytest

from tests.e2e.builds import Builds, page_of
from tools.base_images import BaseImages
from tools.container_engine import ContainerEngine
from tools.pack import Pack
from tools.prepared_buildpack import PreparedBuildpack


@pytest.fixture(scope="module")
def builds(pack: Pack, prepared: PreparedBuildpack, builder: str) -> Builds:
    return Builds(pack, prepared, builder)


@pytest.fixture(scope="module")
def engine(builds: Builds) -> ContainerEngine:
    return builds.pack.engine


@pytest.fixture(scope="module")
def image(builds: Builds) -> str:
    """The example, built with the builder."""
    builds.build("cnb.local/flask")
    return "cnb.local/flask"


def test_build_image_has_no_python(
    engine: ContainerEngine, images: BaseImages, builder: str
) -> None:
    """Else the tests here would prove less than they say."""
    for base in (images.build, builder):
        script = "ls /usr/bin /usr/local/bin | grep ^python; command -v python3"
        status, output = engine.run_container(base, ["-c", script], entrypoint="sh")
        assert (status, output) == (127, "") or (status, output) == (1, "")


def test_built_with_a_builder_answers(
    engine: ContainerEngine, image: str, prepared: PreparedBuildpack
) -> None:
    page = page_of(engine, image)
    assert page == f"Hello from Flask 3.1.3 on Python {prepared.versions[0]}!\n"


def test_built_with_the_packaged_directory_answers(
    engine: ContainerEngine, image: str, builds: Builds, prepared: PreparedBuildpack
) -> None:
    builds.build("cnb.local/flask-directory", (prepared.buildpack.directory,))
    page = page_of(engine, "cnb.local/flask-directory")
    assert page == f"Hello from Flask 3.1.3 on Python {prepared.versions[0]}!\n"
    first, second = (
        engine.inspect_image(name)["RootFS"]["Layers"]
        for name in (image, "cnb.local/flask-directory")
    )
    assert first == second


def test_rebuild_reuses_every_layer(engine: ContainerEngine, image: str, builds: Builds) -> None:
    before = engine.inspect_image(image)
    log = builds.build(image)
    assert engine.inspect_image(image)["RootFS"] == before["RootFS"]
    assert "Reusing layer 'python-buildpack/python:python'" in log
    assert "Reusing layer 'python-buildpack/python:venv'" in log


def test_image_has_no_pip(engine: ContainerEngine, image: str) -> None:
    script = "command -v pip; find / -xdev \\( -name pip -o -name 'pip-*' \\) 2>/dev/null; env"
    _, output = engine.run_container(image, ["sh", "-c", script], entrypoint="launcher")
    assert "VIRTUAL_ENV=" in output
    assert [line for line in output.splitlines() if "pip" in line.lower()] == []


def test_app_runs_unprivileged(engine: ContainerEngine, image: str) -> None:
    status, output = engine.run_container(
        image,
        ["python", "-c", "import os, ssl, sqlite3; print(os.getuid())"],
        entrypoint="launcher",
    )
    assert (status, output.strip()) == (0, "1001")
