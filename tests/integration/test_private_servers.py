"""A private index: its credentials, given once, serve whatever tool installs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.failed_builds import assert_explained
from tests.integration.managed_apps import Locker
from tests.integration.private_builds import (
    RIGHT,
    WRONG,
    PrivateBuilds,
    private_app,
)
from tests.integration.pypi_server import Login, PyPIServer, pypi_server
from tools.platform_dir import NO_BINDINGS, Bindings


@pytest.fixture(scope="module")
def index(tool_wheels: Path) -> Iterator[PyPIServer]:
    with pypi_server(tool_wheels, RIGHT) as index:
        yield index


def lock_env(index: PyPIServer, directory: Path) -> dict[str, str]:
    """Return what uv and Poetry need to read the index."""
    file = directory / "netrc"
    file.write_text(index.netrc(RIGHT), encoding="utf-8")
    return {"NETRC": str(file)}


def pip_binding(index: PyPIServer, login: Login) -> Bindings:
    return {"own": {"type": "pip", "pip.conf": f"[global]\nindex-url = {index.url_with(login)}\n"}}


def netrc_binding(index: PyPIServer, login: Login) -> Bindings:
    return {"hosts": {"type": "netrc", ".netrc": index.netrc(login)}}


@pytest.mark.parametrize("manager", ["uv", "poetry", "pipenv"])
def test_credentials_of_pip_conf(
    builds: PrivateBuilds, index: PyPIServer, locker: Locker, manager: str, tmp_path: Path
) -> None:
    files = private_app(manager, index.url, locker, lock_env(index, tmp_path))
    result = builds.build(files, {}, pip_binding(index, RIGHT))
    assert result.exit_code == 0, result.log
    assert "200 /packages/private-1.0-py3-none-any.whl" in index.statuses


def test_credentials_of_netrc(builds: PrivateBuilds, index: PyPIServer, locker: Locker) -> None:
    # What serves the other tools is made into the same, from pip.conf.
    env = {"PIP_INDEX_URL": index.url}
    files = private_app("pdm", index.url, locker)
    result = builds.build(files, env, netrc_binding(index, RIGHT))
    assert result.exit_code == 0, result.log


@pytest.mark.parametrize(
    ("manager", "login", "said"),
    [
        pytest.param("pip", None, "answered 401", id="pip, none"),
        pytest.param("uv", WRONG, "answered 403", id="uv, wrong"),
        # Which status it was, Poetry doesn't tell.
        pytest.param("poetry", WRONG, "needs other credentials", id="poetry, wrong"),
    ],
)
def test_refused_credentials(
    builds: PrivateBuilds,
    tool_index: PyPIServer,
    index: PyPIServer,
    locker: Locker,
    tmp_path: Path,
    manager: str,
    login: Login | None,
    said: str,
) -> None:
    files = private_app(manager, index.url, locker, lock_env(index, tmp_path))
    # uv and Poetry come from elsewhere, so that it's they who are refused.
    env = {"PIP_INDEX_URL": index.url if manager == "pip" else tool_index.url}
    bindings = netrc_binding(index, login) if login else NO_BINDINGS
    result = builds.build(files, env, bindings)
    assert_explained(
        result, f"{index.host} refuses access", said, "of type pip", "netrc, whose .netrc"
    )


def test_settings_of_uv_alone(
    builds: PrivateBuilds, tool_index: PyPIServer, index: PyPIServer, locker: Locker, tmp_path: Path
) -> None:
    # The app names no index: uv.toml does.
    lock_with = {**lock_env(index, tmp_path), "UV_DEFAULT_INDEX": index.url}
    files = private_app("uv", "", locker, lock_with)
    uv_toml = f'[[index]]\nname = "own"\nurl = "{index.url_with(RIGHT)}"\ndefault = true\n'
    bindings = {"settings": {"type": "uv", "uv.toml": uv_toml}}
    result = builds.build(files, {"PIP_INDEX_URL": tool_index.url}, bindings)
    assert result.exit_code == 0, result.log
    assert "  Using settings, a binding of type uv\n" in result.buildpack_log
