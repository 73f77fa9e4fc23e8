from __future__ import annotations

import platform
from pathlib import Path

import pytest

from python_buildpack.app.settings import parse_settings
from python_buildpack.environment.linkage.check import (
    MissingLibrariesError,
    MissingLibrary,
    check_linkage,
    read_needs,
)
from python_buildpack.environment.linkage.libraries import VenvLibraries
from python_buildpack.environment.linkage.system import System, determine_system
from tests.unit.environment.linkage.elf_files import (
    AMD64,
    ARM64,
    elf_bytes,
    write_library,
    write_module,
)

SITE_PACKAGES = "lib/python3.13/site-packages"
NO_WAY_TO_CHECK = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="the files that this test writes are for amd64"
)


@pytest.fixture
def site_packages(tmp_path: Path) -> Path:
    directory = tmp_path / "venv" / SITE_PACKAGES
    directory.mkdir(parents=True)
    return directory


@pytest.fixture
def system(tmp_path: Path) -> System:
    """Return an image that has the C library and nothing else."""
    directory = tmp_path / "image"
    directory.mkdir()
    (directory / "libc.so.6").touch()
    return System(AMD64, (directory,))


def missing(
    site_packages: Path, system: System, *, strict: bool = False
) -> tuple[MissingLibrary, ...]:
    libraries = VenvLibraries(site_packages.parents[2], system.machine)
    needs = tuple(read_needs(libraries, system))
    return check_linkage(libraries, system, needs, strict=strict)


def on_this_machine(environment: dict[str, str]) -> System:
    system = determine_system(environment)
    assert system is not None
    return system


def missing_in(site_packages: Path, system: System) -> list[tuple[str, str | None]]:
    found = missing(site_packages, system)
    return [(each.name, each.distribution) for each in found]


def record(site_packages: Path, dist_info: str, *paths: str) -> None:
    directory = site_packages / f"{dist_info}.dist-info"
    directory.mkdir()
    (directory / "RECORD").write_text("".join(f"{path},,\n" for path in paths))


def test_missing_libraries_by_distribution(site_packages: Path, system: System) -> None:
    write_module(site_packages / "_a.so", "libpq.so.5", "libc.so.6")
    write_module(site_packages / "b,c" / "_b.abi3.so", "libGL.so.1", "libgomp.so.1")
    write_module(site_packages / "b,c" / "_c.so", "libGL.so.1")
    write_module(site_packages / "_nobody.so", "libGL.so.1")
    record(site_packages, "Zope_A-1.0", "_a.so", "zope_a.py")
    record(site_packages, "b-1.0", '"b,c/_b.abi3.so"', '"b,c/_c.so"')
    (site_packages / "broken-1.0.dist-info").mkdir()
    assert missing(site_packages, system) == (
        MissingLibrary("libGL.so.1", None, (f"{SITE_PACKAGES}/_nobody.so",)),
        MissingLibrary(
            "libGL.so.1", "b", (f"{SITE_PACKAGES}/b,c/_b.abi3.so", f"{SITE_PACKAGES}/b,c/_c.so")
        ),
        MissingLibrary("libgomp.so.1", "b", (f"{SITE_PACKAGES}/b,c/_b.abi3.so",)),
        MissingLibrary("libpq.so.5", "zope-a", (f"{SITE_PACKAGES}/_a.so",)),
    )


def test_missing_libraries_none_in_an_empty_environment(
    site_packages: Path, system: System
) -> None:
    assert missing_in(site_packages, system) == []


@pytest.mark.parametrize("form", ["$ORIGIN", "${ORIGIN}"])
def test_missing_libraries_of_a_bundled_library(
    site_packages: Path, system: System, form: str
) -> None:
    write_module(site_packages / "a" / "_a.so", "libb-1234.so.1", runpath=f"{form}/../a.libs")
    write_library(site_packages / "a.libs" / "libb-1234.so.1", "libc-56.so", rpath="$ORIGIN")
    write_library(site_packages / "a.libs" / "libc-56.so", "libGL.so.1", "libb-1234.so.1")
    record(site_packages, "a-1.0", "a/_a.so", "a.libs/libb-1234.so.1", "a.libs/libc-56.so")
    assert missing_in(site_packages, system) == [("libGL.so.1", "a")]


def test_missing_libraries_in_a_sibling_distribution(site_packages: Path, system: System) -> None:
    cublas = "nvidia/cublas/lib"
    runpath = f"$ORIGIN:$ORIGIN/../../{cublas}"
    write_module(site_packages / "torch" / "_C.so", "libtorch.so", runpath="$ORIGIN/lib")
    write_library(site_packages / "torch/lib/libtorch.so", "libblas.so.12", runpath=runpath)
    write_library(site_packages / cublas / "libblas.so.12", "libreached.so.1")
    write_library(site_packages / "other" / "libblas.so.12", "libnotreached.so.1")
    write_library(site_packages / "other" / "libsecond.so")
    assert missing_in(site_packages, system) == [("libreached.so.1", None)]


