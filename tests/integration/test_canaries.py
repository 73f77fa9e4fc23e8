"""No secret is left anywhere: every build here has a different one in each place at once.

A sample is built each time; each package manager and each failure with scripts/test --thorough.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.integration.canaries import canaries_in, canary, committed_canary, leaks, with_login
from tests.integration.canary_builds import BUILT, SHA256, SIGNED, CanaryBuilds, canary_builds
from tests.integration.counted import Count
from tests.integration.failed_builds import BUILD_FAILED, assert_explained
from tests.integration.private_builds import PRIVATE
from tests.sampling import sampled
from tools.prepared_buildpack import PreparedBuildpack

WARNING = "\nWarning: Credentials are part of the app's source\n"
ZEROS = "0" * 64
# For each package manager, canaries that are certainly used, and where the warning finds one; "-git"
# has the app's only dependency in a repository.
USED = {
    "pip": ({"committed-pip", "mirror-binding", "git-url"}, "requirements.txt, line 1"),
    "pylock": ({"pip-index-url"}, "pylock.toml, line 7"),
    "pipenv": ({"index-token"}, "pip.conf, line 2"),
    "pdm": ({"committed-pdm", "index-token"}, "pyproject.toml, line 12"),
    "pyproject": ({"pip-index-url"}, "pyproject.toml, line 10"),
    "uv": ({"pip-index-url"}, "pyproject.toml, line 9"),
    "poetry": ({"pip-index-url"}, "pyproject.toml, line 12"),
    "uv-git": ({"git-binding"}, "pyproject.toml, line 9"),
    "poetry-git": ({"git-binding"}, "pyproject.toml, line 12"),
}


@pytest.fixture(scope="module")
def builds(
    lifecycle: Path, prepared: PreparedBuildpack, tool_wheels: Path
) -> Iterator[CanaryBuilds]:
    with canary_builds(lifecycle, prepared, tool_wheels) as builds:
        yield builds


@pytest.mark.parametrize("manager", sampled(USED, "pip", "pdm", "uv", "poetry-git"))
def test_build_that_succeeds(builds: CanaryBuilds, manager: str) -> None:
    used, committed = USED[manager]
    files = builds.app(manager)
    builds.index.used.clear()
    builds.git.used.clear()
    result = builds.build(manager, files, builds.env(), builds.bindings())
    image = result.require_image()
    assert "io.github.python-buildpack.report" in image.labels
    let_in = {login.password.removeprefix(canary("")) for login in builds.git.used}
    assert builds.index.used | let_in >= used, result.log
    warning = result.buildpack_log.partition(WARNING)[2]
    assert f"    {committed}\n" in warning, result.log


def test_build_with_settings_in_the_app(builds: CanaryBuilds) -> None:
    """A pip.conf of the app's instead of bindings, and of variables of pip's."""
    files = conf_app(builds, "private==1.0\n")
    result = builds.build("conf", files, conf_env(builds), {})
    result.require_image()
    assert "committed-conf" in builds.index.used
    assert " settings/pip.conf, line 2\n" in result.buildpack_log


def conf_app(builds: CanaryBuilds, requirements: str) -> dict[str, str]:
    """Return an app that has settings/pip.conf."""
    url = builds.index.url_with(committed_canary("conf"))
    return {"requirements.txt": requirements, "settings/pip.conf": f"[global]\nindex-url={url}\n"}


def conf_env(builds: CanaryBuilds) -> dict[str, str]:
    """Return the variables of a build that has settings/pip.conf, and no bindings."""
    env = builds.env()
    del env["PIP_INDEX_URL"], env["PIP_EXTRA_INDEX_URL"]
    mirror = with_login(f"http://{builds.index.host}/mirror", canary("mirror-variable"))
    conf = f"{builds.workspace.app_dir}/settings/pip.conf"
    return {**env, "BP_DEPENDENCY_MIRROR": mirror, "PIP_CONFIG_FILE": conf}


class Failure(NamedTuple):
    """A build that fails.

    Attributes:
        name: of the case, and the image.
        manager: whose app is built.
        heading: the beginning of the error's; {host} is the index's address.
        changes: old and new text, for all files of the app.
        env: added to the variables.
        refused: what no password is right for, as a part of the path, on the index or Git's server.
    """

    name: str
    manager: str
    heading: str
    changes: Mapping[str, str] = {}
    env: Mapping[str, str] = {}
    refused: str = ""


REFUSED = "{host} refuses access"
GIT_REFUSED = "A git repository at {git} needs credentials"
OTHER_FILE = "A downloaded file doesn't match its hash"
DIRECT_TO_NOTHING = {"NO_PROXY": "", "no_proxy": ""}
PROXIED = {**DIRECT_TO_NOTHING, "BP_PYTHON_INVENTORY": "local"}
GIT_TALKS = {"GIT_TRACE": "1", "GIT_CURL_VERBOSE": "1"}
WHEEL_URL = '{ url = "http://127.0.0.1'
FAILURES = (
    Failure("mirror-refused", "pip", "A download failed", refused="/mirror/"),
    Failure("mirror-proxied", "pip", "A download failed", env=DIRECT_TO_NOTHING),
    Failure("pip-refused", "pip", REFUSED, env={"PIP_VERBOSE": "2"}, refused="private"),
    Failure("pip-git-proxied", "pip", "git can't reach", env=PROXIED),
    Failure("pip-proxied", "pip", "Can't reach", {"cloned @": "#"}, env=PROXIED),
    Failure("pip-missing", "pip", "No version of private==2.0", {"private==1.0": "private==2.0"}),
    Failure(
        "pip-git-refused",
        "pip",
        GIT_REFUSED,
        env={**GIT_TALKS, "GIT_TOKEN": canary("git-wrong")},
    ),
    Failure("pip-git-committed", "pip", GIT_REFUSED, {"${GIT_TOKEN}": committed_canary("git")}),
    Failure("pip-git-missing", "pip", "git could not fetch", {"/cloned.git": "/missing.git"}),
    Failure("uv-itself-refused", "uv", "No version of uv==", refused="/simple/uv/"),
    Failure("uv-refused", "uv", REFUSED, env={"RUST_LOG": "debug"}, refused="private"),
    Failure(
        "uv-proxied",
        "uv",
        "Can't reach",
        {WHEEL_URL: WHEEL_URL.replace("127.0.0.1", "localhost")},
    ),
    Failure("uv-hash", "uv", OTHER_FILE, {SHA256: ZEROS}),
    Failure("uv-git-refused", "uv-git", GIT_REFUSED, env=GIT_TALKS, refused="/cloned"),
    Failure("poetry-refused", "poetry", REFUSED, refused="private"),
    Failure("poetry-proxied", "poetry-proxied", "Can't reach"),
    Failure("poetry-git-refused", "poetry-git", GIT_REFUSED, env=GIT_TALKS, refused="/cloned"),
    Failure("pylock-hash", "pylock", OTHER_FILE, {SHA256: ZEROS}),
    Failure("pipenv-refused", "pipenv", REFUSED, refused="private"),
    Failure("pdm-refused", "pdm", REFUSED, refused="private"),
    Failure("pyproject-missing", "pyproject", "No version of", {"private==1.0": "private==2.0"}),
)


@pytest.mark.parametrize(
    "failure",
    sampled(
        FAILURES,
        *("mirror-proxied", "pip-refused", "pip-git-refused", "uv-refused", "poetry-git-refused"),
        name=lambda failure: failure.name,
    ),
)
def test_build_that_fails(builds: CanaryBuilds, failure: Failure) -> None:
    hosts = {"host": builds.index.host, "git": builds.git.host}
    files = dict(builds.app(failure.manager))
    for old, new in failure.changes.items():
        files = {path: str(text).replace(old, new) for path, text in files.items()}
    env = {**builds.env(), **failure.env}
    if "BP_PYTHON_INVENTORY" in failure.env:
        env["BP_PYTHON_INVENTORY"] = str(builds.local_inventory)
    builds.index.refused = builds.git.refused = failure.refused
    result = builds.build(failure.name, files, env, builds.bindings())
    builds.index.refused = builds.git.refused = ""
    assert WARNING in result.log, result.log
    assert_explained(result, failure.heading.format(**hosts))


MALFORMED = "A password in a URL isn't percent-encoded"


@pytest.mark.parametrize("manager", sampled(["pip", "pylock", "pdm", "uv", "poetry"], "pip"))
def test_password_that_is_not_percent_encoded(builds: CanaryBuilds, manager: str) -> None:
    secret = committed_canary(manager)
    files = {
        path: str(text).replace(secret, f"{secret}#rest")
        for path, text in builds.app(manager).items()
    }
    result = builds.build(f"{manager}-malformed", files, builds.env(), builds.bindings())
    assert_explained(result, MALFORMED, f"{USED[manager][1]}\n")


@pytest.mark.thorough
def test_variable_that_is_not_percent_encoded(builds: CanaryBuilds) -> None:
    env = {**builds.env(), "INDEX_TOKEN": f"{canary('index-token')}/rest"}
    result = builds.build("pip-malformed", builds.app("pip"), env, builds.bindings())
    assert_explained(result, MALFORMED, "requirements.txt, line 2\n")


@pytest.mark.thorough
def test_failing_build_with_settings_in_the_app(builds: CanaryBuilds) -> None:
    requirements = f"private==1.0 --hash=sha256:{ZEROS}\n"
    result = builds.build("conf-hash", conf_app(builds, requirements), conf_env(builds), {})
    assert_explained(result, OTHER_FILE)


# For each package manager, the canaries in a URL's path or query that are certainly used.
TOKENS = {
    "pip": {"mirror-path", "index-path", "file-path", "file-query"},
    "pylock": {"index-path"},
    "pipenv": {"index-token", "mirror-path"},
    "pdm": {"index-path"},
    "pyproject": {"index-path"},
    "uv": {"index-path"},
    "poetry": {"index-path"},
}


def token_app(builds: CanaryBuilds, manager: str) -> Mapping[str, str | bytes]:
    """Return an app of a manager's; of pip's, with variables in the path and query of URLs."""
    if manager != "pip":
        return builds.app(manager)
    files = f"http://{builds.index.host}/one/files"
    elsewhere = files.replace("/one/", "/${FILE_PATH}/one/")
    sdist, digest = BUILT.sdist_name, hashlib.sha256(BUILT.sdist).hexdigest()
    lines = (
        f"private @ {files}/{PRIVATE.wheel_name}?jwt=${{FILE_QUERY}}",
        f"built @ {files}/{sdist}?sas=${{FILE_QUERY}}#sha256={digest}",
        f"signed @ {elsewhere}/{SIGNED.wheel_name}",
        "unsigned==1.0",
        "",
    )
    return {"requirements.txt": "\n".join(lines)}


@pytest.mark.parametrize("manager", sampled(TOKENS, "pip", "uv"))
def test_tokens_in_urls(builds: CanaryBuilds, manager: str) -> None:
    builds.index.used.clear()
    env = builds.token_env()
    result = builds.build(f"{manager}-tokens", token_app(builds, manager), env, {})
    result.require_image()
    assert builds.index.used >= TOKENS[manager], result.log


@pytest.mark.parametrize("manager", sampled(TOKENS, "pip", "poetry"))
def test_tokens_in_urls_of_builds_that_fail(builds: CanaryBuilds, manager: str) -> None:
    """Nobody listens there: pip says what it couldn't get each time, without the host."""
    env = builds.token_env()
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        env[name] = env[name].replace(builds.index.host, "127.0.0.1:9")
    files = {
        path: str(text).replace(builds.index.host, "127.0.0.1:9")
        for path, text in token_app(builds, manager).items()
    }
    env = {**env, "PIP_RETRIES": "1", "PIP_VERBOSE": "2"}
    result = builds.build(f"{manager}-tokens-unreachable", files, env, {})
    assert result.exit_code == BUILD_FAILED, result.log
    assert "Can't reach 127.0.0.1:9" in result.log, result.log


