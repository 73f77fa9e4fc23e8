"""The layer ``sizing``: a program that sizes the app by its container's limits, at each start.

It is a layer of its own so that those of Python and of the app's dependencies stay the same where
the program changes. A few kilobytes, it is written on every build.
"""

from __future__ import annotations

from pathlib import Path

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import Layer, Layers
from python_buildpack.programs import SIZING

NAME = "sizing"

# Neither the app's modules nor its PYTHON* variables, neither site-packages nor new bytecode. All
# that follows the interpreter's path is one argument.
_OPTIONS = "-ISB"


def write_sizing_layer(layers: Layers, interpreter: Path) -> None:
    """Put the program into the image; the launcher finds it by the name of its directory.

    https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#execd
    """
    directory = layers.make(NAME) / "exec.d"
    directory.mkdir()
    program = directory / NAME
    program.write_bytes(f"#!{interpreter} {_OPTIONS}\n".encode() + SIZING.read_bytes())
    for path in (directory, program):
        path.chmod(0o755)
    layers.finish(Layer(NAME), LayerTypes(launch=True))
