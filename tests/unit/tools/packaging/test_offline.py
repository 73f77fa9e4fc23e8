from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from python_buildpack.python_version.inventory import read_inventory
from tests.unit.tools.packaging.inventories import AMD64, ARM64, write_inventory
from tools.errors import ToolError
from tools.packaging.offline import Offline, add_offline, fetch_offline, requirements_for

HASH = f"--hash=sha256:{'0' * 64}"


def test_requirements_for_another_python_and_platform() -> None:
    text = f"""\
# A comment
always==1.0 \\
    {HASH} \\
    --hash=sha256:{"1" * 64}
old==1.0 ; python_full_version < '3.12' \\
    {HASH}
new==1.0 ; python_version >= "3.12" and sys_platform != 'emscripten' \\
    {HASH}
windows==1.0 ; os_name == 'nt' \\
    {HASH}
arm==1.0 ; platform_machine == 'aarch64' \\
    {HASH}
"""
    lines = requirements_for(text, ARM64, "3.13").splitlines()
    assert [line.split()[0] for line in lines] == ["always==1.0", "new==1.0", "arm==1.0"]
    assert lines[0].split()[1:] == [HASH, f"--hash=sha256:{'1' * 64}"]
    names = [line.split("==")[0] for line in requirements_for(text, AMD64, "3.10").splitlines()]
    assert names == ["always", "old"]
    assert requirements_for(text, ARM64, "3.13t").splitlines() == lines


def test_newest_of_each_and_those_that_are_named(tmp_path: Path) -> None:
    versions = [(version, "amd64") for version in ("3.13.9", "3.13.10", "3.14.0", "3.12.1")]
    inventory = write_inventory(tmp_path, *versions)
    offline = fetch_offline(tmp_path, inventory, AMD64, ("3.13", "3.12.1"), ())
    assert offline is not None
    assert [str(artifact.version) for artifact in offline.archives] == ["3.13.10", "3.12.1"]
    assert offline.series == ("3.13", "3.12")


def test_free_threaded_builds_are_carried_where_they_are_named(tmp_path: Path) -> None:
    versions = [(version, "amd64") for version in ("3.13.9", "3.14.0", "3.14.0+freethreaded")]
    inventory = write_inventory(tmp_path, *versions)
    offline = fetch_offline(tmp_path, inventory, AMD64, ("3.14", "3.14t", "3.13"), ())
    assert offline is not None
    assert offline.series == ("3.14", "3.14t", "3.13")


def test_platform_that_the_inventory_has_nothing_for(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, ("3.13.0", "amd64"))
    assert fetch_offline(tmp_path, inventory, ARM64, ("3.13",), ()) is None


def test_python_that_the_inventory_does_not_have(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, ("3.13.0", "amd64"))
    with pytest.raises(ToolError, match=r"has no Python 3\.14 and no 3\.12 for linux-amd64"):
        fetch_offline(tmp_path, inventory, AMD64, ("3.14", "3.13", "3.12"), ())


def test_archive_that_is_not_what_the_inventory_says(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, ("3.13.0", "amd64"), sha256="0" * 64)
    with pytest.raises(ToolError, match="is not what the inventory says"):
        fetch_offline(tmp_path, inventory, AMD64, ("3.13",), ())


def test_what_is_carried(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, ("3.13.0", "amd64"), ("3.12.0", "amd64"))
    fetched = fetch_offline(tmp_path, inventory, AMD64, ("3.13",), ())
    assert fetched is not None
    wheel = tmp_path / "uv-1-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    made = tmp_path / "made"
    (made / "vendor").mkdir(parents=True)
    add_offline(Offline(fetched.archives, (wheel,)), made)
    (artifact,) = fetched.archives
    # No other than these, with the URLs that SBOMs name.
    assert read_inventory(made / "inventory.toml").artifacts == (artifact,)
    (archive,) = (made / "vendor" / "runtimes").iterdir()
    assert archive.name == f"{artifact.sha256}.tar.gz"
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == artifact.sha256
    wheels = {path.name: path.read_bytes() for path in (made / "vendor" / "wheels").iterdir()}
    assert wheels == {wheel.name: b"wheel", "series.txt": b"3.13\n"}


def test_digest_tells_every_change(tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, ("3.13.0", "amd64"), ("3.12.0", "amd64"))
    wheel = tmp_path / "uv-1-py3-none-any.whl"
    digests = set()
    for versions, contents in ((("3.13",), b"1"), (("3.13",), b"2"), (("3.13", "3.12"), b"1")):
        wheel.write_bytes(contents)
        fetched = fetch_offline(tmp_path, inventory, AMD64, versions, ())
        assert fetched is not None
        digests.add(Offline(fetched.archives, (wheel,)).digest)
    assert len(digests) == 3
