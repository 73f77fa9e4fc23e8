from __future__ import annotations

from dataclasses import replace

import pytest
import tomli
from packaging.pylock import Package, Pylock
from packaging.version import Version

from python_buildpack.environment.lock_file import pylock_toml
from python_buildpack.environment.resolution import Resolution, ResolvedDistribution
from tests.unit.environment.resolutions import OTHER, WHEEL
from tests.unit.package_managers.pip.reports import COMMIT, only, report

REPORTS = (
    *("editable", "editable_vcs", "index_without_hashes", "local_directory", "local_find_links"),
    *("local_sdist", "local_wheel", "sdist", "url", "url_md5"),
    *("vcs_branch", "vcs_commit", "vcs_subdirectory", "wheels"),
)


def locked(*distributions: ResolvedDistribution) -> tuple[Package, ...]:
    """Return the packages of the lock file, which is read and validated as any tool would."""
    lock = Pylock.from_dict(tomli.loads(pylock_toml(Resolution(distributions))))
    return tuple(lock.packages)


@pytest.mark.parametrize("name", REPORTS)
def test_pylock_toml_is_valid(name: str) -> None:
    resolution = report(name)
    lock = Pylock.from_dict(tomli.loads(pylock_toml(resolution)))
    assert (lock.lock_version, lock.created_by) == (Version("1.0"), "python-buildpack")
    assert [package.name for package in lock.packages] == list(resolution.versions)


def test_pylock_toml_does_not_change() -> None:
    assert pylock_toml(report("wheels")) == pylock_toml(report("wheels"))
    assert pylock_toml(Resolution((OTHER,))).splitlines() == [
        'lock-version = "1.0"',
        'created-by = "python-buildpack"',
        "",
        "[[packages]]",
        'name = "click"',
        'version = "8.2.0"',
        "",
        "[[packages.wheels]]",
        'path = "click-8.2.0-py3-none-any.whl"',
        "",
        "[packages.wheels.hashes]",
        f'sha256 = "{"a" * 64}"',
    ]


def test_pylock_toml_of_nothing() -> None:
    assert locked() == ()


def test_pylock_toml_wheel() -> None:
    (package,) = locked(WHEEL)
    assert package.version == Version("3.1.0")
    assert package.wheels is not None
    assert [(wheel.path, wheel.url, wheel.hashes) for wheel in package.wheels] == [
        (WHEEL.filename, None, {"sha256": "a" * 64})
    ]


def test_pylock_toml_file_without_a_url() -> None:
    (package,) = locked(replace(WHEEL, url=WHEEL.filename))
    assert package.wheels is not None
    assert (package.wheels[0].path, package.wheels[0].url) == (WHEEL.filename, None)


def test_pylock_toml_wheel_of_a_local_version() -> None:
    url = "https://index.example/flask-2.0%2Bcpu-cp312-cp312-linux_x86_64.whl"
    (package,) = locked(replace(WHEEL, version="2.0+cpu", url=url))
    assert package.version == Version("2.0+cpu")
    assert package.wheels is not None
    assert package.wheels[0].path == "flask-2.0+cpu-cp312-cp312-linux_x86_64.whl"


def test_pylock_toml_sdist() -> None:
    (package,) = locked(only("sdist"))
    assert package.sdist is not None
    assert (package.sdist.path, package.sdist.url) == ("built-2.0.tar.gz", None)
    assert package.wheels is None


@pytest.mark.parametrize("name", ["url", "local_wheel", "local_sdist"])
def test_pylock_toml_archive(name: str) -> None:
    distribution = only(name)
    (package,) = locked(distribution)
    assert package.archive is not None
    assert package.archive.url == distribution.url
    assert [f"{kind}:{value}" for kind, value in package.archive.hashes.items()] == [
        *distribution.hashes
    ]
    assert (package.version, package.wheels) == (Version(distribution.version), None)


@pytest.mark.parametrize(
    ("name", "subdirectory"), [("vcs_branch", None), ("vcs_subdirectory", "sub")]
)
def test_pylock_toml_repository(name: str, subdirectory: str | None) -> None:
    distribution = only(name)
    (package,) = locked(distribution)
    assert package.vcs is not None
    assert (package.vcs.type, package.vcs.url) == ("git", distribution.url)
    assert (package.vcs.commit_id, package.vcs.subdirectory) == (distribution.commit, subdirectory)


@pytest.mark.parametrize(("name", "editable"), [("local_directory", None), ("editable", True)])
def test_pylock_toml_directory_has_no_version(name: str, editable: bool | None) -> None:
    (package,) = locked(only(name))
    assert package.directory is not None
    assert (package.directory.path, package.directory.editable) == ("/app/src/built-2.0", editable)
    assert package.version is None


@pytest.mark.parametrize(
    ("version", "filename"),
    [
        ("3.1.0", "flask-3.1.0.tar.bz2"),
        ("3.1.0", "old-name-of-flask-3.1.0.tar.gz"),
        ("3.1.0", "flask-3.2.tar.gz"),
        ("3.1.0", "flask.zip"),
        ("3.1.0", "flask-3.1.0_1-none.whl"),
        ("1.0-unknown-r1716", "flask-1.0-unknown-r1716.tar.gz"),
    ],
)
def test_pylock_toml_file_of_another_name_is_an_archive(version: str, filename: str) -> None:
    url = f"https://index.example/token/{filename}"
    (package,) = locked(replace(WHEEL, version=version, url=url))
    assert package.archive is not None
    assert (package.archive.url, package.archive.path) == (None, filename)
    assert (package.sdist, package.wheels) == (None, None)


def test_pylock_toml_version_of_before_pep_440_is_left_out() -> None:
    (package,) = locked(replace(WHEEL, version="1.0-unknown-r1716"))
    assert package.version is None


def test_pylock_toml_directory_with_spaces() -> None:
    (package,) = locked(replace(WHEEL, url="file:///app/a%20b", hashes=()))
    assert package.directory is not None
    assert package.directory.path == "/app/a b"


def test_pylock_toml_commit_is_that_of_the_report() -> None:
    assert only("vcs_commit").commit == COMMIT
    assert COMMIT in pylock_toml(report("vcs_commit"))
