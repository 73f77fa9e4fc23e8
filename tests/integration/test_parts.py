"""Large distributions have layers of their own, which a change of others leaves in the image."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.integration.apps import write_app
from tests.integration.layer_comparison import assert_same_layers
from tests.integration.workspaces import temporary_workspace
from tools.lifecycle_build import BuildResult, Workspace
from tools.prepared_buildpack import PreparedBuildpack

NUMPY = "numpy==2.2.6"
PANDAS = "pandas==2.3.3"
LIGHT = "six==1.16.0"
MORE = "idna==3.10"
PROGRAM = "import numpy, pandas; print(pandas.DataFrame({'a': numpy.arange(3)}).a.sum())"


@pytest.fixture(scope="module")
def workspace(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[Workspace]:
    with temporary_workspace(lifecycle, prepared.buildpack) as made:
        yield made


class Builds:
    """Builds of an app with requirements, each on what the one before left."""

    def __init__(self, workspace: Workspace, env: Mapping[str, str], directory: Path) -> None:
        self.workspace = workspace
        self._env = env
        self._directory = directory
        self._count = 0

    def __call__(self, *requirements: str, image: str = "edited") -> BuildResult:
        files = {"requirements.txt": "".join(f"{each}\n" for each in requirements)}
        with tempfile.TemporaryDirectory(dir=self._directory) as directory:
            app = write_app(Path(directory, "app"), {**files, "app.py": PROGRAM})
            return self.workspace.build(app, self._env, image=image)

    def from_nothing(self, *requirements: str) -> BuildResult:
        self._count += 1
        return self(*requirements, image=f"from-nothing-{self._count}")


@pytest.fixture
def build(workspace: Workspace, buildpack_env: dict[str, str], tmp_path: Path) -> Builds:
    return Builds(workspace, buildpack_env, tmp_path)


def test_change_of_a_light_distribution(build: Builds) -> None:
    first = build(NUMPY, PANDAS, LIGHT).require_image()
    assert {"dist-numpy", "dist-pandas"} < first.layer_diff_ids().keys()
    started = build.workspace.run(first, ["--", "python", "-c", PROGRAM])
    assert started.stdout == "3\n"
    for requirements in ([NUMPY, PANDAS, LIGHT, MORE], [NUMPY, PANDAS], [NUMPY, MORE]):
        changed = build(*requirements)
        assert re.search(r"Keeping from the previous image: ", changed.buildpack_log)
        image, fresh = changed.require_image(), build.from_nothing(*requirements).require_image()
        assert image.layer_diff_ids().keys() == fresh.layer_diff_ids().keys()
        assert_same_layers(image, fresh, set(fresh.layer_diff_ids()) - {"app", "config"})
