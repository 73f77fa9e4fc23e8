"""Builds that reach nothing but by a proxy, which wants a name and a password."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.failed_builds import assert_explained
from tests.integration.loopback_server import Answer, LoopbackServer, loopback_server
from tests.integration.managed_apps import Locker
from tests.integration.private_builds import (
    ARCHIVES,
    RIGHT,
    WRONG,
    PrivateBuilds,
    private_app,
)
from tests.integration.proxy_server import Proxy, proxied_env, proxy_server
from tests.integration.pypi_server import PyPIServer
from tests.integration.tls_authority import Authority
from tools.platform_dir import Bindings

# Names that no server of names knows: the proxy does.
PACKAGES = "packages.invalid"
URL = f"http://{PACKAGES}/simple/"
TRUSTED = {"PIP_TRUSTED_HOST": PACKAGES}
# Seconds, so that silence doesn't last.
IMPATIENT = {"PIP_DEFAULT_TIMEOUT": "1", "UV_HTTP_TIMEOUT": "1", "UV_HTTP_RETRIES": "1"}
LOGIN, WRONG_LOGIN = (f"{each.name}:{each.password}" for each in (RIGHT, WRONG))


@pytest.fixture(scope="module")
def archives(builds: PrivateBuilds, authority: Authority) -> Iterator[LoopbackServer]:
    with loopback_server(builds.archives, authority.context(ARCHIVES)) as server:
        yield server


@pytest.fixture
def proxy(tool_index: PyPIServer, archives: LoopbackServer) -> Iterator[Proxy]:
    addresses = {f"{PACKAGES}:80": tool_index.host, f"{ARCHIVES}:443": archives.host}
    with proxy_server(LOGIN, addresses) as proxy:
        yield proxy


def test_everything_by_a_proxy(
    builds: PrivateBuilds, proxy: Proxy, trusted: Bindings, locker: Locker
) -> None:
    # pip too, which gets uv.
    files = private_app("uv", URL, locker, proxy.env)
    proxy.targets.clear()
    env = {**proxy.env, **builds.elsewhere, **TRUSTED, "PIP_INDEX_URL": URL}
    result = builds.build(files, env, trusted)
    assert result.exit_code == 0, result.log
    assert set(proxy.targets) == {f"{ARCHIVES}:443", f"{PACKAGES}:80"}


def test_proxy_that_refuses_an_archive(
    builds: PrivateBuilds, proxy: Proxy, trusted: Bindings
) -> None:
    env = {**proxy.env_with(WRONG_LOGIN), **builds.elsewhere}
    result = builds.build({"main.py": ""}, env, trusted)
    assert_explained(result, "A download failed", "407", "HTTPS_PROXY")
    assert set(proxy.targets) == {f"{ARCHIVES}:443"}


@pytest.mark.parametrize("manager", ["pip", "uv"])
def test_proxy_that_refuses_the_index(
    builds: PrivateBuilds, proxy: Proxy, tool_index: PyPIServer, locker: Locker, manager: str
) -> None:
    files = private_app(manager, URL, locker, proxy.env)
    # What uv itself comes from needs no proxy, by NO_PROXY.
    tools = URL if manager == "pip" else tool_index.url
    env = {**proxy.env_with(WRONG_LOGIN), **TRUSTED, "PIP_INDEX_URL": tools}
    result = builds.build(files, env)
    assert_explained(result, f"Can't reach {PACKAGES}", "407", "HTTPS_PROXY")


@pytest.mark.parametrize("manager", ["pip", "uv"])
def test_proxy_that_does_not_answer(
    builds: PrivateBuilds, proxy: Proxy, tool_index: PyPIServer, locker: Locker, manager: str
) -> None:
    files = private_app(manager, URL, locker, proxy.env)
    tools = URL if manager == "pip" else tool_index.url
    with loopback_server(lambda _number, _request: Answer(is_missing=True)) as silent:
        env = {**proxied_env(LOGIN, silent.host), **IMPATIENT, **TRUSTED, "PIP_INDEX_URL": tools}
        result = builds.build(files, env)
    assert_explained(result, f"Can't reach {PACKAGES}", "didn't answer in time")
    assert silent.requests
