"""Builds where what a program is used to isn't there: a user's name, a home, room, a shell.

bin/detect and bin/build are started as the lifecycle starts them, as a user that the machine knows
nothing of where the tests run as root. More of a kind are tried with scripts/test --thorough.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tomli

from tests.integration.catalog import first_uploads
from tests.integration.direct_build import (
    IS_ROOT,
    UNKNOWN_UID,
    DirectBuild,
    assert_same_tree,
    problem_of_failure,
    tree_digests,
)
from tests.integration.loopback_server import DIRECT
from tests.integration.package_index import PackageIndex
from tests.integration.slim_runtime import SlimRuntimes
from tests.sampling import sampled
from tools.prepared_buildpack import PreparedBuildpack

APP = {"requirements.txt": "tool==1.0\nplain==1.0\nspeedup\n", "main.py": "import tool\n"}
needs_root = pytest.mark.skipif(not IS_ROOT, reason="mounts file systems, which needs root")
HIDE_BASH = """\
for bash in /bin/bash /usr/bin/bash /usr/local/bin/bash; do
    [ ! -e "$bash" ] || mount --bind /dev/null "$bash"
done
if bash -c : 2>/dev/null; then echo "There is still a bash"; exit 99; fi
"""
# Not on the layers and what a platform hands over, which are mounts of their own.
NO_ROOM_FOR_TEMPORARY_FILES = """\
mount --bind {root}/layers {root}/layers
for directory in /tmp /var/tmp /usr/tmp {root}/app {root}/tmp; do
    [ ! -d "$directory" ] || mount --rbind "$directory" "$directory"
    [ ! -d "$directory" ] || mount -o remount,ro,bind "$directory"
