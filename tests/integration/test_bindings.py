from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.distributions import Distribution
from tests.integration.apps import write_app
from tests.integration.failed_builds import (
    assert_explained,
    assert_no_temporary_files,
    temporary_files_env,
)
from tests.integration.loopback_server import DIRECT
from tests.integration.managed_apps import assert_reused
from tests.integration.private_index import PrivateIndex, files_with
from tests.integration.slim_runtime import SlimRuntimes
from tests.integration.workspaces import temporary_workspace
from tools.lifecycle_build import BuildResult, Workspace
from tools.platform_dir import Bindings
from tools.prepared_buildpack import PreparedBuildpack

LOGIN = "shop"
PASSWORD = "canary-of-the-index"  # noqa: S105
WRONG = "canary-that-is-wrong"
PINNED = {"requirements.txt": "private==1.0\n", "main.py": ""}
UV_PYPROJECT = """\
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["private"]

[[tool.uv.index]]
url = {url}
default = true
"""
UV_LOCK = """\
version = 1
requires-python = ">=3.10"

[[package]]
name = "private"
version = "1.0"
source = {{ registry = {url} }}
wheels = [{{ url = {wheel}, hash = "sha256:{sha256}" }}]

[[package]]
name = "shop"
version = "1.0"
source = {{ virtual = "." }}
dependencies = [{{ name = "private" }}]

[package.metadata]
requires-dist = [{{ name = "private" }}]
"""

Build = Callable[..., BuildResult]


@pytest.fixture(scope="module")
def workspace(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[Workspace]:
    with temporary_workspace(lifecycle, prepared.buildpack) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def index() -> Iterator[PrivateIndex]:
    index = PrivateIndex(LOGIN, PASSWORD)
    with index.running():
        index.upload(Distribution("private", "1.0", {"private.py": ""}))
        yield index


@pytest.fixture(scope="module")
def build(workspace: Workspace, slim_runtimes: SlimRuntimes) -> Iterator[Build]:
    """Build with bindings, and fail where a password is anywhere afterwards."""
    with tempfile.TemporaryDirectory(prefix="cnb-bindings-") as temporary:
        directory = Path(temporary)
        directory.chmod(0o755)

        def build(
            image: str,
            files: Mapping[str, str | bytes],
            bindings: Bindings,
            env: Mapping[str, str] | None = None,
        ) -> BuildResult:
            app = Path(tempfile.mkdtemp(dir=directory), "app")
            write_app(app, files)
            base = {**slim_runtimes.env, **DIRECT, **temporary_files_env(workspace)}
            variables = {**base, **(env or {})}
            result = workspace.build(app, variables, image=image, bindings=bindings)
            assert_no_canary(workspace, result)
            return result

        yield build


def assert_no_canary(workspace: Workspace, result: BuildResult) -> None:
    """Fail where a password is in the log, the image, the cache, a layer or a temporary file."""
    kept = [workspace.layers_dir, workspace.app_dir, workspace.layout_dir]
    kept += [workspace.root / "cache", workspace.root / "tmp", workspace.home_dir]
    for secret in (PASSWORD, WRONG):
        assert secret not in result.log
        assert files_with(secret, LOGIN, *kept) == []


def pip_binding(index: PrivateIndex, password: str) -> Bindings:
    return {
        "own": {"type": "pip", "pip.conf": f"[global]\nindex-url = {index.url_with(password)}\n"}
    }


def test_pip_binding(workspace: Workspace, index: PrivateIndex, build: Build) -> None:
    result = build("pip", PINNED, pip_binding(index, PASSWORD))
    assert "  Using own, a binding of type pip\n" in result.buildpack_log
    assert "Successfully installed private-1.0" in result.buildpack_log
    assert_no_temporary_files(workspace)
    # A new password is no reason to install anew: nobody is asked, so that a wrong one will do.
    assert_reused(build("pip", PINNED, pip_binding(index, WRONG)))


def test_netrc_binding(workspace: Workspace, index: PrivateIndex, build: Build) -> None:
    bindings = {"hosts": {"type": "netrc", ".netrc": index.netrc(PASSWORD)}}
    result = build("netrc", PINNED, bindings, {"PIP_INDEX_URL": index.url()})
    assert "  Using hosts, a binding of type netrc\n" in result.buildpack_log
    assert "Successfully installed private-1.0" in result.buildpack_log
    assert_no_temporary_files(workspace)


def test_wrong_password(workspace: Workspace, index: PrivateIndex, build: Build) -> None:
    result = build("wrong", PINNED, pip_binding(index, WRONG))
    assert_explained(result, f"{index.host} refuses access", "401")
    assert_no_temporary_files(workspace)


def test_uv_with_a_netrc_binding(index: PrivateIndex, build: Build) -> None:
    (upload,) = index.uploads
    url = json.dumps(index.url().rstrip("/"))
    wheel = json.dumps(index.file_url(upload))
    files = {
        "pyproject.toml": UV_PYPROJECT.format(url=url),
        "uv.lock": UV_LOCK.format(url=url, wheel=wheel, sha256=upload.sha256),
        "main.py": "",
    }
    bindings = {"hosts": {"type": "netrc", "netrc": index.netrc(PASSWORD)}}
    result = build("uv", files, bindings)
    assert result.exit_code == 0, result.log
    assert "+ private==1.0" in result.buildpack_log


def test_binding_that_lacks_its_entry(build: Build) -> None:
    result = build("lacks", PINNED, {"own": {"type": "pip", "pip.config": PASSWORD}})
    assert_explained(result, "The service binding own has no pip.conf")
