from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.counted import COUNTED, Count
from tests.integration.direct_build import DirectBuild
from tests.integration.indexed_workspace import IndexedWorkspace, indexed_workspace
from tests.integration.pypi_server import PyPIServer, pypi_server
from tests.integration.slim_runtime import SlimRuntimes, write_slim_runtimes
from tests.integration.tls_authority import Authority
from tools.lifecycle import ensure_lifecycle
from tools.lifecycle_build import Buildpack, Workspace
from tools.platform_dir import Bindings
from tools.prepared_buildpack import (
    PreparedBuildpack,
    make_runtimes,
    prepare_with_local_runtimes,
)

if TYPE_CHECKING:
    from tests.integration.managed_apps import Build, Locker
    from tests.integration.private_builds import PrivateBuilds

ROOT = Path(__file__).parent.parent.parent

WorkspaceFactory = Callable[..., Workspace]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what tests have counted: what they print themselves is seen where they fail, alone."""
    for report in terminalreporter.getreports("passed"):
        for name, text in getattr(report, "user_properties", ()):
            if name == COUNTED:
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {text}")


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Count:
    """Have a text shown at the end of the run; ``record_property`` warns where a report is written."""
    return lambda text: request.node.user_properties.append((COUNTED, text))


@pytest.fixture(scope="session")
def shared_dir() -> Iterator[Path]:
    """A directory that every user can read: pytest's own and the checkout may be private."""
    with tempfile.TemporaryDirectory(prefix="cnb-shared-") as temporary:
        directory = Path(temporary)
        directory.chmod(0o755)
        yield directory


@pytest.fixture(scope="session")
def lifecycle(shared_dir: Path) -> Path:
    """The lifecycle's programs."""
    return copy_readable(ensure_lifecycle(ROOT), shared_dir / "lifecycle")


@pytest.fixture(scope="session")
def prepared(shared_dir: Path) -> PreparedBuildpack:
    """Our packaged buildpack and Pythons to install, where every user can read them."""
    made = prepare_with_local_runtimes(ROOT, ["--all"])
    assert made.runtimes_dir is not None
    directory = copy_readable(made.buildpack.directory, shared_dir / "python-buildpack")
    return replace(
        made,
        buildpack=replace(made.buildpack, directory=directory),
        runtimes_dir=copy_readable(made.runtimes_dir, shared_dir / "runtimes"),
    )


@pytest.fixture(scope="session")
def buildpack_env(prepared: PreparedBuildpack) -> dict[str, str]:
    """The variables of a build that installs these Pythons; tests add theirs."""
    return {"BP_PYTHON_INVENTORY": f"{prepared.runtimes_dir}/inventory.toml"}


@pytest.fixture(scope="session")
def env_with_headers(shared_dir: Path) -> dict[str, str]:
    """The variables of a build with Pythons that extensions can be compiled for: this machine's."""
    _, made = make_runtimes(ROOT, ["--all"], headers=True)
    runtimes_dir = copy_readable(made, shared_dir / "runtimes-with-headers")
    return {"BP_PYTHON_INVENTORY": f"{runtimes_dir}/inventory.toml"}


@pytest.fixture(scope="module")
def direct(
    prepared: PreparedBuildpack, buildpack_env: dict[str, str], shared_dir: Path
) -> DirectBuild:
    """Directories for builds by bin/build alone; the app is the test's."""
    root = Path(tempfile.mkdtemp(dir=shared_dir, prefix="direct-"))
    root.chmod(0o755)
    return DirectBuild(root, prepared.buildpack.directory, {}, buildpack_env)


@pytest.fixture(scope="session")
def slim_runtimes(prepared: PreparedBuildpack, shared_dir: Path) -> SlimRuntimes:
    """Two Pythons as they are installed in less time."""
    # The newest have an executable that holds all of the interpreter: each build compresses it again.
    small = [each for each in prepared.versions if not each.startswith("3.14.")]
    return write_slim_runtimes(
        replace(prepared, versions=tuple(small)), shared_dir / "slim-runtimes"
    )


@pytest.fixture
def workspace(make_workspace: WorkspaceFactory, prepared: PreparedBuildpack) -> Workspace:
    """A workspace of our buildpack alone."""
    return make_workspace(prepared.buildpack)


