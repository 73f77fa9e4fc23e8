"""Servers with certificates of an authority that the build is told of, or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.integration.failed_builds import assert_explained
from tests.integration.loopback_server import loopback_server
from tests.integration.managed_apps import Locker
from tests.integration.private_builds import (
    RIGHT,
    PrivateBuilds,
    private_app,
)
from tests.integration.pypi_server import PyPIServer, pypi_server
from tests.integration.tls_authority import Authority
from tools.platform_dir import Bindings

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def index(tool_wheels: Path, authority: Authority) -> Iterator[PyPIServer]:
    with pypi_server(tool_wheels, context=authority.context(HOST)) as index:
        yield index


@pytest.fixture
def lock_env(authority: Authority, tmp_path: Path) -> dict[str, str]:
    """What uv and Poetry need to read the index."""
    file = tmp_path / "authority.pem"
    file.write_text(authority.pem, encoding="ascii")
    return {"SSL_CERT_FILE": str(file), "REQUESTS_CA_BUNDLE": str(file)}


def test_everything_over_https(
    builds: PrivateBuilds,
    authority: Authority,
    trusted: Bindings,
    index: PyPIServer,
    locker: Locker,
    lock_env: Mapping[str, str],
) -> None:
    # pip too, which gets uv.
    files = private_app("uv", index.url, locker, lock_env)
    with loopback_server(builds.archives, authority.context(HOST)) as mirror:
        more = {
            **trusted,
            "mirror": {"type": "dependency-mirror", "default": f"https://{mirror.host}/mirror"},
        }
        env = {"PIP_INDEX_URL": index.url, **builds.elsewhere}
        result = builds.build(files, env, more)
        assert result.exit_code == 0, result.log
        assert [request.path.split("/")[1] for request in mirror.requests] == ["mirror"]


def test_credentials_of_poetry_over_https(
    builds: PrivateBuilds,
    authority: Authority,
    trusted: Bindings,
    tool_wheels: Path,
    tool_index: PyPIServer,
    locker: Locker,
    lock_env: Mapping[str, str],
    tmp_path: Path,
) -> None:
    auth = f'[http-basic.own]\nusername = "{RIGHT.name}"\npassword = "{RIGHT.password}"\n'
    more = {**trusted, "source": {"type": "poetry", "auth.toml": auth}}
    with pypi_server(tool_wheels, RIGHT, authority.context(HOST)) as index:
        netrc = tmp_path / "netrc"
        netrc.write_text(index.netrc(RIGHT), encoding="utf-8")
        files = private_app("poetry", index.url, locker, {**lock_env, "NETRC": str(netrc)})
        result = builds.build(files, {"PIP_INDEX_URL": tool_index.url}, more)
    assert result.exit_code == 0, result.log
    assert "  Using source, a binding of type poetry\n" in result.buildpack_log


@pytest.mark.parametrize("is_expired", [False, True], ids=["unknown", "expired"])
def test_archive_of_a_server_that_is_not_trusted(
    builds: PrivateBuilds, authority: Authority, trusted: Bindings, *, is_expired: bool
) -> None:
    context = authority.context(HOST, is_expired=is_expired)
    with loopback_server(builds.archives, context) as mirror:
        env = {"BP_DEPENDENCY_MIRROR": f"https://{mirror.host}", **builds.elsewhere}
        result = builds.build({"main.py": ""}, env, trusted if is_expired else {})
        assert mirror.requests == []
    said = "certificate has expired" if is_expired else "unable to get local issuer certificate"
    assert_explained(result, "A download failed", "Tried once", said, "of type ca-certificates")


def test_index_of_an_unknown_authority(
    builds: PrivateBuilds,
    index: PyPIServer,
    tool_index: PyPIServer,
    locker: Locker,
    lock_env: Mapping[str, str],
) -> None:
    files = private_app("uv", index.url, locker, lock_env)
    result = builds.build(files, {"PIP_INDEX_URL": tool_index.url})
    assert_explained(result, f"Can't reach {index.host}", "certificate", "ca-certificates:")


def test_index_with_an_expired_certificate(
    builds: PrivateBuilds, authority: Authority, trusted: Bindings, tool_wheels: Path
) -> None:
    context = authority.context(HOST, is_expired=True)
    with pypi_server(tool_wheels, context=context) as expired:
        files = {"requirements.txt": "private==1.0\n"}
        result = builds.build(files, {"PIP_INDEX_URL": expired.url}, trusted)
    assert_explained(result, f"Can't reach {expired.host}", "certificate", "xpired")
