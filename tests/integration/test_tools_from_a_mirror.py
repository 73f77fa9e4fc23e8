"""uv and Poetry come from a mirror of the package index, and nothing else is asked of them."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import pytest
from packaging.utils import parse_wheel_filename

from tests.integration.conftest import ROOT
from tests.integration.loopback_server import DIRECT, Answer, Request, loopback_server
from tests.integration.managed_apps import (
    Build,
    Declaration,
    Locker,
    builder,
)
from tools.lifecycle_build import Workspace
from tools.prepared_buildpack import PreparedBuildpack

# Nobody listens there.
NOWHERE = dict.fromkeys(
    ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://[::1]:9"
)
OFFLINE = {**NOWHERE, **DIRECT, "PIP_RETRIES": "0", "PIP_FIND_LINKS": ""}


@dataclass
class Mirror:
    """An index on loopback that has the wheels of a directory; ``changed`` are tampered with."""

    directory: Path
    url: str = ""
    changed: set[str] = field(default_factory=set)

    @contextmanager
    def running(self) -> Iterator[Mirror]:
        with loopback_server(self._answer) as server:
            self.url = f"http://{server.host}/simple/"
            yield self

    def _answer(self, _number: int, request: Request) -> Answer:
        path = unquote(request.path)
        wheels = {wheel.name: wheel for wheel in self.directory.glob("*.whl")}
        if match := re.fullmatch(r"/simple/([a-z0-9-]+)/", path):
            names = [name for name in wheels if parse_wheel_filename(name)[0] == match[1]]
            links = "".join(f'<a href="/files/{name}">{html.escape(name)}</a>' for name in names)
            headers = {"Content-Type": "text/html; charset=utf-8"}
            return Answer(200 if names else 404, f"<!DOCTYPE html>{links}".encode(), headers)
        wheel = wheels.get(path.removeprefix("/files/"))
        if wheel is None:
            return Answer(404)
        # What follows the end of a zip archive changes nothing but its hash.
        return Answer(body=wheel.read_bytes() + b"x" * (wheel.name.split("-")[0] in self.changed))


@pytest.fixture
def build(
    workspace: Workspace, buildpack_env: dict[str, str], prepared: PreparedBuildpack
) -> Build:
    """Build on the Python that runs the tests, for which they download wheels."""
    series = f"{sys.version_info.major}.{sys.version_info.minor}."
    version = next((each for each in prepared.versions if each.startswith(series)), None)
    if version is None:
        pytest.skip(f"needs Python {series}* among those that apps are built with")
    return builder(workspace, buildpack_env, version)


@pytest.fixture
def env(mirror: Mirror) -> dict[str, str]:
    return {**OFFLINE, "PIP_INDEX_URL": mirror.url}


@pytest.fixture
def mirror(manager: str, tmp_path: Path) -> Iterator[Mirror]:
    """A mirror of what the packaged buildpack wants for ``manager``, and of nothing else."""
    wheels = tmp_path / "wheels"
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    download += ["--only-binary=:all:", "--require-hashes", "--dest", str(wheels)]
    requirements = ROOT / "requirements" / f"{manager}.txt"
    subprocess.run([*download, "--requirement", str(requirements)], check=True)
    with Mirror(wheels).running() as running:
        yield running


@pytest.mark.parametrize("manager", ["uv", "poetry"])
def test_tool_from_a_mirror(
    locker: Locker, build: Build, env: dict[str, str], tmp_path: Path, manager: str
) -> None:
    app = locker.write(manager, tmp_path / "app", Declaration())
    result = build(app, env)
    assert result.require_image().layer_diff_ids().keys() >= {"python", "venv"}
    assert f"Installing from {manager}.lock with {manager}" in result.buildpack_log


@pytest.mark.parametrize("manager", ["uv"])
def test_tool_that_was_tampered_with(
    locker: Locker, build: Build, mirror: Mirror, env: dict[str, str], tmp_path: Path, manager: str
) -> None:
    mirror.changed = {manager}
    result = build(locker.write(manager, tmp_path / "app", Declaration()), env)
    assert result.exit_code != 0
    assert "DO NOT MATCH THE HASHES" in result.buildpack_log
