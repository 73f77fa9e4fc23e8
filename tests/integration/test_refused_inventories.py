from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.integration.apps import SMALL_APP, write_app
from tests.integration.failed_builds import (
    assert_explained,
    assert_nothing_left,
    temporary_files_env,
)
from tests.integration.python_archives import inventory
from tests.integration.workspaces import temporary_workspace
from tools.lifecycle_build import BuildResult, Workspace
from tools.prepared_buildpack import PreparedBuildpack

HEADING = "The inventory of Python releases can't be used"


@pytest.fixture(scope="module")
def workspace(lifecycle: Path, prepared: PreparedBuildpack) -> Iterator[Workspace]:
    with temporary_workspace(lifecycle, prepared.buildpack) as made:
        yield made


@pytest.fixture
def inventory_path(workspace: Workspace) -> Iterator[Path]:
    """Where the build looks for the inventory; gone when the test ends."""
    path = workspace.root / "inventory.toml"
    yield path
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def build(workspace: Workspace, tmp_path: Path, inventory_path: Path) -> BuildResult:
    env = {"BP_PYTHON_INVENTORY": str(inventory_path), **temporary_files_env(workspace)}
    return workspace.detect_and_build(write_app(tmp_path / "app", SMALL_APP), env)


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        pytest.param("format = ", ("line 1",), id="no TOML"),
        pytest.param('format = "99"', ("format:",), id="another format"),
        pytest.param('format = "1"', ("artifacts:",), id="no artifacts"),
        pytest.param(
            'format = "1"\nend-of-life = 3\n', ("end-of-life: must be a table",), id="no dates"
        ),
        pytest.param(
            'format = "1"\n[[artifacts]]\nversion = 3.13\n',
            ("artifacts[0].version: must be a string",),
            id="no version",
        ),
    ],
)
def test_wrong_inventory_is_explained(
    workspace: Workspace,
    tmp_path: Path,
    inventory_path: Path,
    text: str,
    mentioned: tuple[str, ...],
) -> None:
    inventory_path.write_text(text, encoding="utf-8")
    result = build(workspace, tmp_path, inventory_path)
    assert_explained(result, HEADING, str(inventory_path), "BP_PYTHON_INVENTORY", *mentioned)
    assert_nothing_left(workspace)


def test_missing_inventory_is_explained(
    workspace: Workspace, tmp_path: Path, inventory_path: Path
) -> None:
    result = build(workspace, tmp_path, inventory_path)
    assert_explained(result, HEADING, str(inventory_path), "There is no such file")
    assert_nothing_left(workspace)


def test_directory_as_inventory_is_explained(
    workspace: Workspace, tmp_path: Path, inventory_path: Path
) -> None:
    inventory_path.mkdir()
    result = build(workspace, tmp_path, inventory_path)
    assert_explained(result, f"{inventory_path} can't be read", "It is a directory")
    assert_nothing_left(workspace)


def test_binary_junk_as_inventory_is_explained(
    workspace: Workspace, tmp_path: Path, inventory_path: Path
) -> None:
    inventory_path.write_bytes(b'format = "1"\n\x8f\x00\xff')
    result = build(workspace, tmp_path, inventory_path)
    assert_explained(result, f"{inventory_path} is not UTF-8 text", "line 2")
    assert_nothing_left(workspace)


def test_inventory_for_other_platforms_is_explained(
    workspace: Workspace, tmp_path: Path, inventory_path: Path
) -> None:
    inventory_path.write_text(inventory("x.tar.gz", "0" * 64, arch="riscv64"), encoding="utf-8")
    result = build(workspace, tmp_path, inventory_path)
    assert_explained(result, "No Python for linux/", "linux/riscv64", "BP_PYTHON_INVENTORY")
    assert_nothing_left(workspace)


def test_inventory_of_prereleases_is_explained(
    workspace: Workspace, tmp_path: Path, inventory_path: Path
) -> None:
    text = inventory("x.tar.gz", "0" * 64, version="3.15.0rc1")
    inventory_path.write_text(text, encoding="utf-8")
    result = build(workspace, tmp_path, inventory_path)
    assert_explained(result, "No Python for linux/", "3.15.0rc1")
    assert_nothing_left(workspace)


def test_checksum_mismatch_is_explained(
    workspace: Workspace, tmp_path: Path, inventory_path: Path
) -> None:
    archive = inventory_path.with_name("x.tar.gz")
    archive.write_bytes(b"not what the inventory says")
    inventory_path.write_text(inventory("x.tar.gz", "0" * 64), encoding="utf-8")
    result = build(workspace, tmp_path, inventory_path)
    actual = sha256(archive.read_bytes()).hexdigest()
    heading = "Checksum mismatch of a download"
    assert_explained(result, heading, archive.as_uri(), "0" * 64, actual)
    assert_nothing_left(workspace)
