from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.integration.apps import SMALL_APP
from tests.integration.direct_build import DirectBuild
from tests.integration.python_archives import inventory
from tests.integration.refused_builds import assert_refused, prepared_build

HEADING = "Invalid inventory of Python archives"


@pytest.fixture
def build(direct: DirectBuild) -> DirectBuild:
    return prepared_build(direct, SMALL_APP)


@pytest.fixture
def path(build: DirectBuild) -> Iterator[Path]:
    """Where the build looks for the inventory; gone when the test ends."""
    path = build.root / "inventory.toml"
    yield path
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def assert_inventory_refused(build: DirectBuild, path: Path, heading: str, *mentioned: str) -> None:
    assert_refused(build, {"BP_PYTHON_INVENTORY": str(path)}, heading, *mentioned)


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
    build: DirectBuild,
    path: Path,
    text: str,
    mentioned: tuple[str, ...],
) -> None:
    path.write_text(text, encoding="utf-8")
    assert_inventory_refused(build, path, HEADING, str(path), "BP_PYTHON_INVENTORY", *mentioned)


def test_missing_inventory_is_explained(build: DirectBuild, path: Path) -> None:
    assert_inventory_refused(build, path, HEADING, str(path), "There is no such file")


def test_directory_as_inventory_is_explained(build: DirectBuild, path: Path) -> None:
    path.mkdir()
    assert_inventory_refused(build, path, f"{path} can't be read", "It is a directory")


def test_binary_junk_as_inventory_is_explained(build: DirectBuild, path: Path) -> None:
    path.write_bytes(b'format = "1"\n\x8f\x00\xff')
    assert_inventory_refused(build, path, f"{path} is not UTF-8 text", "line 2")


def test_inventory_for_other_platforms_is_explained(build: DirectBuild, path: Path) -> None:
    path.write_text(inventory("x.tar.gz", "0" * 64, arch="riscv64"), encoding="utf-8")
    assert_inventory_refused(
        build, path, "No Python for linux/", "linux/riscv64", "BP_PYTHON_INVENTORY"
    )


def test_inventory_of_prereleases_is_explained(build: DirectBuild, path: Path) -> None:
    text = inventory("x.tar.gz", "0" * 64, version="3.15.0rc1")
    path.write_text(text, encoding="utf-8")
    assert_inventory_refused(build, path, "No Python for linux/", "3.15.0rc1")


def test_checksum_mismatch_is_explained(build: DirectBuild, path: Path) -> None:
    archive = path.with_name("x.tar.gz")
    archive.write_bytes(b"not what the inventory says")
    path.write_text(inventory("x.tar.gz", "0" * 64), encoding="utf-8")
    actual = sha256(archive.read_bytes()).hexdigest()
    heading = "Checksum mismatch"
    assert_inventory_refused(build, path, heading, archive.as_uri(), "0" * 64, actual)
