"""Python without an app: what other buildpacks have asked for."""

from __future__ import annotations

from python_buildpack.app.request import Build
from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers import django, libpython, sizing, venv
from python_buildpack.layers.bytecode.compiler import bytecode_compiler
from python_buildpack.layers.judgement import Decision
from python_buildpack.layers.part_names import remove_parts
from python_buildpack.layers.provisions import PYTHON
from python_buildpack.layers.python import PythonLayer, finish_python_layer, install_python


def build_python_alone(build: Build, layers: Layers, python: PythonLayer) -> tuple[Decision, ...]:
    """Make, or keep, the layers of Python, and remove those of an app; return what became of them.

    Raises:
        BuildpackError: it can't be made.
    """
    with (
        layers.removed_on_failure(),
        bytecode_compiler(python.executable, output=build.output) as compiler,
    ):
        decision = install_python(build, layers, python, compiler)
    types = _types(build)
    # What others do with Python in the image isn't known.
    needs_libpython = types.launch and (layers.directory / libpython.NAME).is_dir()
    finish_python_layer(layers, python, types, needs_libpython=needs_libpython)
    for name in (venv.NAME, venv.CONDA, sizing.NAME, django.NAME):
        layers.remove(name)
    remove_parts(layers)
    return decision, libpython.libpython_decision(decision)


def _types(build: Build) -> LayerTypes:
    """Return the layer's types; ``launch`` in a requirement's metadata asks for the run image."""
    is_required_at_launch = any(
        entry.name == PYTHON and entry.metadata.get("launch") is True
        for entry in build.plan.entries
    )
    return LayerTypes(launch=is_required_at_launch, build=True, cache=True)
