from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.app.files import AppFiles, DirectoryProblem, DirectorySettingError
from python_buildpack.app.find_links import NoArchiveError
from python_buildpack.app.offline import apply_find_links_and_offline
from python_buildpack.app.settings import Settings
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers.python import inspect_python_layer
from python_buildpack.layers.runtime.archive import OfflineDownloadError, archive_url
from python_buildpack.layers.user_site import ToolNotBundledError
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.failures.causes import (
    BuildFailedError,
    CompilerMissingError,
    NoWheelError,
)
from python_buildpack.package_managers.failures.network import (
    GitFailedError,
    IndexUnreachableError,
    NetworkProblem,
)
from python_buildpack.package_managers.locked_packages import LockedPackage
from python_buildpack.package_managers.locks import ToolFailedError
from python_buildpack.package_managers.offline import (
    explain_offline_failures,
    require_offline_capable,
)
from python_buildpack.package_managers.offline_failures import (
    BuildBackendMissingOfflineError,
    LockNeedsIndexError,
    RemoteRequirementError,
    WheelNotFoundOfflineError,
    WheelSearch,
)
from python_buildpack.package_managers.pip.diagnosis import NoMatchingDistributionError
from python_buildpack.package_managers.pip.manager import PIP
from python_buildpack.package_managers.pip.strategy import PipRequirements, read_pip_requirements
from python_buildpack.package_managers.poetry.manager import POETRY
from python_buildpack.package_managers.poetry.strategy import PoetryDependencies
from python_buildpack.package_managers.protocol import App
from python_buildpack.package_managers.uv.manager import UV
from python_buildpack.package_managers.uv.strategy import UvDependencies
from python_buildpack.python_version.inventory import Artifact
from python_buildpack.system.errors import BuildpackError
from tests.unit.outcome import outcome_of
from tests.unit.requests import request

OFFLINE = Settings(offline=True)
DEFAULT = Settings()
ARTIFACT = Artifact(
    Version("3.13.2"), "linux", "amd64", "https://user:secret@host.example/a/3.13.tar.gz", "a" * 64
)


def directory_of(app_dir: Path, name: str, *files: str) -> Path:
    directory = app_dir / name
    directory.mkdir(parents=True)
    for file in files:
        (directory / file).touch()
    return directory


@pytest.mark.parametrize("file", ["a-1-py3-none-any.whl", "a-1.tar.gz"])
def test_default_directory(tmp_path: Path, file: str) -> None:
    vendor = directory_of(tmp_path, "vendor", file)
    environment = apply_find_links_and_offline(
        tmp_path, DEFAULT, {"A": "1", "PIP_FIND_LINKS": "/wheels"}
    )
    assert environment == {"A": "1", "PIP_FIND_LINKS": f"/wheels {vendor}"}


def test_default_directory_of_other_things(tmp_path: Path) -> None:
    directory_of(tmp_path, "vendor", "modules.txt")
    assert apply_find_links_and_offline(tmp_path, DEFAULT, {"A": "1"}) == {"A": "1"}


@pytest.mark.parametrize("name", ["a-1-py3-none-any.whl", "a-1.zip", "index.html"])
@pytest.mark.parametrize(
    "make",
    [os.mkfifo, os.mkdir, lambda path: path.symlink_to("gone")],
    ids=["pipe", "dir", "link"],
)
@pytest.mark.parametrize("variable", ["BP_FIND_LINKS", "PIP_FIND_LINKS"])
def test_what_has_the_name_of_a_distribution_is_a_file(
    tmp_path: Path, make: Callable[[Path], None], name: str, variable: str
) -> None:
    make(directory_of(tmp_path, "wheels") / name)
    is_ours = variable == "BP_FIND_LINKS"
    settings = Settings(find_links=("wheels",) if is_ours else ())
    environment = {} if is_ours else {variable: str(tmp_path / "wheels")}
    with pytest.raises(NoArchiveError) as caught:
        apply_find_links_and_offline(tmp_path, settings, environment)
    assert f"Found: wheels/{name}\n" in message_for(caught.value).body


def test_named_pipe_in_the_default_directory(tmp_path: Path) -> None:
    os.mkfifo(directory_of(tmp_path, "vendor") / "a-1-py3-none-any.whl")
    with pytest.raises(NoArchiveError):
        apply_find_links_and_offline(tmp_path, DEFAULT, {})


