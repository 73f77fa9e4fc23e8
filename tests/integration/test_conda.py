"""Environments of conda and pixi, from a channel of this machine, with real packages."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.apps import write_app
from tests.integration.conda_channel import Channel, Package, real_packages, write_channel
from tests.integration.direct_build import DirectBuild
from tests.integration.layer_comparison import assert_same_layers, kept_image
from tests.integration.loopback_server import Answer, Request, loopback_server
from tests.integration.managed_apps import Build, assert_reused, installed
from tests.integration.refused_builds import assert_refused, prepared_build
from tests.integration.slim_runtime import SlimRuntimes
from tests.integration.workspaces import cached_diff_ids
from tools.lifecycle_build import BuildResult, Workspace

Packages = Mapping[str, Package]
EXPLICIT = "conda-linux-64.lock"
NAMES = ["click", "gunicorn", "idna", "markupsafe", "packaging"]
PROCFILE = "web: gunicorn --bind 0.0.0.0:$PORT app:app\n"


@pytest.fixture(scope="module")
def packages(slim_runtimes: SlimRuntimes, tmp_path_factory: pytest.TempPathFactory) -> Packages:
    return real_packages(slim_runtimes, tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="module")
def channel(packages: Packages, shared_dir: Path) -> Channel:
    return write_channel(shared_dir / "channel", packages.values())


@pytest.fixture
def build(workspace: Workspace) -> Build:
    def build(
        app: Path, more: Mapping[str, str] | None = None, *, image: str = "app"
    ) -> BuildResult:
        return workspace.build(app, more or {}, image=image)

    return build


def locks(channel: Channel, packages: Packages) -> dict[str, str]:
    every = tuple(packages.values())
    return {
        EXPLICIT: channel.explicit(every),
        "pixi.lock": channel.pixi_lock(every),
        "conda-lock.yml": channel.conda_lock(every),
    }


@pytest.mark.smoke
def test_build_and_rebuild(
    workspace: Workspace,
    build: Build,
    app: Path,
    tmp_path: Path,
    channel: Channel,
    packages: Packages,
) -> None:
    lock = channel.pixi_lock(packages.values())
    write_app(app, {"pixi.lock": lock, "app.py": "", "Procfile": PROCFILE})
    first = kept_image(build(app).require_image(), tmp_path / "first")
    assert installed(workspace, first) == NAMES
    assert workspace.run(first, ["--", "gunicorn", "--version"]).returncode == 0
    where = workspace.run(first, ["--", "sh", "-c", "echo $CONDA_PREFIX $LD_LIBRARY_PATH; env"])
    prefix = where.stdout.split()[0]
    assert prefix.endswith("/conda/prefix")
    assert "LD_LIBRARY_PATH=" not in where.stdout
    assert {"python", "venv", "rattler"}.isdisjoint(first.layer_diff_ids())

    again = build(app)
    assert_reused(again)
    assert again.require_image().layer_diff_ids() == first.layer_diff_ids()
    assert cached_diff_ids(workspace, "app") == {}


def test_the_same_environment_by_every_lock(
    build: Build, tmp_path: Path, channel: Channel, packages: Packages
) -> None:
    images = {}
    for name, lock in locks(channel, packages).items():
        app = write_app(tmp_path / name, {name: lock, "app.py": ""})
        images[name] = kept_image(build(app, image="switched").require_image(), app / "image")
    # Only a lock of pixi tells what a package needs; others are completed from the package.
    assert_same_layers(images[EXPLICIT], images["pixi.lock"], ["conda"])
    assert_same_layers(images[EXPLICIT], images["conda-lock.yml"], ["conda"])


def test_added_and_removed_packages(
    workspace: Workspace,
    build: Build,
    app: Path,
    tmp_path: Path,
    channel: Channel,
    packages: Packages,
) -> None:
    few = [packages["python"], packages["idna"]]
    write_app(app, {"pixi.lock": channel.pixi_lock(few), "app.py": ""})
    build(app).require_image()
    (app / "pixi.lock").write_text(channel.pixi_lock([*few, packages["markupsafe"]]))
    added = build(app).require_image()
    assert installed(workspace, added) == ["idna", "markupsafe"]
    (app / "pixi.lock").write_text(channel.pixi_lock([packages["markupsafe"], packages["python"]]))
    removed = kept_image(build(app).require_image(), tmp_path / "removed")
    assert installed(workspace, removed) == ["markupsafe"]
    fresh = build(app, image="fresh").require_image()
    assert_same_layers(fresh, removed, ["conda"])


def test_wheels_of_the_package_index(
    workspace: Workspace, build: Build, app: Path, channel: Channel, packages: Packages
) -> None:
    url, digest = wheel_of_the_index()
    entry = f"  name: iniconfig\n  version: 2.1.0\n  sha256: {digest}\n"
    few = [packages["python"], packages["idna"]]
    write_app(app, {"pixi.lock": channel.pixi_lock(few, more={url: entry}), "app.py": ""})
    image = build(app).require_image()
    assert installed(workspace, image) == ["idna", "iniconfig"]
    assert_reused(build(app))


def wheel_of_the_index() -> tuple[str, str]:
    """Return the URL of a wheel, and its SHA-256."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--no-deps"]
    command += ["--ignore-installed", "--report", "-", "iniconfig==2.1.0"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (found,) = json.loads(output)["install"]
    info = found["download_info"]
    return info["url"], info["archive_info"]["hashes"]["sha256"]


def test_from_pip_to_conda_and_back(
    workspace: Workspace,
    build: Build,
    app: Path,
    channel: Channel,
    packages: Packages,
    slim_runtimes: SlimRuntimes,
) -> None:
    few = [packages["python"], packages["idna"]]
    write_app(app, {"pixi.lock": channel.pixi_lock(few), "requirements.txt": "", "app.py": ""})
    pip = {**slim_runtimes.env, "BP_PYTHON_VERSION": slim_runtimes.versions[0]}
    before = build(app, pip).require_image().layer_diff_ids()
    assert before.keys() >= {"python", "venv"}
    image = build(app, {"BP_PACKAGE_MANAGER": "pixi"}).require_image()
    assert {"python", "venv"}.isdisjoint(image.layer_diff_ids())
    assert installed(workspace, image) == ["idna"]
    after = build(app, pip).require_image().layer_diff_ids()
    assert after.keys() == before.keys()


def served(
    channel: Channel, changed: Callable[[bytes], Answer]
) -> Callable[[int, Request], Answer]:
    """Return a server of the channel, of which idna's file is as ``changed`` makes it."""

    def answer(_number: int, request: Request) -> Answer:
        path = channel.directory / request.path.lstrip("/")
        if not path.is_file():
            return Answer(404)
        content = path.read_bytes()
        return changed(content) if path.name.startswith("idna-") else Answer(body=content)

    return answer


FAULTS: Mapping[str, tuple[Callable[[bytes], Answer], str, tuple[str, ...]]] = {
    "changed": (
        lambda content: Answer(body=content + b"\0"),
        "A downloaded file doesn't match its hash",
        ("idna-3.10-",),
    ),
    "gone": (lambda _content: Answer(404), "", ("idna-3.10-", "404")),
    "refused": (lambda _content: Answer(401), "127.0.0.1", ("answered 401",)),
    "cut off": (
        lambda content: Answer(body=content[:1000], length=len(content)),
        "",
        ("incomplete",),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_a_server_are_explained(
    direct: DirectBuild, channel: Channel, packages: Packages, fault: str
) -> None:
    changed, heading, mentioned = FAULTS[fault]
    with loopback_server(served(channel, changed)) as server:
        few = [packages["python"], packages["idna"]]
        lock = channel.pixi_lock(few, f"http://{server.host}")
        build = prepared_build(direct, {"pixi.lock": lock, "app.py": ""})
        assert_refused(build, None, heading, *mentioned)


def test_no_server_is_explained(direct: DirectBuild, channel: Channel, packages: Packages) -> None:
    lock = channel.pixi_lock([packages["python"]], "http://127.0.0.1:9")
    build = prepared_build(direct, {"pixi.lock": lock, "app.py": ""})
    assert_refused(build, None, "Can't reach 127.0.0.1:9", "Connection refused")


@pytest.mark.parametrize("change", ["changed", "gone"])
def test_faults_of_a_directory_are_explained(
    direct: DirectBuild, channel: Channel, packages: Packages, change: str
) -> None:
    lock = channel.explicit([packages["python"], packages["idna"]])
    idna = packages["idna"].path
    if change == "gone":
        lock = lock.replace("idna-3.10", "idna-3.11")
    else:
        lock = lock.replace(channel.sha256(packages["idna"]), "0" * 64)
    build = prepared_build(direct, {EXPLICIT: lock, "app.py": ""})
    assert_refused(build, None, "", "idna-3.1")
    assert (channel.directory / idna).exists()


def test_what_a_lock_lacks_is_explained(
    direct: DirectBuild, channel: Channel, packages: Packages
) -> None:
    python, idna = packages["python"], packages["idna"]
    lock = channel.pixi_lock([python, idna])

    def refused(lock: str, heading: str, *mentioned: str, **files: str) -> None:
        build = prepared_build(direct, {"pixi.lock": lock, "app.py": "", **files})
        assert_refused(build, None, heading, *mentioned)

    refused(channel.pixi_lock([idna]), "pixi.lock has no Python", "pixi lock")
    other = lock.replace("linux-64:", "osx-arm64:")
    refused(other, "pixi.lock has no packages for linux-64", "osx-arm64", "pixi lock")
    newer = lock.replace("version: 6", "version: 99")
    refused(newer, "pixi.lock has an unsupported version", "99")
    refused("{", "pixi.lock is not a valid lock file", "pixi lock")
    python_version = {".python-version": "3.9"}
    refused(lock, ".python-version asks for another Python than pixi.lock has", **python_version)
    build = prepared_build(direct, {"pixi.lock": lock, "app.py": ""})
    variables = {"BP_PIXI_ENVIRONMENT": "prod"}
    assert_refused(build, variables, "Unknown names in BP_PIXI_ENVIRONMENT", "prod", "default")


@pytest.mark.parametrize(
    ("file", "lock", "command"),
    [("pixi.toml", "pixi.lock", "pixi lock")],
)
def test_a_missing_lock_is_explained(
    direct: DirectBuild, file: str, lock: str, command: str
) -> None:
    build = prepared_build(direct, {file: "", "app.py": ""})
    assert_refused(build, None, f"{lock} is missing", f"{file} declares", command)


def environment_yml(channel: str, *lines: str) -> str:
    return "\n".join(("channels:", f"- {channel}", "dependencies:", *lines, ""))


def test_environment_yml(
    workspace: Workspace,
    build: Build,
    app: Path,
    tmp_path: Path,
    shared_dir: Path,
    packages: Packages,
) -> None:
    python, idna = packages["python"], packages["idna"]
    own = write_channel(shared_dir / "growing", [python, idna])
    file = environment_yml(own.url, "- python", "- idna", "variables:", "  GREETING: hello")
    write_app(app, {"environment.yml": file, "app.py": ""})
    first = kept_image(build(app).require_image(), tmp_path / "first")
    assert installed(workspace, first) == ["idna"]
    assert workspace.run(first, ["--", "sh", "-c", "echo $GREETING"]).stdout.strip() == "hello"

    again = build(app)
    assert "Unchanged after resolving: reusing the previous environment" in again.buildpack_log
    assert "Reusing rattler" in again.buildpack_log
    assert again.require_image().layer_diff_ids() == first.layer_diff_ids()
    # The tool alone.
    assert set(cached_diff_ids(workspace, "app")) == {"rattler"}

    write_channel(shared_dir / "growing", [replace(idna, version="3.11")])
    changed = build(app)
    assert "Discarding the previous environment: idna 3.10 → 3.11" in changed.buildpack_log
    fresh = build(app, image="fresh").require_image()
    assert_same_layers(fresh, changed.require_image(), ["conda"])


def test_environment_yml_with_pip(
    workspace: Workspace, build: Build, app: Path, channel: Channel
) -> None:
    file = environment_yml(channel.url, "- python", "- pip:", "  - iniconfig==2.1.0")
    write_app(app, {"environment.yml": file, "app.py": ""})
    assert installed(workspace, build(app).require_image()) == ["iniconfig"]
    cause = "what pip adds to it is resolved by each installation"
    assert f"Discarding the previous environment: {cause}" in build(app).buildpack_log


def test_what_environment_yml_asks_for_is_explained(
    direct: DirectBuild, channel: Channel, packages: Packages, shared_dir: Path
) -> None:
    def refused(file: str, heading: str, *mentioned: str) -> None:
        build = prepared_build(direct, {"environment.yml": file, "app.py": ""})
        assert_refused(build, None, heading, *mentioned)

    refused("channels: [", "environment.yml is invalid")
    refused(environment_yml(channel.url, "- python =="), "environment.yml is invalid")
    missing = environment_yml(channel.url, "- python", "- nothere")
    refused(missing, "", "nothere")
    refused(environment_yml("file:///nowhere", "- python"), "", "file:///nowhere")
    cut = write_channel(shared_dir / "cut", [packages["python"]])
    repodata = cut.directory / "linux-64" / "repodata.json"
    repodata.write_bytes(repodata.read_bytes()[:100])
    refused(environment_yml(cut.url, "- python"), "", "repodata")


def test_build_command_and_report(
    build: Build, app: Path, channel: Channel, packages: Packages
) -> None:
    lock = channel.pixi_lock([packages["python"], packages["idna"]])
    write_app(app, {"pixi.lock": lock, "app.py": ""})
    command = "python -c \"import idna, os; print(idna.__version__, os.environ['CONDA_PREFIX'])\""
    env = {"BP_BUILD_COMMAND": command, "BP_REPORT": "true"}
    first = build(app, env)
    first.require_image()
    assert "3.10 /" in first.buildpack_log
    assert '"name": "pixi"' in first.buildpack_log
    again = build(app, env)
    assert_reused(again)
    assert "3.10 /" in again.buildpack_log
    assert again.require_image().layer_diff_ids()["conda"]
