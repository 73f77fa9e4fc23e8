from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from python_buildpack.environment.parts.footprints import MOST_CLAIMS, read_footprints
from python_buildpack.environment.parts.partition import Footprint
from tests.unit.environment.linkage.elf_files import elf_bytes
from tests.unit.environment.parts.installed_environment import (
    SITE_PACKAGES,
    InstalledEnvironment,
)


@pytest.fixture
def environment(tmp_path: Path) -> InstalledEnvironment:
    return InstalledEnvironment(tmp_path / "venv")


def read(environment: InstalledEnvironment, *left_out: str) -> dict[str, Footprint]:
    found = read_footprints(
        environment.venv_dir, environment.resolution, environment.libraries, left_out
    )
    assert found is not None
    return {each.name: each for each in found}


def claims(footprint: Footprint) -> list[str]:
    """Return the claims in site-packages, and others by their whole path; no metadata."""
    paths = [each for each in footprint.claims if not each.endswith(".dist-info")]
    return [path.removeprefix(f"{SITE_PACKAGES}/") for path in paths]


def test_claims_are_the_outermost_directories_with_files(environment: InstalledEnvironment) -> None:
    environment.install(
        "bigquery",
        {
            "google/cloud/bigquery/__init__.py": b"",
            "google/cloud/bigquery/data/schema.json": b"{}",
            "pylab.py": b"",
            "bigquery.libs/libx.so.1": b"",
            "../../../bin/bq": b"#!python",
            "../../../share/man/man1/bq.1": b"",
        },
    )
    found = read(environment)["bigquery"]
    assert claims(found) == [
        *("bin/bq", "bigquery.libs", "google/cloud/bigquery", "pylab.py"),
        "share/man/man1/bq.1",
    ]
    assert found.dist_info == f"{SITE_PACKAGES}/bigquery-1.0.dist-info"
    assert found.is_movable


def test_size_is_that_of_the_files(environment: InstalledEnvironment) -> None:
    environment.install("a", {"a/data": b"x" * 1000, "a/more": b"y" * 500})
    environment.install("b", {"b/data": b"", "b/more": b""})
    found = read(environment)
    assert found["a"].size - found["b"].size == 1500


@pytest.mark.parametrize(
    "path",
    ["a.pth", "../a.py", "../../../lib/a.so", "../../../pyvenv.cfg", "../../../../outside"],
)
def test_what_would_not_be_as_good_elsewhere(environment: InstalledEnvironment, path: str) -> None:
    environment.install("a", {"a/__init__.py": b"", path: b""})
    assert not read(environment)["a"].is_movable


def test_too_many_claims(environment: InstalledEnvironment) -> None:
    for name, count in (("a", MOST_CLAIMS - 1), ("b", MOST_CLAIMS)):
        modules = {f"../../../share/{name}/{number}": b"" for number in range(count)}
        environment.install(name, modules)
    found = read(environment)
    assert [found[name].is_movable for name in ("a", "b")] == [True, False]


def test_link_is_not_moved(environment: InstalledEnvironment) -> None:
    environment.install("a", {"a/__init__.py": b"", "a/data": b""})
    (environment.site_packages / "a" / "data").unlink()
    (environment.site_packages / "a" / "data").symlink_to("__init__.py")
    assert not read(environment)["a"].is_movable


def test_program_that_looks_for_libraries_beside_itself(environment: InstalledEnvironment) -> None:
    for name, rpath in (("a", "$ORIGIN/../lib"), ("b", "")):
        program = elf_bytes("libx.so.1", rpath=rpath)
        environment.install(name, {f"{name}/__init__.py": b"", f"../../../bin/{name}": program})
    found = read(environment)
    assert [found[name].is_movable for name in ("a", "b")] == [False, True]


@pytest.mark.parametrize(
    ("filename", "hashes"),
    [("a-1.0.tar.gz", ("sha256:a",)), ("a-1.0-py3-none-any.whl", ())],
    ids=["built", "without a hash"],
)
def test_what_no_hash_tells(
    environment: InstalledEnvironment, filename: str, hashes: tuple[str, ...]
) -> None:
    environment.install("a", {"a/__init__.py": b""}, filename=filename)
    environment.resolved["a"] = replace(environment.resolved["a"], hashes=hashes)
    assert not read(environment)["a"].is_movable


def test_searched_directories(environment: InstalledEnvironment) -> None:
    rpath = "$ORIGIN:$ORIGIN/../../a.libs:$ORIGIN/../../nvidia/cublas/lib:${ORIGIN}/..:/usr/lib"
    environment.install("a", {"a/lib/liba.so": elf_bytes("libx.so.1", rpath=rpath), "a/m.py": b""})
    searched = read(environment)["a"].searched
    assert searched == (f"{SITE_PACKAGES}/a.libs", f"{SITE_PACKAGES}/nvidia/cublas/lib")


def test_directories_of_its_own_are_not_searched_elsewhere(
    environment: InstalledEnvironment,
) -> None:
    library = elf_bytes("libx.so.1", rpath="$ORIGIN/../a.libs")
    environment.install("a", {"a/_a.so": library, "a.libs/libx.so.1": elf_bytes()})
    assert read(environment)["a"].searched == ()


def test_files_that_others_overwrite(environment: InstalledEnvironment) -> None:
    for name in ("a", "b"):
        environment.install(name, {"same.py": b"", f"{name}.py": b""})
        record = environment.site_packages / f"{name}-1.0.dist-info" / "RECORD"
        record.write_text(record.read_text().replace("same.py,,", f"same.py,sha256={name},1"))
    assert [each.is_movable for each in read(environment).values()] == [False, False]


def test_distributions_that_are_there_in_name_only(environment: InstalledEnvironment) -> None:
    environment.install("a", {"a.py": b""})
    environment.install("b", {"b.py": b""})
    assert read(environment, "a").keys() == {"b"}


def test_files_that_nothing_lists(environment: InstalledEnvironment) -> None:
    environment.install("a", {"a.py": b""})
    resolution, libraries = environment.resolution, environment.libraries
    legacy = environment.site_packages / "b.egg-link"
    legacy.touch()
    assert read_footprints(environment.venv_dir, resolution, libraries) is None
    legacy.unlink()
    (environment.site_packages / "a-1.0.dist-info" / "RECORD").unlink()
    assert read_footprints(environment.venv_dir, resolution, libraries) is None


def test_distribution_that_was_not_resolved(environment: InstalledEnvironment) -> None:
    environment.install("a", {"a.py": b""})
    del environment.resolved["a"]
    found = read_footprints(environment.venv_dir, environment.resolution, environment.libraries)
    assert found is None