done
"""


@pytest.fixture(scope="module")
def index() -> Iterator[PackageIndex]:
    with PackageIndex().running() as made:
        made.uploads = first_uploads()
        yield made


@pytest.fixture(scope="module")
def build(
    prepared: PreparedBuildpack,
    slim_runtimes: SlimRuntimes,
    shared_dir: Path,
    index: PackageIndex,
) -> DirectBuild:
    directory = shared_dir / "hostile"
    directory.mkdir()
    directory.chmod(0o755)
    root = directory / "w"
    root.mkdir()
    root.chmod(0o755)
    env = {**slim_runtimes.env, **DIRECT, "PIP_INDEX_URL": index.url()}
    return DirectBuild(root, prepared.buildpack.directory, APP, env)


@pytest.fixture(scope="module")
def expected(build: DirectBuild) -> dict[str, str]:
    """The layers of a build that has all it is used to."""
    build.prepare()
    assert build.run(phase="detect").returncode == 0
    result = build.run()
    assert result.returncode == 0, result.stdout
    return build.left()


def assert_builds(
    build: DirectBuild, expected: dict[str, str], env: dict[str, str | None] | None = None
) -> None:
    """Fail unless both phases succeed, with the layers of any other build."""
    for phase in ("detect", "build"):
        result = build.run(env, phase=phase)
        assert result.returncode == 0, result.stdout
    assert_same_tree(expected, build.left(), result.stdout)


@pytest.mark.parametrize("home", sampled(["not writable", "missing", "a file"], "not writable"))
def test_home_that_is_none(build: DirectBuild, expected: dict[str, str], home: str) -> None:
    build.prepare()
    file = build.root / "app" / "main.py"
    values = {"missing": "/nonexistent", "not writable": "/proc", "a file": str(file)}
    assert_builds(build, expected, {"HOME": values[home]})


@pytest.mark.skipif(not IS_ROOT, reason="becomes a user without a name, which needs root")
@pytest.mark.parametrize("home", sampled([None, ""], "None"))
def test_user_without_a_name_and_a_home(
    build: DirectBuild, expected: dict[str, str], home: str | None
) -> None:
    """pip wants to know a home, whether it is there or not."""
    build.prepare()
    assert_builds(build, expected, {"HOME": home})


def test_what_a_build_leaves(build: DirectBuild, expected: dict[str, str]) -> None:
    """Nothing at home; and where the tests run as root, all is of a user without a name."""
    build.prepare()
    assert_builds(build, expected)
    assert tree_digests(build.root / "home") == {}
    assert set(tree_digests(build.temporary_dir)) == {"build-plan.toml"}
    owners = {path.lstat().st_uid for path in build.layers_dir.rglob("*")}
    assert owners == {UNKNOWN_UID if IS_ROOT else os.geteuid()}
    with pytest.raises(KeyError):
        pwd.getpwuid(UNKNOWN_UID)


def test_variables_that_are_unset(build: DirectBuild, expected: dict[str, str]) -> None:
    build.prepare()
    assert_builds(build, expected, {"PATH": None, "TMPDIR": None})


@needs_root
@pytest.mark.thorough
def test_buildpack_that_is_read_only(build: DirectBuild, expected: dict[str, str]) -> None:
    before = tree_digests(build.buildpack)
    build.prepare()
    mount = f'mount --bind "{build.buildpack}" "{build.buildpack}"'
    remount = f'mount -o remount,ro,bind "{build.buildpack}"'
    refused = f'if touch "{build.buildpack}/x" 2>/dev/null; then exit 99; fi'
    assert_builds(in_namespace(build, f"{mount}\n{remount}\n{refused}\n"), expected)
    assert tree_digests(build.buildpack) == before


@needs_root
def test_no_bash(build: DirectBuild, expected: dict[str, str]) -> None:
    build.prepare()
    without_bash = in_namespace(build, HIDE_BASH)
    assert_builds(without_bash, expected)
    programs = [path for path in build.layers_dir.glob("*/exec.d/**/*") if path.is_file()]
    assert programs != []
    for program in programs:
        # What it prints to the third descriptor is TOML for the launcher.
        command = ["sh", "-c", 'exec "$0" "$@" 3>&1', *without_bash.wrapper, str(program)]
        result = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (result.returncode, result.stderr) == (0, ""), result
        assert isinstance(tomli.loads(result.stdout), dict)


@needs_root
@pytest.mark.parametrize("size", sampled(["4k", "64k", "1m"], "4k", "1m"))
def test_temporary_directory_that_is_full(
    build: DirectBuild, expected: dict[str, str], size: str
) -> None:
    """Where not even a byte fits, Python takes another directory; else, the build says why not."""
    build.prepare()
    mount = f'mount -t tmpfs -o "size={size},mode=1777" tmpfs "{build.temporary_dir}"\n'
    fill = f'echo x > "{build.temporary_dir}/full"\n' if size == "4k" else ""
    result = in_namespace(build, mount + fill).run()
    if size == "4k":
        assert result.returncode == 0, result.stdout
        assert_same_tree(expected, build.left(), result.stdout)
        return
    assert result.returncode == 1, result.stdout
    assert problem_of_failure(result) is None, result.stdout
    assert "\nError: No space left on the device\n" in result.stdout, result.stdout
    assert list(build.layers_dir.iterdir()) == []


@needs_root
@pytest.mark.thorough
def test_no_temporary_directory_at_all(build: DirectBuild, expected: dict[str, str]) -> None:
    assert expected
    build.prepare()
    result = in_namespace(build, NO_ROOM_FOR_TEMPORARY_FILES.format(root=build.root)).run()
    assert result.returncode == 1, result.stdout
    assert problem_of_failure(result) is None, result.stdout
    assert "temporary directory" in result.stdout.rpartition("\nError: ")[2], result.stdout
    assert list(build.layers_dir.iterdir()) == []


@needs_root
@pytest.mark.parametrize("name", ["layers", "app"])
def test_directory_that_is_not_writable(
    build: DirectBuild, expected: dict[str, str], name: str
) -> None:
    build.prepare()
    directory = build.root / name
    mounts = f'mount --bind "{directory}" "{directory}"\nmount -o remount,ro,bind "{directory}"\n'
    result = in_namespace(build, mounts).run()
    if name == "app":
        assert result.returncode == 0, result.stdout
        assert_same_tree(expected, build.left(), result.stdout)
        return
    assert result.returncode == 1, result.stdout
    assert problem_of_failure(result) is None, result.stdout
    assert str(directory) in result.stdout.rpartition("\nError: ")[2], result.stdout


def in_namespace(build: DirectBuild, script: str) -> DirectBuild:
    """Return the same build by the same user, where ``script`` has changed what is mounted."""
    user = f"--reuid {UNKNOWN_UID} --regid {UNKNOWN_UID} --clear-groups"
    become = f'exec setpriv {user} -- "$@"'
    unshare = ("unshare", "--mount", "--propagation", "private")
    return replace(build, wrapper=(*unshare, "sh", "-euc", f"{script}{become}", "sh"))
