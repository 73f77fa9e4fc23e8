"""Builds that can get everything, the tools too, from servers of the test's own alone."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.distributions import Distribution
from tests.integration.apps import write_app
from tests.integration.conftest import ROOT
from tests.integration.failed_builds import assert_no_temporary_files, temporary_files_env
from tests.integration.loopback_server import DIRECT, Answer, Request
from tests.integration.managed_apps import Locker, run_locking_tool
from tests.integration.private_index import files_with
from tests.integration.pypi_server import Login
from tests.integration.slim_runtime import SlimRuntimes, write_own_slim_runtime
from tests.integration.workspaces import temporary_workspace
from tools.lifecycle_build import BuildResult, Workspace
from tools.platform_dir import NO_BINDINGS, Bindings
from tools.prepared_buildpack import PreparedBuildpack
from tools.python_tools import PythonTool

PRIVATE = Distribution("private", "1.0", {"private.py": ""})
ARCHIVES = "archives.invalid"
RIGHT = Login("shop", "canary-of-the-server")
WRONG = Login("shop", "canary-that-is-wrong")
# The index that the machine is set up with must not be of help, nor what it has in directories.
NOTHING_ELSE = {**DIRECT, "PIP_FIND_LINKS": "", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": "/dev/null"}
_PYPROJECT = """\
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.10"
dependencies = [{dependency}]
"""
_UV = """
[[tool.uv.index]]
name = "own"
url = {url}
default = true
"""
_POETRY = """
[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "own"
url = {url}
"""
_PDM_LOCK = """\
[metadata]
groups = ["default"]
strategy = ["inherit_metadata"]
lock_version = "4.5.0"
content_hash = "sha256:{zeros}"

[[package]]
name = "private"
version = "1.0"
groups = ["default"]
files = [{{file = "{wheel}", hash = "sha256:{sha256}"}}]
"""

Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class PrivateBuilds:
    """Where such builds take place.

    Attributes:
        directory: one that every user can read.
        runtimes: of one Python.
        elsewhere: variables by which its archive is at ``ARCHIVES``.
    """

    workspace: Workspace
    directory: Path
    runtimes: SlimRuntimes
    elsewhere: Mapping[str, str]

    def archives(self, _number: int, request: Request) -> Answer:
        """Answer as a host of archives does, a mirror of it too."""
        name = request.path.rpartition("/")[2]
        return Answer(body=(self.runtimes.directory / name).read_bytes())

    def build(
        self,
        files: Files,
        env: Mapping[str, str],
        bindings: Bindings = NO_BINDINGS,
    ) -> BuildResult:
        """Build from scratch, and fail where a password or a temporary file is left."""
        app = Path(tempfile.mkdtemp(dir=self.directory), "app")
        write_app(app, files)
        for kept in (
            self.workspace.layout_dir / "cnb.local" / "app",
            self.workspace.root / "cache",
        ):
            shutil.rmtree(kept, ignore_errors=True)
        temporary = temporary_files_env(self.workspace)
        variables = {**NOTHING_ELSE, **self.runtimes.env, **temporary, **env}
        if "pip" in {entries["type"] for entries in bindings.values()}:
            del variables["PIP_CONFIG_FILE"]
        result = self.workspace.build(app, variables, bindings=bindings)
        assert_no_canary(self.workspace, result)
        # uv's own, empty, by which runs at the same time would wait for each other.
        for lock in Path(temporary["TMPDIR"]).glob("uv-*.lock"):
            lock.unlink()
        assert_no_temporary_files(self.workspace)
        return result


def assert_no_canary(workspace: Workspace, result: BuildResult) -> None:
    """Fail where a password is in the log, the image, the cache, or what else a build leaves."""
    kept = [workspace.layers_dir, workspace.app_dir, workspace.layout_dir, workspace.home_dir]
    kept += [workspace.root / "cache", workspace.root / "tmp"]
    for login in (RIGHT, WRONG):
        assert login.password not in result.log
        assert files_with(login.password, login.name, *kept) == []


@contextmanager
def private_builds(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[PrivateBuilds]:
    """Give a workspace; all is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="cnb-private-") as temporary,
        temporary_workspace(lifecycle, prepared.buildpack) as workspace,
    ):
        directory = Path(temporary)
        directory.chmod(0o755)
        runtimes = write_own_slim_runtime(prepared, directory / "runtimes")
        (version,) = runtimes.versions
        elsewhere = directory / "elsewhere.toml"
        inventory = (runtimes.directory / "inventory.toml").read_text("utf-8")
        archive = f"{version}.tar.gz"
        elsewhere.write_text(inventory.replace(f'"{archive}"', f'"https://{ARCHIVES}/{archive}"'))
        env = {"BP_PYTHON_INVENTORY": str(elsewhere), "BP_PYTHON_VERSION": version}
        yield PrivateBuilds(workspace, directory, runtimes, env)