@pytest.fixture
def make_workspace(lifecycle: Path) -> Iterator[WorkspaceFactory]:
    """Make workspaces for a group of buildpacks; they are gone when the test ends."""
    with tempfile.TemporaryDirectory(prefix="cnb-") as temporary:
        parent = Path(temporary)
        parent.chmod(0o755)

        def make(*buildpacks: Buildpack) -> Workspace:
            root = Path(tempfile.mkdtemp(dir=parent, prefix="w"))
            root.chmod(0o755)
            return Workspace.create(root, lifecycle, buildpacks)

        yield make


@pytest.fixture
def write_buildpack(shared_dir: Path) -> Callable[..., Buildpack]:
    """Write small buildpacks in sh, to run before or after the one under test."""

    def write(
        buildpack_id: str,
        build: str,
        *,
        requires: Sequence[str] = (),
        provides: Sequence[str] = (),
    ) -> Buildpack:
        directory = Path(tempfile.mkdtemp(dir=shared_dir, prefix="buildpack-"))
        directory.chmod(0o755)
        (directory / "bin").mkdir()
        plan = [f'[[requires]]\nname = "{name}"' for name in requires]
        plan += [f'[[provides]]\nname = "{name}"' for name in provides]
        scripts = {
            "detect": "cat > \"$CNB_BUILD_PLAN_PATH\" <<'END'\n" + "\n".join(plan) + "\nEND\n",
            "build": build,
        }
        for name, body in scripts.items():
            script = directory / "bin" / name
            script.write_text(f"#!/bin/sh\nset -eu\n{body}\n", encoding="utf-8")
            script.chmod(0o755)
        (directory / "buildpack.toml").write_text(
            f'api = "0.10"\n[buildpack]\nid = "{buildpack_id}"\nversion = "0.0.1"\n',
            encoding="utf-8",
        )
        return Buildpack(directory, buildpack_id, "0.0.1")

    return write


def copy_readable(source: Path, destination: Path) -> Path:
    """Copy a directory to where the build's user can read it, and return the copy."""
    shutil.copytree(source, destination, symlinks=True)
    return destination


@pytest.fixture(scope="session")
def tool_wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of the wheels of uv and Poetry, and of a small one."""
    # Imported here, and below: these modules, in turn, need this one.
    from tests.integration.private_builds import download_wheels

    return download_wheels(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="session")
def tool_index(tool_wheels: Path) -> Iterator[PyPIServer]:
    """An index of these wheels, which wants no password."""
    with pypi_server(tool_wheels) as index:
        yield index


@pytest.fixture(scope="session")
def authority() -> Authority:
    """A certificate authority that no machine knows."""
    return Authority()


@pytest.fixture(scope="session")
def trusted(authority: Authority) -> Bindings:
    """Service bindings by which a build knows it."""
    return {"own": {"type": "ca-certificates", "own.pem": authority.pem}}


@pytest.fixture(scope="module")
def indexed(
    lifecycle: Path, prepared: PreparedBuildpack, slim_runtimes: SlimRuntimes
) -> Iterator[IndexedWorkspace]:
    """A workspace of our buildpack alone, and an index of the test's own."""
    with indexed_workspace(lifecycle, prepared, slim_runtimes) as made:
        yield made


@pytest.fixture(scope="session")
def builds(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[PrivateBuilds]:
    """Builds that get everything from servers of the test's own."""
    from tests.integration.private_builds import private_builds

    with private_builds(lifecycle, prepared) as builds:
        yield builds


@pytest.fixture(scope="session")
def locker() -> Locker:
    """The tools that lock apps."""
    from tests.integration.managed_apps import checkout_locker

    return checkout_locker()


@pytest.fixture
def build(workspace: Workspace, slim_runtimes: SlimRuntimes) -> Build:
    """What builds an app on the newest of the slim runtimes, each time on what the last one left."""
    from tests.integration.managed_apps import builder

    return builder(workspace, slim_runtimes.env, slim_runtimes.versions[0])


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Where a test writes its app."""
    return tmp_path / "app"