def test_named_directories(tmp_path: Path) -> None:
    directory_of(tmp_path, "vendor", "a-1-py3-none-any.whl")
    one, two = directory_of(tmp_path, "one"), directory_of(tmp_path, "deep/two")
    settings = Settings(find_links=("one", "./deep/two", "one"))
    environment = apply_find_links_and_offline(tmp_path, settings, {})
    assert environment == {"PIP_FIND_LINKS": f"{one} {two}"}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing", DirectoryProblem.MISSING),
        ("file", DirectoryProblem.NOT_A_DIRECTORY),
        ("../outside", DirectoryProblem.OUTSIDE),
        ("/usr", DirectoryProblem.OUTSIDE),
        ("link", DirectoryProblem.OUTSIDE),
    ],
)
def test_directory_that_cannot_be_used(
    tmp_path: Path, name: str, problem: DirectoryProblem
) -> None:
    app_dir = directory_of(tmp_path, "app", "file")
    directory_of(tmp_path, "outside")
    (app_dir / "link").symlink_to("../outside")
    with pytest.raises(DirectorySettingError) as raised:
        apply_find_links_and_offline(app_dir, Settings(find_links=(name,)), {})
    assert (raised.value.directory, raised.value.problem) == (name, problem)
    message = message_for(raised.value)
    assert f"Found: {name}\n" in message.body


def test_network_is_shut(tmp_path: Path) -> None:
    vendor = directory_of(tmp_path, "vendor", "a-1-py3-none-any.whl")
    own = {
        "NO_PROXY": "*",
        "no_proxy": "*",
        "HTTPS_PROXY": "http://proxy.example",
        "PIP_PROXY": "x",
    }
    environment = apply_find_links_and_offline(tmp_path, OFFLINE, own)
    assert not environment.keys() & {"NO_PROXY", "no_proxy"}
    proxies = {value for name, value in environment.items() if name.lower().endswith("s_proxy")}
    assert proxies == {"http://127.0.0.1:9"}
    expected = {
        "PIP_FIND_LINKS": str(vendor),
        "PIP_NO_INDEX": "1",
        "PIP_PROXY": "",
        "UV_FIND_LINKS": str(vendor),
        "UV_OFFLINE": "1",
        "GIT_ALLOW_PROTOCOL": "file",
    }
    assert expected.items() <= environment.items()


def test_network_is_open(tmp_path: Path) -> None:
    environment = {"NO_PROXY": "*"}
    assert apply_find_links_and_offline(tmp_path, DEFAULT, environment) == environment


def test_carried_archive(tmp_path: Path) -> None:
    runtimes = directory_of(tmp_path, "vendor/runtimes", f"{'a' * 64}.tar.gz")
    layer = inspect_python_layer(Layers(tmp_path / "layers"), ARTIFACT, {}, tmp_path)
    assert layer.bundled == runtimes / f"{'a' * 64}.tar.gz"
    for settings in (DEFAULT, OFFLINE):
        mirrored = replace(settings, dependency_mirror="https://mirror.example")
        url = archive_url(ARTIFACT, layer.bundled, mirrored)
        assert url == layer.bundled.as_uri()


def test_archive_that_is_not_carried(tmp_path: Path) -> None:
    directory_of(tmp_path, "vendor/runtimes", f"{'b' * 64}.tar.gz")
    layer = inspect_python_layer(Layers(tmp_path / "layers"), ARTIFACT, {}, tmp_path)
    assert layer.bundled is None
    assert archive_url(ARTIFACT, None, DEFAULT) == ARTIFACT.url
    mirrored = replace(OFFLINE, dependency_mirror="file:///mirror")
    assert archive_url(ARTIFACT, None, mirrored) == "file:///mirror/a/3.13.tar.gz"
    with pytest.raises(OfflineDownloadError) as raised:
        archive_url(ARTIFACT, None, OFFLINE)
    message = message_for(raised.value)
    assert message.heading == "Python 3.13.2 can't be downloaded: BP_OFFLINE is set"
    assert "scripts/package --offline 3.13\n" in message.body
    assert "secret" not in message.body


def pip_app() -> PipRequirements:
    return read_pip_requirements(App(AppFiles(Path("/nowhere")), Settings(), {}, PIP), ())


def uv_app(*packages: LockedPackage) -> UvDependencies:
    return UvDependencies(packages, ("web",), (), {}, None, app_dir=Path("/app"), manager=UV)


def poetry_app(*packages: LockedPackage) -> PoetryDependencies:
    return PoetryDependencies(packages, ("web",), (), {}, app_dir=Path("/app"), manager=POETRY)


