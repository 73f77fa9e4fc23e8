"""Python's shared library: there for what is built, in the image for what is linked to it alone."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.distributions import Distribution
from tests.integration.apps import wheel, write_app
from tests.integration.catalog import plain
from tests.integration.indexed_workspace import IndexedWorkspace, indexed_workspace
from tests.integration.layer_types import IN_IMAGE_ONLY, layer_types
from tests.integration.slim_runtime import SlimRuntimes
from tests.integration.workspaces import (
    cached_diff_ids,
    later_buildpack,
    layer_names,
    served_page,
)
from tests.unit.environment.linkage.elf_files import AMD64, ARM64, elf_bytes
from tools.lifecycle_build import BuildResult
from tools.prepared_buildpack import PreparedBuildpack
from tools.run_image import host_target
from tools.runtimes.interpreter import find_interpreters
from tools.runtimes.machine_runtime import machine_runtime
from tools.runtimes.packing import pack_runtimes

DEBIAN = Path("/usr/bin/python3")
PLAIN, EMBEDDING = "plain==1.0\n", "embedding==1.0\n"
# What sysconfig names is there, and is what links lead to.
LOOK = """
python - <<'END'
import os, sysconfig
path = os.path.join(*map(sysconfig.get_config_var, ("LIBDIR", "LDLIBRARY")))
print("LIBPYTHON", os.path.realpath(path).split(os.sep)[-3], os.path.getsize(path) > 1_000_000)
END
"""
WSGI = """\
import sys
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{sys.prefix} {sys.base_prefix}".encode()]
"""


@dataclass(frozen=True)
class Native(Distribution):
    """A wheel with a library that nothing loads by itself, as servers have plug-ins."""

    library: bytes = b""

    @property
    def wheel(self) -> bytes:
        """The wheel."""
        return wheel(self.name, self.version, {f"{self.name}/plug_in.so": self.library})


@pytest.fixture(scope="module")
def world(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[IndexedWorkspace]:
    """Builds with Debian's Python, whose executable doesn't need its libpython."""
    interpreters = find_interpreters([str(DEBIAN)], every_pyenv=False) if DEBIAN.exists() else ()
    files = (file for each in interpreters for file in each.library_dir.glob("libpython*.so.1.0"))
    name = next((file.name for file in files), None)
    if name is None:
        pytest.skip("needs Debian's Python with libpython3-dev")
    machine = {"amd64": AMD64, "arm64": ARM64}[host_target().architecture]
    library = elf_bytes(name, "libc.so.6", machine=machine)
    with tempfile.TemporaryDirectory(prefix="cnb-libpython-") as temporary:
        directory = Path(temporary)
        directory.chmod(0o755)
        pack_runtimes(directory, [machine_runtime(each) for each in interpreters])
        runtimes = SlimRuntimes(directory, tuple(each.version for each in interpreters))
        with indexed_workspace(lifecycle, prepared, runtimes) as made:
            made.index.upload(plain("1.0"), Native("embedding", "1.0", library=library))
            yield made


def build(world: IndexedWorkspace, requirements: str) -> BuildResult:
    result = world.build({"requirements.txt": requirements, "app.py": ""})
    assert result.exit_code == 0, result.log
    return result


def test_image_has_it_while_something_is_linked_to_it(world: IndexedWorkspace) -> None:
    without = build(world, PLAIN).require_image().layer_diff_ids()
    assert "libpython" not in without
    image = build(world, PLAIN + EMBEDDING).require_image()
    within = image.layer_diff_ids()
    assert layer_types(image, "libpython") == IN_IMAGE_ONLY
    assert within["python"] == without["python"]
    links = {path: file.member for path, file in image.layer_files("python").items()}
    libraries = image.layer_files("libpython")
    (link,) = (path for path in links if re.search(r"/lib/libpython3\.\d+\.so\.1\.0$", path))
    assert links[link].linkname.startswith("../../libpython/lib/")
    assert any(path.endswith(links[link].linkname.removeprefix("../..")) for path in libraries)

    again = build(world, PLAIN + EMBEDDING)
    assert "Unchanged, and all pinned" in again.buildpack_log
    assert again.require_image().layer_diff_ids() == within
    assert {"python", "libpython", "venv"}.isdisjoint(layer_names(world.workspace))
    assert cached_diff_ids(world.workspace) == {}

    assert build(world, PLAIN).require_image().layer_diff_ids() == without
    assert build(world, PLAIN + EMBEDDING).require_image().layer_diff_ids() == within


def test_later_buildpack_finds_it(world: IndexedWorkspace) -> None:
    files = {"requirements.txt": PLAIN, "app.py": ""}
    with later_buildpack() as later:
        followed = world.followed_by(later)
        for _ in range(2):
            result = followed.build(files, {"LATER_COMMANDS": LOOK}, image="followed")
            assert "LIBPYTHON libpython True" in result.buildpack_log, result.log
            assert "libpython" not in result.require_image().layer_diff_ids()
            assert "libpython" in cached_diff_ids(followed.workspace, "followed")
    assert re.search(r'Restoring data for "[^"]+:libpython" from cache', result.log)
    assert "Reusing Python" in result.buildpack_log


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_uwsgi_from_its_source(world: IndexedWorkspace, tmp_path: Path) -> None:
    files = {
        "requirements.txt": "uWSGI==2.0.28\n",
        "Procfile": "web: uwsgi --http-socket 127.0.0.1:$PORT --wsgi-file app.py\n",
        "app.py": WSGI,
    }
    workspace = world.followed_by().workspace
    app = write_app(tmp_path / "app", files)
    image = workspace.build(app, world.runtimes.env, image="uwsgi").require_image()
    assert layer_types(image, "libpython") == IN_IMAGE_ONLY
    page = served_page(workspace, image)
    layers_dir = workspace.buildpack_layers_dir(workspace.buildpacks[0])
    assert page == f"{layers_dir}/venv {layers_dir}/python"
