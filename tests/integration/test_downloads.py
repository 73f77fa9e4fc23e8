from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.integration.apps import SMALL_APP, write_app
from tests.integration.failed_builds import (
    assert_explained,
    assert_nothing_left,
    temporary_files_env,
)
from tests.integration.layer_comparison import assert_same_layers
from tests.integration.loopback_server import DIRECT, Answer, Request, loopback_server
from tests.integration.python_archives import inventory, local_runtime
from tests.integration.workspaces import later_buildpack, temporary_workspace
from tools.lifecycle_build import Workspace
from tools.oci_image import Image
from tools.prepared_buildpack import PreparedBuildpack
from tools.web_page import free_port

# A later buildpack that requires Python alone, in an app of another language: no pip, no venv.
PYTHON_ALONE = {"LATER_METADATA": "launch = true"}


@pytest.fixture(scope="module")
def workspace(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[Workspace]:
    with (
        later_buildpack() as later,
        temporary_workspace(lifecycle, prepared.buildpack, later) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_app(tmp_path_factory.mktemp("source") / "app", {"README.md": "No Python.\n"})


@pytest.fixture(scope="module")
def runtime(prepared: PreparedBuildpack) -> tuple[Path, str]:
    return local_runtime(prepared)


@pytest.fixture(scope="module")
def expected(
    workspace: Workspace, app: Path, prepared: PreparedBuildpack, runtime: tuple[Path, str]
) -> Image:
    """The image with the layer that each download has to give: from a file of this machine."""
    env = {
        "BP_PYTHON_INVENTORY": f"{prepared.runtimes_dir}/inventory.toml",
        "BP_PYTHON_VERSION": runtime[1],
    }
    return workspace.build(app, {**env, **PYTHON_ALONE}, image="expected").require_image()


def env_for(workspace: Workspace, url: str, runtime: tuple[Path, str]) -> dict[str, str]:
    """Write an inventory that lists the archive under ``url``; return all that a build needs."""
    path, version = runtime
    file = workspace.root / "inventory.toml"
    digest = sha256(path.read_bytes()).hexdigest()
    file.write_text(inventory(url, digest, version=version), encoding="utf-8")
    return {
        **PYTHON_ALONE,
        **DIRECT,
        **temporary_files_env(workspace),
        "BP_PYTHON_INVENTORY": str(file),
    }


def test_download_is_tried_again_after_passing_problems(
    workspace: Workspace, app: Path, runtime: tuple[Path, str], expected: Image
) -> None:
    content = runtime[0].read_bytes()

    def answer(number: int, _request: Request) -> Answer:
        if number < 2:
            return (Answer(429, headers={"Retry-After": "1"}), Answer(503))[number]
        # The connection ends in the middle.
        return Answer(body=content[: len(content) // (4 - number)], length=len(content))

    with loopback_server(answer) as server:
        env = env_for(workspace, f"http://{server.host}/{quote(runtime[0].name)}", runtime)
        image = workspace.build(app, env, image="retried").require_image()
    assert [request.path for request in server.requests] == [f"/{quote(runtime[0].name)}"] * 4
    assert_same_layers(expected, image, ["python"])


@pytest.mark.parametrize("damage", ["truncated", "altered", "another file"])
def test_damaged_download_is_refused_and_never_used(
    workspace: Workspace, app: Path, runtime: tuple[Path, str], damage: str
) -> None:
    content = runtime[0].read_bytes()
    half = len(content) // 2
    damaged = {
        "truncated": content[:half],
        "altered": content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :],
        "another file": b"<html>Please sign in</html>",
    }[damage]
    with loopback_server(lambda _number, _request: Answer(body=damaged)) as server:
        url = f"http://{server.host}/python.tar.gz"
        env = env_for(workspace, url, runtime)
        result = workspace.build(app, env, image="damaged")
    assert_explained(result, "Checksum mismatch", url)
    assert_nothing_left(workspace)
    assert len(server.requests) == 1


def test_build_after_damaged_downloads_gives_the_right_layer(
    workspace: Workspace, app: Path, runtime: tuple[Path, str], expected: Image
) -> None:
    content = runtime[0].read_bytes()
    # On the cache of the test above.
    with loopback_server(lambda _number, _request: Answer(body=content)) as server:
        env = env_for(workspace, f"http://{server.host}/python.tar.gz", runtime)
        image = workspace.build(app, env, image="damaged").require_image()
    assert len(server.requests) == 1
    assert_same_layers(expected, image, ["python"])


def test_download_from_a_mirror_with_credentials(
    workspace: Workspace, app: Path, runtime: tuple[Path, str]
) -> None:
    content = runtime[0].read_bytes()
    with loopback_server(lambda _number, _request: Answer(body=content)) as server:
        env = env_for(workspace, "https://archives.invalid/some/python.tar.gz", runtime)
        env["BP_DEPENDENCY_MIRROR"] = f"http://builder:hunter2@{server.host}/mirror/"
        result = workspace.detect_and_build(app, env)
    assert result.exit_code == 0, result.log
    (request,) = server.requests
    assert request.path == "/mirror/some/python.tar.gz"
    assert request.headers["authorization"] == "Basic YnVpbGRlcjpodW50ZXIy"
    assert "hunter2" not in result.log
    assert "YnVpbGRlcjpodW50ZXIy" not in result.log


@pytest.mark.parametrize("status", [401, 403, 404])
def test_refused_download_is_not_tried_again(
    workspace: Workspace, app: Path, runtime: tuple[Path, str], status: int
) -> None:
    with loopback_server(lambda _number, _request: Answer(status)) as server:
        env = env_for(workspace, f"http://u:hunter2@{server.host}/python.tar.gz", runtime)
        result = workspace.detect_and_build(app, env)
    url = f"{server.host}/python.tar.gz"
    assert_explained(result, "A download failed", url, str(status), "BP_DEPENDENCY_MIRROR")
    assert "hunter2" not in result.log
    assert len(server.requests) == 1
    assert_nothing_left(workspace)


def test_download_from_a_host_that_does_not_answer(
    workspace: Workspace, runtime: tuple[Path, str], tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{free_port()}/python.tar.gz"
    env = env_for(workspace, url, runtime)
    result = workspace.detect_and_build(write_app(tmp_path / "app", SMALL_APP), env)
    settings = ("BP_DEPENDENCY_MIRROR", "BP_PYTHON_INVENTORY", "HTTPS_PROXY")
    assert_explained(result, "A download failed", f"URL: {url}", "Tried 5 times", *settings)
    assert_nothing_left(workspace)


def test_download_of_a_file_that_is_missing(
    workspace: Workspace, app: Path, runtime: tuple[Path, str]
) -> None:
    env = env_for(workspace, "missing.tar.gz", runtime)
    result = workspace.detect_and_build(app, env)
    url = f"file://{workspace.root}/missing.tar.gz"
    assert_explained(result, "A download failed", f"URL: {url}", "Tried once")
    assert_nothing_left(workspace)
