from __future__ import annotations

import pytest
import tomli

from python_buildpack.messages.links import SYSTEM_PACKAGES
from python_buildpack.messages.system_packages import (
    debian_package,
    how_to_add,
    wheel_alternative,
)
from python_buildpack.messages.wording import message_for
from python_buildpack.package_managers.failures.causes import (
    CompilerMissingError,
    SystemLibraryMissingError,
)


@pytest.mark.parametrize(
    ("missing", "package"),
    [
        ("libpq-fe.h", "libpq-dev"),
        ("pg_config", "libpq-dev"),
        ("mysql.h", "default-libmysqlclient-dev"),
        ("mysqlclient", "default-libmysqlclient-dev"),
        ("ffi.h", "libffi-dev"),
        ("openssl/ssl.h", "libssl-dev"),
        ("OpenSSL", "libssl-dev"),
        ("libxml/xmlversion.h", "libxml2-dev"),
        ("lber.h", "libldap2-dev"),
        ("jpeg", "libjpeg-dev"),
        ("cairo", "libcairo2-dev"),
        ("gdal-config", "libgdal-dev"),
        ("-lz", "zlib1g-dev"),
        ("x86_64-linux-gnu-gcc-12", "build-essential"),
        ("Rust", "cargo"),
        ("gfortran", "gfortran"),
        ("ninja", "ninja-build"),
        ("libGL.so.1", "libgl1"),
        ("libpq.so.5", "libpq5"),
        ("libgdal.so.32", "libgdal32"),
        ("libicui18n.so.72", "libicu72"),
        ("libgeos_c.so.1", "libgeos-c1v5"),
        ("libGL.so", None),
        ("libunknown.so.1", None),
        ("libgdal.so", None),
        ("foo.h", None),
        ("", None),
    ],
)
def test_debian_package(missing: str, package: str | None) -> None:
    assert debian_package(missing) == package


@pytest.mark.parametrize(
    ("distribution", "alternative"),
    [("Psycopg2", "psycopg2-binary"), ("opencv-python", "opencv-python-headless"), ("flask", None)],
)
def test_wheel_alternative(distribution: str, alternative: str | None) -> None:
    found = wheel_alternative(distribution)
    assert (found or "").startswith(alternative or "")
    assert (found is None) is (alternative is None)


def test_missing_library_names_the_package_and_the_wheel() -> None:
    body = message_for(SystemLibraryMissingError("psycopg2", "pg_config", "3.13.0")).body
    assert "On Debian and Ubuntu, the package is libpq-dev." in body
    assert "require psycopg2-binary" in body
    assert '\n    [com.heroku.buildpacks.deb-packages]\n    install = ["libpq-dev"]\n' in body
    assert "The run image needs the library too." in body


def test_long_lists_of_packages_are_toml() -> None:
    packages = [f"libexample{number}-{number}" for number in range(20)]
    paragraph = how_to_add(packages)
    assert max(map(len, paragraph.splitlines())) <= 100
    lines = paragraph.partition("project.toml:\n")[2].rpartition("See ")[0]
    (table,) = tomli.loads(lines)["com"]["heroku"]["buildpacks"].values()
    assert table["install"] == sorted(packages)


def test_missing_compiler_that_no_package_is_known_of() -> None:
    body = message_for(CompilerMissingError("", "autoconf", "3.13.0")).body
    assert "On Debian" not in body
    assert "doesn't run as root" in body
    assert "deb-packages" not in body
    assert SYSTEM_PACKAGES in body
