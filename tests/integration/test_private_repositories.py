"""Requirements in a Git repository over http that wants a name and a password."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.failed_builds import assert_explained
from tests.integration.git_server import (
    GitServer,
    git_server,
    git_store_env,
    write_repository,
)
from tests.integration.managed_apps import Locker
from tests.integration.private_builds import (
    PRIVATE,
    RIGHT,
    WRONG,
    PrivateBuilds,
    private_app,
)
from tests.integration.pypi_server import Login, PyPIServer
from tools.platform_dir import NO_BINDINGS, Bindings

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The directory of repositories, and the commit of the one in it."""
    root = tmp_path_factory.mktemp("repositories")
    return root, write_repository(root / "private", PRIVATE.project)


@pytest.fixture(scope="module")
def server(repository: tuple[Path, str]) -> Iterator[GitServer]:
    with git_server(repository[0], RIGHT) as server:
        yield server


@pytest.fixture
def files(
    manager: str,
    server: GitServer,
    repository: tuple[Path, str],
    tool_index: PyPIServer,
    locker: Locker,
    tmp_path: Path,
) -> dict[str, str | bytes]:
    store = tmp_path / "credentials"
    store.write_text(server.credentials(RIGHT), encoding="utf-8")
    dependency = f"private @ git+{server.url('private')}@{repository[1]}"
    return {**private_app(manager, tool_index.url, locker, git_store_env(store), dependency)}


def git_credentials(server: GitServer, login: Login) -> Bindings:
    return {"code": {"type": "git-credentials", "credentials": server.credentials(login)}}


def paketo_credentials(server: GitServer, login: Login) -> Bindings:
    """Return the form that Paketo's buildpacks have defined."""
    lines = f"username={login.name}\npassword={login.password}\n"
    entries = {"credentials": lines, "context": f"http://{server.host}"}
    return {"code": {"type": "git-credentials", **entries}}


@pytest.mark.parametrize(
    ("manager", "bindings_for"),
    [("pip", git_credentials), ("uv", paketo_credentials), ("poetry", git_credentials)],
    ids=["pip", "uv", "poetry"],
)
def test_git_credentials(
    builds: PrivateBuilds,
    server: GitServer,
    tool_index: PyPIServer,
    files: dict[str, str | bytes],
    bindings_for: Callable[[GitServer, Login], Bindings],
) -> None:
    env = {"PIP_INDEX_URL": tool_index.url}
    # The tools that locked it were let in too.
    server.used.clear()
    result = builds.build(files, env, bindings_for(server, RIGHT))
    assert result.exit_code == 0, result.log
    assert "  Using code, a binding of type git-credentials\n" in result.buildpack_log
    assert server.used == {RIGHT}


@pytest.mark.parametrize(
    ("manager", "login"), [("pip", None), ("uv", WRONG)], ids=["pip, none", "uv, wrong"]
)
def test_git_credentials_that_are_refused(
    builds: PrivateBuilds,
    server: GitServer,
    tool_index: PyPIServer,
    files: dict[str, str | bytes],
    login: Login | None,
) -> None:
    bindings = git_credentials(server, login) if login else NO_BINDINGS
    result = builds.build(files, {"PIP_INDEX_URL": tool_index.url}, bindings)
    assert_explained(result, f"A git repository at {server.host} needs", "of type git-credentials")
