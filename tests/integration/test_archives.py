from __future__ import annotations

import gzip
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.apps import SMALL_APP
from tests.integration.direct_build import DirectBuild
from tests.integration.python_archives import archive, member, write_inventory
from tests.integration.refused_builds import assert_refused, prepared_build

SAFE = member("python/bin/python3.13", b"#!/bin/sh\n", mode=0o755)
LINK, HARD_LINK = tarfile.SYMTYPE, tarfile.LNKTYPE


@pytest.fixture
def build(direct: DirectBuild) -> DirectBuild:
    return prepared_build(direct, SMALL_APP)


@pytest.fixture
def files_dir(direct: DirectBuild) -> Iterator[Path]:
    """A path that the build's user can read; nothing is there yet."""
    directory = direct.root / "files"
    yield directory
    shutil.rmtree(directory)


@pytest.mark.parametrize(
    ("members", "refused"),
    [
        pytest.param([member("python/../../evil", b"x")], "python/../../evil", id="parent"),
        pytest.param([member("../evil", b"x")], "../evil", id="parent-first"),
        pytest.param([member("/tmp/cnb-evil", b"x")], "/tmp/cnb-evil", id="absolute"),  # noqa: S108
        pytest.param([member("other/evil", b"x")], "other/evil", id="beside-the-root"),
        pytest.param(
            [member("python/lib", type=LINK, linkname="../../..")],
            "python/lib",
            id="link-to-parent",
        ),
        pytest.param(
            [member("python/lib", type=LINK, linkname="/etc")], "python/lib", id="link-absolute"
        ),
        pytest.param(
            [
                member("python/lib", type=LINK, linkname="bin"),
                member("python/lib/evil", b"x"),
            ],
            "python/lib/evil",
            id="through-a-link",
        ),
        pytest.param(
            [member("python/evil", type=HARD_LINK, linkname="/etc/passwd")],
            "python/evil",
            id="hard-link-absolute",
        ),
        pytest.param(
            [member("python/evil", type=HARD_LINK, linkname="python/../../evil")],
            "python/evil",
            id="hard-link-to-parent",
        ),
        pytest.param([member("python/evil", type=tarfile.CHRTYPE)], "python/evil", id="device"),
        pytest.param([member("python/evil", type=tarfile.BLKTYPE)], "python/evil", id="disk"),
        pytest.param([member("python/evil", type=tarfile.FIFOTYPE)], "python/evil", id="pipe"),
    ],
)
def test_unsafe_archive_is_refused(
    build: DirectBuild,
    files_dir: Path,
    members: list[tuple[tarfile.TarInfo, bytes]],
    refused: str,
) -> None:
    inventory = write_inventory(files_dir, archive([SAFE, *members]))
    assert_refused(build, inventory, "Unsafe archive", "Archive: python-3.13.0.tar.gz", refused)
    assert not Path("/tmp/cnb-evil").exists()  # noqa: S108
    assert list(build.root.rglob("evil")) == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>Please sign in</html>", id="page"),
        pytest.param(archive([member("python/big", bytes(100_000))])[:-20], id="truncated"),
        pytest.param(gzip.compress(b"this is no tar archive" * 100), id="no tar"),
    ],
)
def test_broken_archive_is_refused(build: DirectBuild, files_dir: Path, content: bytes) -> None:
    inventory = write_inventory(files_dir, content)
    assert_refused(build, inventory, "Invalid archive", "Archive: python-3.13.0.tar.gz")


@pytest.mark.parametrize(
    ("members", "missing"),
    [
        pytest.param([member("python/README", b"x")], "bin/python3.13", id="no Python"),
        pytest.param([SAFE], "lib/python3.13/os.py", id="no library"),
        pytest.param(
            [SAFE, member("python/lib/python3.13/os.py")],
            "lib/python3.13/_sysconfigdata_*.py",
            id="no sysconfig data",
        ),
        pytest.param(
            [
                SAFE,
                member("python/lib/python3.13/os.py"),
                member("python/lib/python3.13/_sysconfigdata_x.py", b"\x8fjunk"),
            ],
            "_sysconfigdata_x.py",
            id="junk as sysconfig data",
        ),
    ],
)
def test_archive_of_another_layout_is_refused(
    build: DirectBuild,
    files_dir: Path,
    members: list[tuple[tarfile.TarInfo, bytes]],
    missing: str,
) -> None:
    inventory = write_inventory(files_dir, archive(members))
    assert_refused(build, inventory, "Unexpected layout of a Python archive", missing)


def test_python_that_does_not_run_is_explained(build: DirectBuild, files_dir: Path) -> None:
    members = [
        member("python/bin/python3.13", b"\x7fELF no program", mode=0o755),
        member("python/lib/python3.13/os.py"),
        member("python/lib/python3.13/_sysconfigdata_x.py", b"build_time_vars = {}\n"),
    ]
    inventory = write_inventory(files_dir, archive(members))
    assert_refused(build, inventory, "", "bin/python3.13", "architecture")
