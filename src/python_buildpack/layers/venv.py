"""The layer ``venv``: the app's dependencies, in a virtual environment of the standard library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import new_layer, write_layer
from python_buildpack.command import check_command
from python_buildpack.layers.bytecode import compile_directory
from python_buildpack.layers.changes import with_format
from python_buildpack.layers.python import PythonLayer
from python_buildpack.output import Output

# After ``python`` in the alphabet: the lifecycle puts the last layer first on PATH.
NAME = "venv"

# Nobody imports a package's own tests in production; their sources stay, their bytecode would be
# a fifth of the layer.
_TEST_DIRECTORIES = frozenset({"test", "tests"})


@dataclass(frozen=True)
class VenvLayer:
    """A virtual environment.

    Attributes:
        directory: where it is, here and in the run image.
        environment: with it first on PATH.
    """

    directory: Path
    environment: Mapping[str, str]


def contribute_venv_layer(
    layers_dir: Path,
    python: PythonLayer,
    *,
    environment: Mapping[str, str],
    install: Callable[[VenvLayer], None],
    output: Output,
) -> VenvLayer:
    """Make the virtual environment from nothing.

    Args:
        layers_dir: this buildpack's layers.
        python: which the environment is for.
        environment: that of the package manager.
        install: installs the app's dependencies into the environment that is given to it,
            without bytecode.
        output: the log.

    Raises:
        BuildpackError: whatever ``install`` raises; no layer is left then.
        CommandFailedError: Python could not make an environment.
    """
    layer_dir = layers_dir / NAME
    layer_env = _layer_env(layer_dir)
    path = f"{layer_dir / 'bin'}:{environment['PATH']}"
    layer = VenvLayer(layer_dir, layer_env.apply(Scope.BUILD, {**environment, "PATH": path}))
    with new_layer(layers_dir, NAME):
        check_command(
            # Isolated: a venv.py or logging.py in the working directory must not be imported.
            [python.executable, "-I", "-m", "venv", "--without-pip", layer_dir],
            environment=python.environment,
            working_dir=layer_dir,
        )
        install(layer)
        with output.timed("Compiling bytecode"):
            compile_directory(
                layer_dir, python=python.executable, skipped_directories=_TEST_DIRECTORIES
            )
    write_layer(layers_dir, NAME, LayerTypes(launch=True, build=True), with_format({}), layer_env)
    return layer


def _layer_env(layer_dir: Path) -> LayerEnv:
    return LayerEnv().insert(
        Scope.ALL, ModificationBehavior.OVERRIDE, "VIRTUAL_ENV", str(layer_dir)
    )
