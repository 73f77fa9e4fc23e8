"""Builds in a network namespace without any interface, by a buildpack that carries all it needs."""

from __future__ import annotations

import gzip
import hashlib
import json
import lzma
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.apps import sdist, wheel, write_app
from tests.integration.conftest import ROOT, WorkspaceFactory, copy_readable
from tests.integration.failed_builds import assert_explained
from tests.integration.loopback_server import DIRECT, Answer, loopback_server
from tests.integration.managed_apps import Declaration, assert_reused, checkout_locker
from tests.integration.workspaces import temporary_workspace
from tools.lifecycle_build import BuildResult, Workspace
from tools.prepared_buildpack import PreparedBuildpack, prepare_with_local_runtimes

OFFLINE = {"BP_OFFLINE": "true"}
FILE = "local-1.0-py3-none-any.whl"
WHEEL = wheel("local", "1.0", {"local.py": "VALUE = 1\n"})
SHA256 = hashlib.sha256(WHEEL).hexdigest()
PIN = f"local==1.0 --hash=sha256:{SHA256}\n"
PROJECT = '[project]\nname = "shop"\nversion = "1.0"\nrequires-python = ">=3.10"\n'
UV_PROJECT = f'{PROJECT}dependencies = ["local"]\n'
FLAT_INDEX = """
[[tool.uv.index]]
name = "vendor"
url = "vendor"
format = "flat"
default = true
"""
UV_LOCK = """\
version = 1
revision = 3
requires-python = ">=3.10"

[[package]]
name = "local"
version = "1.0"
source = {{ registry = "{index}" }}
wheels = [
    {{ {wheel} }},
]

[[package]]
name = "shop"
version = "1.0"
source = {{ virtual = "." }}
dependencies = [
    {{ name = "local" }},
]

[package.metadata]
requires-dist = [{{ name = "local" }}]
"""
REMOTE_URL = f"https://files.example/{FILE}"
INDEX = "https://index.example/simple"
PYLOCK = f"""\
lock-version = "1.0"
created-by = "a test"

[[packages]]
name = "local"
version = "1.0"
index = "{INDEX}"
wheels = [{{ name = "{FILE}", url = "{REMOTE_URL}", hashes = {{ sha256 = "{SHA256}" }} }}]
"""
PIPFILE_LOCK = json.dumps(
    {
        "_meta": {
            "hash": {"sha256": "0" * 64},
            "pipfile-spec": 6,
            "requires": {},
            "sources": [{"name": "pypi", "url": INDEX, "verify_ssl": True}],
        },
        "default": {"local": {"hashes": [f"sha256:{SHA256}"], "version": "==1.0"}},
        "develop": {},
    }
)
PDM_LOCK = f"""\
[metadata]
groups = ["default"]
strategy = ["inherit_metadata"]
lock_version = "4.5.0"
content_hash = "sha256:{"0" * 64}"

[[package]]
name = "local"
version = "1.0"
groups = ["default"]
files = [{{file = "{FILE}", hash = "sha256:{SHA256}"}}]
"""
BUILT = sdist("local", {"pyproject.toml": '[build-system]\nrequires = ["hatchling"]\n'})
SDIST = gzip.compress(lzma.decompress(BUILT), mtime=0)
# What each package manager locks; the wheel is in the app.
LOCKED: Mapping[str, Mapping[str, str | bytes]] = {
    "pylock": {"pylock.toml": PYLOCK},
    "pipenv": {"Pipfile.lock": PIPFILE_LOCK},
    "pdm": {
        "pdm.lock": PDM_LOCK,
        "pyproject.toml": f"{UV_PROJECT}[tool.pdm]\ndistribution = false\n",
    },
    "uv": {
        "pyproject.toml": UV_PROJECT + FLAT_INDEX,
        "uv.lock": UV_LOCK.format(index="vendor", wheel=f'path = "{FILE}"'),
    },
}


@pytest.fixture(scope="module")
def offline(shared_dir: Path) -> PreparedBuildpack:
    """The buildpack that carries one of these Pythons, where every user can read it."""
    made = prepare_with_local_runtimes(ROOT, ["--all"], offline=True)
    directory = copy_readable(made.buildpack.directory, shared_dir / "offline-buildpack")
    return replace(made, buildpack=replace(made.buildpack, directory=directory))


