"""The layer ``venv``: the app's dependencies, in a virtual environment of the standard library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import Layer, Layers
from python_buildpack.environment.resolution import Resolution
from python_buildpack.layers.python import PythonLayer
from python_buildpack.layers.venv_record import VenvRecord
from python_buildpack.system.command import check_command, with_first_on_path

# After ``python`` in the alphabet: the lifecycle puts the last layer first on PATH.
NAME = "venv"
# In place of it and of Python, for an environment that has its own; see layers/conda.py.
CONDA = "conda"

_LOCK_FILE = "pylock.toml"


@dataclass(frozen=True)
class VenvLayer:
    """An environment, virtual or with a Python of its own; ``name`` is the layer's."""

    name: str
    directory: Path
    environment: Mapping[str, str]

    @property
    def python(self) -> Path:
        """The interpreter that finds what is installed."""
        return self.directory / "bin" / "python"


def venv_layer(layers: Layers, environment: Mapping[str, str]) -> VenvLayer:
    """Return the virtual environment, without making it."""
    layer_dir = layers.directory / NAME
    on_path = with_first_on_path(environment, layer_dir / "bin")
    return VenvLayer(NAME, layer_dir, _layer_env(layer_dir).apply(Scope.BUILD, on_path))


def make_venv(layers: Layers, python: PythonLayer) -> None:
    """Make an empty virtual environment.

    Raises:
        CommandFailedError: Python could not make it.
    """
    directory = layers.make(NAME)
    check_command(
        # Isolated: a venv.py or logging.py in the working directory must not be imported. No
        # bytecode: that of the standard library is in the making.
        [python.executable, "-I", "-B", "-m", "venv", "--without-pip", directory],
        environment=python.environment,
        working_dir=directory,
    )


def write_lock_and_sbom(layers: Layers, python: PythonLayer, resolution: Resolution) -> None:
    """Write down what was installed: a lock in the environment, an SBOM beside it."""
    from python_buildpack.environment.lock_file import pylock_toml
    from python_buildpack.environment.sbom.distributions import environment_sbom
    from python_buildpack.environment.sbom.layer_sboms import write_layer_sbom

    directory = layers.directory / NAME
    lock = directory / _LOCK_FILE
    lock.write_text(pylock_toml(resolution), encoding="utf-8", newline="\n")
    write_layer_sbom(layers, environment_sbom(NAME, directory, python.version, resolution))


def finish_venv_layer(layers: Layers, record: VenvRecord, types: LayerTypes) -> None:
    """Declare the layer; where it isn't on disk, the image keeps it."""
    layers.finish(Layer(NAME, record.to_metadata(), _layer_env(layers.directory / NAME)), types)


def _layer_env(layer_dir: Path) -> LayerEnv:
    return (
        LayerEnv()
        .insert(Scope.BUILD, ModificationBehavior.OVERRIDE, "VIRTUAL_ENV", str(layer_dir))
        .insert(Scope.LAUNCH, ModificationBehavior.DEFAULT, "VIRTUAL_ENV", str(layer_dir))
    )
