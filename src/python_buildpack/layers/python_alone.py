"""Python without an app, for the buildpacks that have asked for it."""

from __future__ import annotations

from python_buildpack.app.request import Build
from python_buildpack.cnb.buildpack_plan import BuildpackPlan
from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layers_dir import Layers
from python_buildpack.layers import django, sizing, venv
from python_buildpack.layers.bytecode.compiler import bytecode_compiler
from python_buildpack.layers.provisions import PYTHON
from python_buildpack.layers.python import PythonLayer, finish_python_layer, install_python


def build_python_alone(build: Build, layers: Layers, python: PythonLayer) -> None:
    """Build the layer of Python, and remove those of an app that was here before.

    Raises:
        BuildpackError: as ``install_python`` tells.
    """
    mirror, output = build.settings.dependency_mirror, build.output
    with (
        layers.removed_on_failure(),
        bytecode_compiler(python.executable, output=output) as compiler,
    ):
        install_python(layers, python, compiler, mirror=mirror, output=output)
    finish_python_layer(layers, python, _types(build.plan))
    for name in (venv.NAME, sizing.NAME, django.NAME):
        layers.remove(name)


def _types(plan: BuildpackPlan) -> LayerTypes:
    """Return the types of the layer.

    ``launch`` in a requirement's metadata is how others ask for Python in the run image.
    """
    is_required_at_launch = any(
        entry.name == PYTHON and entry.metadata.get("launch") is True for entry in plan.entries
    )
    return LayerTypes(launch=is_required_at_launch, build=True, cache=True)