@pytest.fixture(scope="module")
def isolated_lifecycle(lifecycle: Path, shared_dir: Path) -> Path:
    """The lifecycle's creator, in a namespace of its own; its launcher as it is."""
    prefix = _isolation()
    directory = shared_dir / "isolated-lifecycle"
    directory.mkdir()
    # By its name, the program tells which phase it is.
    wrapper = directory / "creator"
    wrapper.write_text(f'#!/bin/sh\nexec {prefix} "{lifecycle}/creator" "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    shutil.copyfile(lifecycle / "launcher", directory / "launcher")
    (directory / "launcher").chmod(0o755)
    return directory


def _isolation() -> str:
    """Return the command that runs another one without a network, or skip."""
    prefix = "unshare --net" if os.geteuid() == 0 else "unshare --user --map-current-user --net"
    # All interfaces that there are, one a line, after two lines of heading.
    command = f"{prefix} cat /proc/net/dev"
    result = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        refused = "Operation not permitted" in result.stderr or os.geteuid() != 0
        (pytest.skip if refused else pytest.fail)(
            f"this machine refuses a network namespace to its user: {result.stderr.strip()}"
        )
    names = {line.partition(":")[0].strip() for line in result.stdout.splitlines()[2:]}
    # Every namespace has one, which is down and leads nowhere.
    assert names <= {"lo", "tunl0", "sit0", "gre0", "gretap0", "erspan0", "ip6tnl0"}, names
    return prefix


@pytest.fixture
def workspace(isolated_lifecycle: Path, offline: PreparedBuildpack) -> Iterator[Workspace]:
    with temporary_workspace(isolated_lifecycle, offline.buildpack) as made:
        yield made


def build(
    workspace: Workspace, files: Mapping[str, str | bytes], env: Mapping[str, str] | None = None
) -> BuildResult:
    """Build an app of these files, without a network."""
    app = workspace.root.parent / "app"
    shutil.rmtree(app, ignore_errors=True)
    write_app(app, {"main.py": "import local\nprint(local.VALUE)\n", **files})
    return workspace.build(app, {**OFFLINE, **(env or {})})


def value_in(workspace: Workspace, result: BuildResult) -> str:
    return workspace.run(result.require_image(), ["--", "python", "main.py"]).stdout.strip()


def test_requirements_from_a_directory_of_wheels(workspace: Workspace) -> None:
    files: dict[str, str | bytes] = {"requirements.txt": "local==1.0\n", f"vendor/{FILE}": WHEEL}
    first = build(workspace, files)
    assert value_in(workspace, first) == "1"
    assert "From the archive in the buildpack" in first.buildpack_log
    assert_reused(build(workspace, files))
    # The same name, as whoever makes it may give it again.
    other = wheel("local", "1.0", {"local.py": "VALUE = 2\n"})
    changed = build(workspace, {**files, f"vendor/{FILE}": other})
    assert "Discarding the previous environment: " in changed.buildpack_log
    assert "vendor changed" in changed.buildpack_log
    assert value_in(workspace, changed) == "2"


@pytest.mark.parametrize("manager", LOCKED)
def test_lock_with_a_directory_of_wheels(workspace: Workspace, manager: str) -> None:
    result = build(workspace, {**LOCKED[manager], f"vendor/{FILE}": WHEEL})
    assert value_in(workspace, result) == "1"


def test_wheel_that_uvs_lock_has_no_hash_of(workspace: Workspace) -> None:
    files = {**LOCKED["uv"], f"vendor/{FILE}": WHEEL}
    build(workspace, files)
    other = wheel("local", "1.0", {"local.py": "VALUE = 2\n"})
    changed = build(workspace, {**files, f"vendor/{FILE}": other})
    assert value_in(workspace, changed) == "2"


def test_poetrys_lock_of_a_file(workspace: Workspace, tmp_path: Path) -> None:
    declared = 'package-mode = false\n[tool.poetry.dependencies]\nlocal = { path = "vendor/%s" }\n'
    source = tmp_path / "source"
    (source / "vendor").mkdir(parents=True)
    (source / "vendor" / FILE).write_bytes(WHEEL)
    (source / "pyproject.toml").write_text(PROJECT + "[tool.poetry]\n" + declared % FILE)
    locker = checkout_locker()
    locker._run(locker.poetry, source, "lock", "--no-interaction")
    names = ("pyproject.toml", "poetry.lock")
    files = {name: (source / name).read_bytes() for name in names}
    result = build(workspace, {**files, f"vendor/{FILE}": WHEEL})
    assert value_in(workspace, result) == "1"
    assert "From the wheels in the buildpack" in result.buildpack_log


@pytest.mark.parametrize(
    ("files", "heading", "mentioned"),
    [
        pytest.param(
            {"requirements.txt": "local==1.0\n"},
            "No wheel for local==1.0, and BP_OFFLINE is set",
            ("There is no vendor/ with wheels.", "-d vendor local==1.0"),
            id="no directory",
        ),
        pytest.param(
            {"requirements.txt": "local==1.1\n", f"vendor/{FILE}": WHEEL},
            "No wheel for local==1.1, and BP_OFFLINE is set",
            ("Found: 1.0", "--platform manylinux_2_28_"),
            id="another version",
        ),
        pytest.param(
            {"requirements.txt": f"local @ {REMOTE_URL}\n", f"vendor/{FILE}": WHEEL},
            "A requirement is at a URL, and BP_OFFLINE is set",
            ("pip wheel --no-deps",),
            id="URL",
        ),
        pytest.param(
            {
                "requirements.txt": "local==1.0\n",
                "vendor/local-1.0.tar.gz": SDIST,
            },
            "Building local needs hatchling, and BP_OFFLINE is set",
            ("pip download -d vendor hatchling",),
            id="source distribution",
        ),
        pytest.param(
            {
                "pyproject.toml": UV_PROJECT,
                "uv.lock": UV_LOCK.format(
                    index=INDEX, wheel=f'url = "{REMOTE_URL}", hash = "sha256:{SHA256}"'
                ),
            },
            "uv.lock needs the package index, and BP_OFFLINE is set",
            ("uv export --",),
            id="uv",
        ),
        pytest.param(
            {"requirements.txt": PIN, ".python-version": "3.10.1\n"},
            "Python 3.10.1 is not available",
            ("Available for linux/",),
            id="Python",
        ),
    ],
)
def test_what_is_not_at_hand(
    workspace: Workspace,
    offline: PreparedBuildpack,
    files: Mapping[str, str | bytes],
    heading: str,
    mentioned: tuple[str, ...],
) -> None:
    result = build(workspace, files)
    assert_explained(result, heading, *mentioned)
    # Each says at once that it can't, and tries nothing again.
    assert "Retrying" not in result.log
    if ".python-version" in files:
        inventory = (offline.buildpack.directory / "inventory.toml").read_text(encoding="utf-8")
        (bundled,) = (line for line in inventory.splitlines() if line.startswith("version = "))
        assert bundled.split('"')[1] in result.log


def test_poetrys_lock_of_an_index(workspace: Workspace, tmp_path: Path) -> None:
    app = checkout_locker().write("poetry", tmp_path / "app", Declaration(["iniconfig==2.1.0"]))
    result = workspace.build(app, OFFLINE)
    assert_explained(result, "poetry.lock needs the package index", "poetry export --output")
    # Neither Python nor Poetry is installed for nothing.
    assert "Installing" not in result.buildpack_log


def test_carried_archive_is_used_where_there_is_a_network(
    make_workspace: WorkspaceFactory, offline: PreparedBuildpack, tmp_path: Path
) -> None:
    app = write_app(tmp_path / "app", {"requirements.txt": "", "main.py": ""})
    with loopback_server(lambda _number, _request: Answer(500)) as mirror:
        env = {"BP_DEPENDENCY_MIRROR": f"http://{mirror.host}", **DIRECT}
        result = make_workspace(offline.buildpack).build(app, env)
    assert result.require_image().layer_diff_ids().keys() >= {"python"}
    assert mirror.requests == []
