from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.integration.apps import (
    APP_WITH_A_LOCAL_WHEEL,
    extension_project,
    sdist,
    wheel,
    write_app,
)
from tests.integration.direct_build import DirectBuild
from tests.integration.failed_builds import (
    assert_explained,
    assert_no_temporary_files,
    temporary_files_env,
)
from tests.integration.injected_build import keep_layers
from tests.integration.loopback_server import DIRECT, Answer, loopback_server
from tests.integration.refused_builds import assert_refused, prepared_build
from tools.lifecycle_build import PROXY_VARIABLES, Workspace
from tools.web_page import free_port

COMPLETE = ("python", "pip")
# The index may be behind one.
PROXIES = {name: os.environ[name] for name in PROXY_VARIABLES if name in os.environ}
NEEDS_A_HEADER = '#include "no_such_library.h"\n'
BROKEN_SETUP = "raise RuntimeError('this project cannot be built')\n"
LEAF_NAME = "leaf-1.0-py3-none-any.whl"
LEAF = wheel("leaf", "1.0", {"leaf.py": ""})


class Mistake(NamedTuple):
    """Requirements that can't be installed, and what the message says of them."""

    name: str
    files: Mapping[str, str | bytes]
    heading: str
    mentioned: tuple[str, ...] = ()
    env: Mapping[str, str] = {}


def native(**files: str) -> dict[str, str | bytes]:
    """Return an app with a source distribution of an extension in C."""
    project = {**extension_project("native"), **files}
    return {
        "requirements.txt": "./native-1.0.tar.xz\n",
        "native-1.0.tar.xz": sdist("native", project),
    }


MISTAKES = (
    Mistake(
        "no such distribution",
        {"requirements.txt": "no-such-distribution-of-anyone==1.0\n"},
        "No version of no-such-distribution-of-anyone==1.0 can be installed",
        ("spelling", "PIP_EXTRA_INDEX_URL"),
    ),
    Mistake(
        "no such version",
        {"requirements.txt": "iniconfig==99.0\n"},
        "No version of iniconfig==99.0 can be installed",
        ("2.1.0",),
    ),
    Mistake(
        "another hash",
        {"requirements.txt": f"iniconfig==2.1.0 --hash=sha256:{'0' * 64}\n"},
        "A downloaded file doesn't match its hash",
        ("iniconfig==2.1.0",),
    ),
    Mistake(
        "some without a hash",
        {
            "requirements.txt": (
                f"./{LEAF_NAME} --hash=sha256:{sha256(LEAF).hexdigest()}\niniconfig==2.1.0\n"
            ),
            LEAF_NAME: LEAF,
        },
        "Some requirements have hashes, others can't be checked",
        ("iniconfig==2.1.0",),
    ),
    Mistake(
        "no hash where all need one",
        {"requirements.txt": "iniconfig==2.1.0\n"},
        "BP_REQUIRE_HASHES is set, and requirements.txt lacks hashes",
        ("requirements.txt, line 1: iniconfig==2.1.0", "pip-compile --generate-hashes"),
        {"BP_REQUIRE_HASHES": "true"},
    ),
    Mistake(
        "contradiction",
        {"requirements.txt": "iniconfig==2.1.0\niniconfig==2.0.0\n"},
        "The requirements conflict",
        ("iniconfig==2.1.0", "iniconfig==2.0.0"),
    ),
    Mistake(
        "missing path",
        {"requirements.txt": "./missing\n"},
        "A line of requirements.txt can't be installed",
        ("requirements.txt, line 1: ./missing",),
    ),
    Mistake(
        "missing header",
        native(**{"native.c": NEEDS_A_HEADER}),
        "Building native needs no_such_library.h, which the build image doesn't have",
        ("builder",),
    ),
    Mistake(
        "missing compiler",
        native(),
        "Building native needs ",
        ("which the build image doesn't have", "builder"),
        {"CC": "/nonexistent/gcc"},
    ),
    Mistake(
        "missing compiler of the app's own",
        extension_project("native"),
        "Building the app's own project native needs ",
        ("which the build image doesn't have", "remove [build-system]"),
        {"CC": "/nonexistent/gcc"},
    ),
    Mistake(
        "broken project",
        native(**{"setup.py": BROKEN_SETUP}),
        "Building ",
        (
            "native",
            "from source failed",
            "this project cannot be built",
        ),
    ),
    Mistake(
        "no such pip",
        {"requirements.txt": "iniconfig==2.1.0\n"},
        "No version of pip==999.0 can be installed",
        (),
        {"BP_PIP_VERSION": "999.0"},
    ),
)


@pytest.fixture(scope="session")
def buildpack_env(env_with_headers: dict[str, str]) -> dict[str, str]:
    """What the compiler of an extension misses is to be what the test says."""
    return env_with_headers


@pytest.fixture(scope="module")
def layers(direct: DirectBuild) -> Path:
    """Layers that have Python and pip."""
    build = prepared_build(direct, APP_WITH_A_LOCAL_WHEEL)
    result = build.run(PROXIES)
    assert result.returncode == 0, result.stdout
    return keep_layers(build, COMPLETE, direct.root / "kept")


def assert_unsuitable(
    build: DirectBuild, env: Mapping[str, str], heading: str, *mentioned: str
) -> None:
    log = assert_refused(build, {**PROXIES, **env}, heading, *mentioned, complete=COMPLETE)
    assert "hunter2" not in log


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.name for mistake in MISTAKES])
def test_mistake_is_explained(direct: DirectBuild, layers: Path, mistake: Mistake) -> None:
    build = prepared_build(direct, mistake.files, layers)
    assert_unsuitable(build, mistake.env, mistake.heading, *mistake.mentioned)


def test_mistake_is_explained_through_the_lifecycle(
    workspace: Workspace, buildpack_env: dict[str, str], tmp_path: Path
) -> None:
    (mistake,) = (each for each in MISTAKES if each.name == "another hash")
    app = write_app(tmp_path / "app", mistake.files)
    result = workspace.build(app, {**buildpack_env, **temporary_files_env(workspace)})
    assert_explained(result, mistake.heading, *mistake.mentioned)
    assert_no_temporary_files(workspace)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("is_in_file", [True, False], ids=["in the file", "in a variable"])
def test_index_that_refuses_access_is_explained(
    direct: DirectBuild, layers: Path, status: int, *, is_in_file: bool
) -> None:
    with loopback_server(lambda _number, _request: Answer(status)) as server:
        url = f"http://me:hunter2@{server.host}/simple/"
        option = f"--index-url {url}\n" if is_in_file else ""
        files = {"requirements.txt": f"{option}iniconfig==2.1.0\n"}
        variables = {} if is_in_file else {"PIP_INDEX_URL": url}
        said = f"{server.host} answered {status}"
        build = prepared_build(direct, files, layers)
        assert_unsuitable(build, {**DIRECT, **variables}, f"{server.host} refuses access", said)
    assert server.requests != []


def test_index_that_can_not_be_reached_is_explained(direct: DirectBuild, layers: Path) -> None:
    host = f"127.0.0.1:{free_port()}"
    build = prepared_build(direct, {"requirements.txt": "iniconfig==2.1.0\n"}, layers)
    index = {"PIP_INDEX_URL": f"http://{host}/simple/", "PIP_RETRIES": "0"}
    assert_unsuitable(build, {**DIRECT, **index}, f"Can't reach {host}", "HTTPS_PROXY")