def test_places_that_were_searched(builds: CanaryBuilds, count: Count) -> None:
    """After all others, which fail where a canary is."""
    total = builds.count
    count(f"{total['builds']} builds, {total['places']} places searched, no canary")
    assert total["places"] > total["builds"] > 0


def test_the_search_finds(tmp_path: Path) -> None:
    """What the other tests say is worth something only if they can fail."""
    app = tmp_path / "app"
    app.mkdir()
    secret, committed = canary("place"), committed_canary("file")
    for offset, login in enumerate(("", "a:", "ab:")):
        encoded = base64.b64encode(f"{login}{secret}".encode())
        (tmp_path / f"encoded{offset}").write_bytes(encoded)
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("module.py", f"{'x' * 1000}{secret}")
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for path, content in {
            "layers/wheels/a.whl": wheel.getvalue(),
            f"{app}/pip.conf": committed.encode(),
            "layers/venv/pip.conf": committed.encode(),
            f"layers/venv/{secret}": b"",
        }.items():
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    (tmp_path / "blob").write_bytes(gzip.compress(layer.getvalue()))
    (app / "requirements.txt").write_text(f"--index-url http://shop:{committed}@host/\n")
    (app / "written").write_text(secret)
    (tmp_path / "link").symlink_to(f"/nowhere/{secret}")
    log = f"Looking in http%3A%2F%2Fshop%3A{secret}%40host\n"
    assert leaks(log, [tmp_path], app).leaks == sorted(
        [
            f"{app}/written: place",
            f"{tmp_path}/blob!layers/venv/pip.conf: committed-file",
            f"{tmp_path}/blob!layers/venv/{secret}: place",
            f"{tmp_path}/blob!layers/wheels/a.whl!module.py: place",
            *(f"{tmp_path}/encoded{offset}: encoded" for offset in range(3)),
            f"{tmp_path}/link -> /nowhere/{secret}: place",
            "the log: place",
        ]
    )
    assert canaries_in(b"Authorization: ****") == []