UNREACHABLE = IndexUnreachableError("h", NetworkProblem.CONNECTION, "refused")
WHEEL = WheelNotFoundOfflineError("x>=2", "", (), WheelSearch("3.13.2", "amd64", ("/app/vendor",)))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            NoMatchingDistributionError("x>=2", "y", ("1.0",), (), "3.13.2"),
            WheelNotFoundOfflineError,
        ),
        (NoWheelError("x>=2", "3.13.2"), WheelNotFoundOfflineError),
        (
            BuildFailedError("x", "ERROR: No matching distribution found for hatchling", "3.13.2"),
            BuildBackendMissingOfflineError,
        ),
        (BuildFailedError("x", "SyntaxError", "3.13.2"), BuildFailedError),
        (CompilerMissingError("x", "gcc", "3.13.2"), CompilerMissingError),
        (UNREACHABLE, RemoteRequirementError),
        (GitFailedError("transport 'https' not allowed"), RemoteRequirementError),
    ],
)
def test_failures_of_pip(error: BuildpackError, expected: type[BuildpackError]) -> None:
    build = request(Path("/"), OFFLINE, {"PIP_FIND_LINKS": "/app/vendor"})
    with pytest.raises(expected), explain_offline_failures(build, pip_app(), "3.13.2"):
        raise error
    build = replace(build, settings=DEFAULT)
    with pytest.raises(type(error)), explain_offline_failures(build, pip_app(), "3.13.2"):
        raise error


@pytest.mark.parametrize("error", [UNREACHABLE, ToolFailedError("uv", "uv.lock", 2)])
def test_failures_of_uv(error: BuildpackError) -> None:
    uv = uv_app()
    with (
        pytest.raises(LockNeedsIndexError) as raised,
        explain_offline_failures(request(Path("/"), OFFLINE), uv, "3.13.2"),
    ):
        raise error
    message = message_for(raised.value)
    assert message.heading == "uv.lock needs the package index, and BP_OFFLINE is set"
    assert "uv export --" in message.body
    assert 'format = "flat"' in message.body


REMOTE = LockedPackage("x", "1", (("x-1.tar.gz", "sha256:0"),), None)


@pytest.mark.parametrize(
    ("groups", "is_refused"), [(("main",), True), (("web",), True), (("dev",), False), ((), False)]
)
def test_poetry_is_not_started_in_vain(groups: tuple[str, ...], is_refused: bool) -> None:
    package = LockedPackage("x", "1", REMOTE.artifacts, None, groups=groups)
    poetry = poetry_app(package)
    require_offline_capable(DEFAULT, poetry)
    if not is_refused:
        require_offline_capable(OFFLINE, poetry)
        return
    with pytest.raises(LockNeedsIndexError) as raised:
        require_offline_capable(OFFLINE, poetry)
    assert "poetry export --" in message_for(raised.value).body


def test_locks_that_may_be_installed() -> None:
    local = LockedPackage("x", "1", REMOTE.artifacts, "vendor/x.whl", groups=("main",))
    for app in (pip_app(), uv_app(REMOTE), poetry_app(local)):
        assert outcome_of(partial(require_offline_capable, OFFLINE, app)) is None


def test_message_of_a_missing_wheel() -> None:
    message = message_for(WHEEL)
    assert message.heading == "No wheel for x>=2, and BP_OFFLINE is set"
    assert "Searched: /app/vendor\n" in message.body
    assert "pip download --only-binary=:all: --python-version 3.13 \\\n" in message.body
    assert "--platform manylinux_2_28_x86_64" in message.body
    assert "-d vendor 'x>=2'\n" in message.body


def test_message_of_a_wheel_for_a_free_threaded_build() -> None:
    search = WheelSearch("3.14.2+freethreaded", "amd64", ("/app/vendor",))
    message = message_for(WheelNotFoundOfflineError("x", "", (), search))
    assert " --python-version 3.14 --abi cp314t --abi none \\\n" in message.body


def test_message_of_no_directory_at_all() -> None:
    message = message_for(
        WheelNotFoundOfflineError("x", "y", ("1.0",), WheelSearch("3.13.2", "arm64", ()))
    )
    assert "There is no vendor/ with wheels.\nFound: 1.0\n" in message.body
    assert "x (required by y) must be in a directory of the app" in message.body
    assert "manylinux2014_aarch64" in message.body


@pytest.mark.parametrize("detail", ["hatchling>=1", ""])
def test_message_of_a_missing_build_backend(detail: str) -> None:
    message = message_for(BuildBackendMissingOfflineError("x", detail, "3.13.2"))
    assert message.heading.startswith("Building x needs ")
    assert ("'hatchling>=1'" if detail else "setuptools") in message.body


def test_message_of_a_tool_that_is_not_carried() -> None:
    message = message_for(ToolNotBundledError("uv==0.9.1", "3.13"))
    assert message.heading == "uv==0.9.1 can't be downloaded: BP_OFFLINE is set"
    assert "scripts/package --offline 3.13\n" in message.body
    assert "BP_UV_VERSION" in message.body
