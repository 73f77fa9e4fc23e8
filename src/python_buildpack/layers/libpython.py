"""The layer ``libpython``: the interpreter as a shared library, for programs that embed it.

Where the runtime's executable doesn't need the library, few apps do, and it is a quarter of the
runtime. Links in the layer ``python`` lead to it: it is where ``sysconfig`` says, and that layer is
the same in every app, whether the image has this one or not.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import Layer, Layers
from python_buildpack.layers.judgement import Decision

NAME = "libpython"
_LIBRARIES = "lib/libpython*.so*"


def move_libpython(layers: Layers, python_dir: Path, executable: Path) -> bool:
    """Move the library out of a runtime whose executable doesn't need it; tell whether it did."""
    from python_buildpack.environment.linkage.elf import read_elf

    layers.remove(NAME)
    libraries = sorted(python_dir.glob(_LIBRARIES))
    elf = read_elf(executable)
    # An older runtime of python-build-standalone needs "$ORIGIN/../lib/libpython3.13.so.1.0".
    if not libraries or elf is None or any("libpython" in name for name in elf.needed):
        return False
    directory = layers.make(NAME) / "lib"
    directory.mkdir()
    directory.chmod(0o755)
    for library in libraries:
        library.rename(directory / library.name)
        library.symlink_to(Path("..", "..", NAME, "lib", library.name))
    # An interpreter that is embedded looks for the standard library beside its own.
    standard_library = executable.name
    target = Path("..", "..", python_dir.name, "lib", standard_library)
    (directory / standard_library).symlink_to(target)
    return True


def is_moved(python_dir: Path) -> bool:
    """Return whether a runtime's shared library is in the layer of its own."""
    links = (path for path in python_dir.glob(_LIBRARIES) if path.is_symlink())
    return any(NAME in link.readlink().parts for link in links)


def libpython_names(layers: Layers) -> frozenset[str]:
    """Return the file names of the library, if the layer is on disk."""
    return frozenset(path.name for path in (layers.directory / NAME).glob(_LIBRARIES))


def libpython_decision(python: Decision) -> Decision:
    """Return what became of the layer: the same as of ``python``."""
    return replace(python, layer=NAME)


def finish_libpython_layer(
    layers: Layers, layer: Layer, types: LayerTypes, *, at_launch: bool
) -> None:
    """Declare the layer, or remove it where there is nothing to declare.

    Args:
        types: of the layer ``python``.
        at_launch: whether something in the image needs it. The image has it where it isn't on disk.
    """
    is_kept = types.build and (layers.directory / NAME).is_dir()
    if at_launch or is_kept:
        layers.finish(layer, replace(types, launch=at_launch))
    else:
        layers.remove(NAME)
