"""Python's shared library in a layer of its own, and when it isn't."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from packaging.version import Version

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.environment.linkage.libraries import VenvLibraries
from python_buildpack.layers.judgement import IN_IMAGE, ON_DISK, Changed
from python_buildpack.layers.libpython import is_moved, libpython_names, move_libpython
from python_buildpack.layers.python import (
    PythonLayer,
    finish_python_layer,
    inspect_python_layer,
)
from python_buildpack.python_version.inventory import Artifact
from tests.unit.environment.linkage.elf_files import AMD64, ARM64, elf_bytes
from tests.unit.layers.restored_layers import layer_types, restore_layer
from tests.unit.layers.standalone_python import SERIES

ARTIFACT = Artifact(Version("3.13.0"), "linux", "amd64", "file:///f", "0" * 64)
AT_LAUNCH, KEPT = LayerTypes(launch=True), LayerTypes(launch=True, build=True, cache=True)
SONAME = f"libpython{SERIES}.so.1.0"
NAMES = {f"libpython{SERIES}.so", SONAME, "libpython3.so"}


def unpack(layers_dir: Path, *needed: str) -> PythonLayer:
    """Write a runtime whose executable needs these libraries, and move its own."""
    layers = Layers(layers_dir)
    python = inspect_python_layer(layers, ARTIFACT, {})
    directory = layers.make("python")
    for name in ("bin", "lib"):
        (directory / name).mkdir()
    python.executable.write_bytes(elf_bytes(*needed))
    for name in (SONAME, "libpython3.so", "libother.so"):
        (directory / "lib" / name).write_text(name)
    (directory / "lib" / f"libpython{SERIES}.so").symlink_to(SONAME)
    move_libpython(layers, directory, python.executable)
    return python


def finish(layers_dir: Path, types: LayerTypes, *, needed: bool) -> set[str] | None:
    """Declare the layers, and return the types of this one, or None."""
    layers = Layers(layers_dir)
    python = inspect_python_layer(layers, ARTIFACT, {})
    finish_python_layer(layers, python, types, needs_libpython=needed)
    exists = (layers_dir / "libpython.toml").exists()
    return layer_types(layers_dir, "libpython") if exists else None


def is_on_disk(layers_dir: Path) -> bool:
    return (layers_dir / "libpython").exists()


def test_library_that_the_executable_does_not_need(layers_dir: Path) -> None:
    python = unpack(layers_dir, "libc.so.6")
    assert is_moved(python.directory)
    library = layers_dir / "libpython" / "lib"
    standard_library = f"python{SERIES}"
    assert {path.name for path in library.iterdir()} == {*NAMES, standard_library}
    link = library / standard_library
    assert link.resolve() == python.directory.resolve() / "lib" / standard_library
    assert library.stat().st_mode & 0o777 == 0o755
    assert (library / f"libpython{SERIES}.so").readlink() == Path(SONAME)
    for name in NAMES:
        link = python.directory / "lib" / name
        assert link.readlink() == Path("../../libpython/lib", name)
        assert link.read_text() == (library / name).read_text()
    assert not (python.directory / "lib" / "libother.so").is_symlink()


@pytest.mark.parametrize("needed", [SONAME, f"$ORIGIN/../lib/{SONAME}"])
def test_library_that_the_executable_needs(layers_dir: Path, needed: str) -> None:
    python = unpack(layers_dir, needed)
    assert not is_moved(python.directory)
    assert (python.directory / "lib" / SONAME).read_text() == SONAME
    assert not is_on_disk(layers_dir)
    assert finish(layers_dir, KEPT, needed=False) is None


def test_executable_that_cannot_be_read(layers_dir: Path) -> None:
    python = unpack(layers_dir)
    python.executable.write_text("#!/bin/sh\n")
    assert not move_libpython(Layers(layers_dir), python.directory, python.executable)
    assert not is_on_disk(layers_dir)


@pytest.mark.parametrize(
    ("types", "needed", "expected"),
    [
        (AT_LAUNCH, True, {"launch"}),
        (AT_LAUNCH, False, None),
        (KEPT, True, {"launch", "build", "cache"}),
        (KEPT, False, {"build", "cache"}),
    ],
)
def test_types(
    layers_dir: Path, types: LayerTypes, needed: bool, expected: set[str] | None
) -> None:
    unpack(layers_dir)
    assert finish(layers_dir, types, needed=needed) == expected
    assert is_on_disk(layers_dir) is (expected is not None)


def restored(layers_dir: Path) -> PythonLayer:
    """Begin the next build with what the lifecycle restores."""
    for name in ("python", "libpython"):
        if "cache" not in layer_types(layers_dir, name):
            shutil.rmtree(layers_dir / name)
        restore_layer(layers_dir, name)
    return inspect_python_layer(Layers(layers_dir), ARTIFACT, {})


def test_image_keeps_it_where_nothing_changes(layers_dir: Path) -> None:
    unpack(layers_dir)
    finish(layers_dir, AT_LAUNCH, needed=True)
    python = restored(layers_dir)
    assert (python.restored, python.libpython_restored) == (IN_IMAGE, IN_IMAGE)
    assert finish(layers_dir, AT_LAUNCH, needed=True) == {"launch"}
    assert not is_on_disk(layers_dir)


def test_image_keeps_it_where_it_was_unpacked_for_the_build(layers_dir: Path) -> None:
    unpack(layers_dir)
    finish(layers_dir, AT_LAUNCH, needed=True)
    python = restored(layers_dir)
    unpack(layers_dir)
    finish_python_layer(Layers(layers_dir), python, AT_LAUNCH, needs_libpython=True)
    assert layer_types(layers_dir, "libpython") == {"launch"}
    assert not is_on_disk(layers_dir)


def test_runtime_without_its_library_is_not_reused(layers_dir: Path) -> None:
    unpack(layers_dir)
    finish(layers_dir, KEPT, needed=False)
    python = restored(layers_dir)
    assert (python.restored, python.libpython_restored) == (ON_DISK, ON_DISK)
    Layers(layers_dir).remove("libpython")
    python = inspect_python_layer(Layers(layers_dir), ARTIFACT, {})
    assert python.restored == Changed(("its shared library wasn't restored",))


def test_another_runtime_takes_the_library_with_it(layers_dir: Path) -> None:
    unpack(layers_dir)
    finish(layers_dir, KEPT, needed=True)
    restored(layers_dir)
    unpack(layers_dir, SONAME)
    assert finish(layers_dir, KEPT, needed=False) is None
    assert not is_on_disk(layers_dir)


@pytest.mark.parametrize(
    ("needed", "machine", "expected"),
    [
        (SONAME, AMD64, True),
        ("$ORIGIN/../lib/libpython3.so", AMD64, True),
        (SONAME, ARM64, False),
        ("libpython3.12.so.1.0", AMD64, False),
    ],
)
@pytest.mark.parametrize("place", ["bin/uwsgi", f"lib/python{SERIES}/site-packages/a/plug_in.so"])
def test_environment_that_needs_it(
    layers_dir: Path, place: str, needed: str, machine: int, expected: bool
) -> None:
    unpack(layers_dir)
    venv_dir, layers = layers_dir / "venv", Layers(layers_dir)
    file = venv_dir / place
    file.parent.mkdir(parents=True)
    file.write_bytes(elf_bytes("libc.so.6", needed, machine=machine))
    libraries = VenvLibraries(venv_dir, AMD64)
    assert list(libraries.linked_to(libpython_names(layers))) == ([file] if expected else [])
    layers.remove("libpython")
    assert not libpython_names(layers)
