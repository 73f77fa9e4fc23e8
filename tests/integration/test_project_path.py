"""Apps in a directory of their repository, through the real lifecycle and launcher."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.apps import write_app
from tests.integration.layer_comparison import kept_image
from tests.integration.managed_apps import Locker, run_locking_tool
from tests.integration.workspaces import served_page
from tools.lifecycle_build import Workspace
from tools.prepared_buildpack import PreparedBuildpack

# A build backend that needs nothing from an index, and reads a file above its project.
BACKEND = """\
import pathlib, zipfile

ROOT = pathlib.Path(__file__).parent
INFO = "lib-1.0.dist-info"
FILES = {
    "lib.pth": f"{ROOT / 'src'}\\n",
    f"{INFO}/METADATA": "Metadata-Version: 2.1\\nName: lib\\nVersion: 1.0\\n",
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\\nGenerator: here\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    assert (ROOT / ".." / "VERSION").exists()
    path = pathlib.Path(wheel_directory, "lib-1.0-py3-none-any.whl")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**FILES, f"{INFO}/RECORD": ""}.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return path.name
"""
LIB = {
    "VERSION": "1\n",
    "lib/pyproject.toml": """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "lib"
version = "1.0"
requires-python = ">=3.10"
""",
    "lib/backend.py": BACKEND,
    "lib/src/lib.py": 'GREETING = "hello"\n',
}
APP = """\
import http.server, os, pathlib
import lib

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{lib.GREETING} from {pathlib.Path.cwd()}".encode())

http.server.HTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"""
REPOSITORY = {
    **LIB,
    "Procfile": "web: python other.py\n",
    "base.txt": "-e ../lib\n",
    "services/api/requirements.txt": "-r ../../base.txt\n",
    "services/api/Procfile": "web: python app.py\n",
    "services/api/app.py": APP,
}
MEMBER = """\
[project]
name = "api"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["lib"]

[tool.uv.sources]
lib = { workspace = true }
"""
MEMBERS = {
    **LIB,
    "pyproject.toml": '[tool.uv.workspace]\nmembers = ["lib", "services/*"]\n',
    "services/api/pyproject.toml": MEMBER,
    "services/api/Procfile": "web: python app.py\n",
    "services/api/app.py": APP,
}


@pytest.fixture
def env(buildpack_env: Mapping[str, str], prepared: PreparedBuildpack) -> dict[str, str]:
    chosen = {"BP_PYTHON_PROJECT_PATH": "services/api", "BP_PYTHON_VERSION": prepared.versions[0]}
    return {**buildpack_env, **chosen}


def repository(manager: str, directory: Path, locker: Locker) -> Path:
    if manager == "pip":
        # Paths in requirements are relative to where pip is started.
        return write_app(directory, {**REPOSITORY, "base.txt": "-e ../../lib\n"})
    root = write_app(directory, MEMBERS)
    run_locking_tool(locker.uv, root, ["lock", "--offline", "--python", str(locker.python)])
    return root


@pytest.mark.parametrize("manager", ["pip", "uv"])
def test_app_in_a_directory(
    workspace: Workspace, env: dict[str, str], locker: Locker, tmp_path: Path, manager: str
) -> None:
    root = repository(manager, tmp_path / "repository", locker)
    first = workspace.build(root, env)
    image = kept_image(first.require_image(), tmp_path / "first")
    assert "\n  The app is in services/api (BP_PYTHON_PROJECT_PATH)\n" in first.buildpack_log
    assert "Process web: python app.py (Procfile:1), the default" in first.buildpack_log

    page = served_page(workspace, image)
    assert page == f"hello from {workspace.app_dir}/services/api"

    again = workspace.build(root, env)
    assert again.require_image().layer_diff_ids() == image.layer_diff_ids()
    if manager == "uv":
        assert "Unchanged, and all pinned: reusing" in again.buildpack_log
        (root / "VERSION").write_text("2\n")
        changed = workspace.build(root, env)
        assert "the contents of the app changed" in changed.buildpack_log


def test_detection_names_the_directory(
    workspace: Workspace, env: dict[str, str], tmp_path: Path
) -> None:
    app = {"frontend/index.js": "", "backend/requirements.txt": "", "backend/app.py": ""}
    root = write_app(tmp_path / "repository", app)
    del env["BP_PYTHON_PROJECT_PATH"]
    result = workspace.build(root, env)
    assert result.exit_code != 0
    assert "Error: The app is in a subdirectory" in result.log
    assert "Set BP_PYTHON_PROJECT_PATH=backend for the build." in result.log