@pytest.mark.parametrize(
    ("file", "soname"),
    [("libb.so.1", ""), ("libb-renamed.so", "libb.so.1")],
    ids=["name", "soname"],
)
def test_missing_libraries_loaded_by_another_module(
    site_packages: Path, system: System, file: str, soname: str
) -> None:
    write_module(site_packages / "a" / "_a.so", "libb.so.1")
    write_library(site_packages / "b" / "lib" / file, soname=soname)
    assert missing_in(site_packages, system) == []


def test_missing_libraries_outside_of_site_packages(site_packages: Path, system: System) -> None:
    write_module(site_packages / "_a.so", "libmkl.so.2")
    write_library(site_packages.parents[1] / "libmkl.so.2", soname="libmkl.so.2")
    assert missing_in(site_packages, system) == []


def test_missing_libraries_on_a_search_path_outside(
    tmp_path: Path, site_packages: Path, system: System
) -> None:
    write_library(tmp_path / "opt" / "libdb.so.1", "libofdb.so.1")
    write_module(site_packages / "_a.so", "libdb.so.1", rpath=f"$LIB:relative:{tmp_path}/opt")
    assert missing_in(site_packages, system) == []


def test_missing_libraries_not_of_plugins(site_packages: Path, system: System) -> None:
    write_module(site_packages / "a" / "_a.so", "libc.so.6")
    write_library(site_packages / "a" / "plugins" / "libsql.so", "libpq.so.5")
    assert missing_in(site_packages, system) == []


def test_missing_libraries_of_the_only_library_of_a_package(
    site_packages: Path, system: System
) -> None:
    write_library(site_packages / "lightgbm" / "lib" / "lib_lightgbm.so", "libgomp.so.1")
    record(site_packages, "lightgbm-4.6", "lightgbm/lib/lib_lightgbm.so")
    assert missing_in(site_packages, system) == [("libgomp.so.1", "lightgbm")]


def test_missing_libraries_of_a_program(site_packages: Path, system: System) -> None:
    bin_dir = site_packages.parents[2] / "bin"
    bin_dir.mkdir()
    (bin_dir / "uwsgi").write_bytes(elf_bytes("libxml2.so.2"))
    (bin_dir / "flask").write_text("#!/venv/bin/python\n")
    (site_packages.parents[3] / "python3").write_bytes(elf_bytes("libpython-needs.so.1"))
    (bin_dir / "python").symlink_to(site_packages.parents[3] / "python3")
    record(site_packages, "uWSGI-2.0", "../../../bin/uwsgi", "../../../bin/flask")
    assert missing_in(site_packages, system) == [("libxml2.so.2", "uwsgi")]


@pytest.mark.parametrize(
    "needed",
    ["libpython3.13.so.1.0", "libcuda.so.1", "libnvidia-ml.so.1", "libnccl.so.2", "/opt/a/libb.so"],
)
def test_missing_libraries_not_of_the_image(
    site_packages: Path, system: System, needed: str
) -> None:
    write_module(site_packages / "_a.so", needed)
    assert missing_in(site_packages, system) == []


def test_missing_libraries_that_are_optional(site_packages: Path, system: System) -> None:
    write_module(site_packages / "numba" / "tbbpool.so", "libtbb.so.12")
    record(site_packages, "numba-0.61", "numba/tbbpool.so")
    assert missing_in(site_packages, system) == []


def test_missing_libraries_not_of_other_machines(site_packages: Path, system: System) -> None:
    write_module(site_packages / "a" / "_arm.so", "libGL.so.1", machine=ARM64)
    write_module(site_packages / "a" / "_musl.so", "libGL.so.1", "libc.musl-x86_64.so.1")
    (site_packages / "a" / "_broken.so").write_bytes(elf_bytes("libGL.so.1")[:90])
    (site_packages / "a" / "_dangling.so").symlink_to("missing.so")
    assert missing_in(site_packages, system) == []


@pytest.mark.parametrize("value", ["true", "false"])
def test_strict_linkage_is_a_setting(value: str) -> None:
    settings = parse_settings({"BP_STRICT_LINKAGE": value})
    assert settings.strict_linkage is (value == "true")


@NO_WAY_TO_CHECK
def test_check_linkage(site_packages: Path) -> None:
    write_module(site_packages / "_a.so", "libsurely-not-here.so.1")
    found = missing(site_packages, on_this_machine({}))
    assert [each.name for each in found] == ["libsurely-not-here.so.1"]


@NO_WAY_TO_CHECK
def test_check_linkage_strict(site_packages: Path) -> None:
    write_module(site_packages / "_a.so", "libsurely-not-here.so.1")
    with pytest.raises(MissingLibrariesError) as caught:
        missing(site_packages, on_this_machine({}), strict=True)
    assert [each.name for each in caught.value.libraries] == ["libsurely-not-here.so.1"]


@NO_WAY_TO_CHECK
@pytest.mark.parametrize("strict", [True, False])
def test_check_linkage_library_path(tmp_path: Path, site_packages: Path, strict: bool) -> None:
    write_module(site_packages / "_a.so", "libsurely-not-here.so.1")
    (tmp_path / "libsurely-not-here.so.1").touch()
    environment = {"LD_LIBRARY_PATH": str(tmp_path)}
    assert missing(site_packages, on_this_machine(environment), strict=strict) == ()