def download_wheels(directory: Path) -> Path:
    """Download what the packaged buildpack installs uv and Poetry from; add ``PRIVATE``."""
    for tool in ("uv", "poetry"):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--require-hashes", "--dest", str(directory)]
        requirements = ROOT / "requirements" / f"{tool}.txt"
        subprocess.run([*command, "--requirement", str(requirements)], check=True)
    (directory / PRIVATE.wheel_name).write_bytes(PRIVATE.wheel)
    return directory


def private_app(
    manager: str,
    url: str,
    locker: Locker,
    env: Mapping[str, str] | None = None,
    dependency: str = "private",
) -> Files:
    """Return an app that requires ``PRIVATE``, locked by the real tools.

    Args:
        manager: pip, uv, poetry, pipenv or pdm.
        url: of the index, without credentials; empty for an app that doesn't name it.
        locker: the tools.
        env: what uv and Poetry need to read the index.
        dependency: the requirement, where it isn't the one of the index.
    """
    pyproject = _PYPROJECT.format(dependency=json.dumps(dependency))
    sha256 = hashlib.sha256(PRIVATE.wheel).hexdigest()
    if manager == "pip":
        return {
            "requirements.txt": f"{'private==1.0' if dependency == 'private' else dependency}\n"
        }
    if manager == "pipenv":
        package = {"version": "==1.0", "hashes": [f"sha256:{sha256}"], "index": "own"}
        sources = [{"name": "own", "url": url, "verify_ssl": True}]
        meta = {"hash": {"sha256": "0" * 64}, "pipfile-spec": 6, "requires": {}}
        lock = {"_meta": {**meta, "sources": sources}, "default": {"private": package}}
        return {"Pipfile.lock": json.dumps({**lock, "develop": {}})}
    if manager == "pdm":
        lock_text = _PDM_LOCK.format(zeros="0" * 64, wheel=PRIVATE.wheel_name, sha256=sha256)
        pyproject += "\n[tool.pdm]\ndistribution = false\n"
        return {"pyproject.toml": pyproject, "pdm.lock": lock_text}
    if url:
        pyproject += {"uv": _UV, "poetry": _POETRY}[manager].format(url=json.dumps(url))
    tool = {"uv": locker.uv, "poetry": locker.poetry}[manager]
    lock_text = _lock(tool, pyproject, {**NOTHING_ELSE, **(env or {})})
    return {"pyproject.toml": pyproject, f"{manager}.lock": lock_text}


def _lock(tool: PythonTool, pyproject: str, env: Mapping[str, str]) -> str:
    """Return the lock that a tool makes."""
    with tempfile.TemporaryDirectory() as temporary:
        app = write_app(Path(temporary, "app"), {"pyproject.toml": pyproject})
        options = ("--python", sys.executable) if tool.name == "uv" else ()
        caches = {"UV_CACHE_DIR": f"{temporary}/uv", "POETRY_CACHE_DIR": f"{temporary}/poetry"}
        run_locking_tool(tool, app, ("lock", *options), {**caches, **env})
        return (app / f"{tool.name}.lock").read_text("utf-8")
