"""A workspace whose apps get their dependencies from an index of the test's own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.integration.apps import write_app
from tests.integration.loopback_server import DIRECT
from tests.integration.package_index import PackageIndex
from tests.integration.slim_runtime import SlimRuntimes
from tests.integration.workspaces import temporary_workspace
from tools.lifecycle_build import Buildpack, BuildResult, Workspace
from tools.prepared_buildpack import PreparedBuildpack


@dataclass(frozen=True)
class IndexedWorkspace:
    """Where builds take place that ask ``index`` and install a Python of ``runtimes``.

    ``directory`` is one that every user can read, for what else a test needs.
    """

    workspace: Workspace
    index: PackageIndex
    runtimes: SlimRuntimes
    directory: Path

    def build(
        self,
        files: Mapping[str, str | bytes],
        env: Mapping[str, str] | None = None,
        *,
        image: str = "app",
    ) -> BuildResult:
        """Build an app of ``files`` on what earlier builds of ``image`` have left."""
        app = self.directory / "source"
        shutil.rmtree(app, ignore_errors=True)
        write_app(app, files)
        environment = {**self.runtimes.env, **DIRECT, "PIP_INDEX_URL": self.index.url()}
        return self.workspace.build(app, {**environment, **(env or {})}, image=image)

    def build_from_nothing(
        self, files: Mapping[str, str | bytes], env: Mapping[str, str] | None = None
    ) -> BuildResult:
        """Build an app of ``files`` as if it were its first build."""
        self.remove("from-nothing")
        return self.build(files, env, image="from-nothing")

    def followed_by(self, *buildpacks: Buildpack) -> IndexedWorkspace:
        """Return the same with other buildpacks after ours."""
        ours = self.workspace.buildpacks[0]
        group = (ours, *buildpacks)
        workspace = Workspace.create(self.workspace.root, self.workspace.lifecycle, group)
        return replace(self, workspace=workspace)

    def copy(self, image: str, copy: str) -> None:
        """Give an image and its cache a second name, instead of what had it."""
        self.remove(copy)
        for path in (self.image_dir(image), self.cache_dir(image)):
            copy_directory(path, path.with_name(copy))

    def remove(self, image: str) -> None:
        """Forget an image and its cache."""
        for path in (self.image_dir(image), self.cache_dir(image)):
            shutil.rmtree(path, ignore_errors=True)

    def image_dir(self, image: str) -> Path:
        """Return the directory that is the image."""
        return self.workspace.layout_dir / "cnb.local" / image

    def cache_dir(self, image: str) -> Path:
        """Return the directory of the image's cache."""
        return self.workspace.root / "cache" / image


def copy_directory(source: Path, destination: Path) -> None:
    """Copy a directory with its owners and modes."""
    subprocess.run(["cp", "-a", source, destination], check=True)


@contextmanager
def indexed_workspace(
    lifecycle: Path, prepared: PreparedBuildpack, runtimes: SlimRuntimes
) -> Iterator[IndexedWorkspace]:
    """Give a workspace of our buildpack alone; all is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="cnb-index-") as temporary,
        temporary_workspace(lifecycle, prepared.buildpack) as workspace,
        PackageIndex().running() as index,
    ):
        directory = Path(temporary)
        directory.chmod(0o755)
        yield IndexedWorkspace(workspace, index, runtimes, directory)
