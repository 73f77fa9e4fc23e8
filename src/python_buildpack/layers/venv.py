"""The layer ``venv``: the app's dependencies, in a virtual environment of the standard library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.cnb.layer_content_metadata import LayerTypes
from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.cnb.layers_dir import new_layer, write_layer
from python_buildpack.environment.resolution import Resolution
from python_buildpack.layers.python import PythonLayer
from python_buildpack.layers.reserved_names import check_reserved_names
from python_buildpack.layers.venv_record import VenvRecord
from python_buildpack.system.command import check_command, with_first_on_path

# After ``python`` in the alphabet: the lifecycle puts the last layer first on PATH.
NAME = "venv"

_LOCK_FILE = "pylock.toml"


@dataclass(frozen=True)
class VenvLayer:
    """A virtual environment.

    Attributes:
        directory: where it is, here and in the run image.
        environment: with it first on PATH.
    """

    directory: Path
    environment: Mapping[str, str]


def venv_layer(layers_dir: Path, environment: Mapping[str, str]) -> VenvLayer:
    """Return the virtual environment, without making it.

    Args:
        layers_dir: this buildpack's layers.
        environment: that of the package manager.
    """
    layer_dir = layers_dir / NAME
    on_path = with_first_on_path(environment, layer_dir / "bin")
    return VenvLayer(layer_dir, _layer_env(layer_dir).apply(Scope.BUILD, on_path))


@contextmanager
def new_venv(layers_dir: Path, venv: VenvLayer, python: PythonLayer) -> Iterator[None]:
    """Make an empty virtual environment; where the block fails, it is removed again.

    Raises:
        CommandFailedError: Python could not make it.
    """
    with new_layer(layers_dir, NAME):
        check_command(
            # Isolated: a venv.py or logging.py in the working directory must not be imported. No
            # bytecode: that of the standard library is in the making.
            [python.executable, "-I", "-B", "-m", "venv", "--without-pip", venv.directory],
            environment=python.environment,
            working_dir=venv.directory,
        )
        yield


def write_lock(venv: VenvLayer, resolution: Resolution) -> None:
    """Write what is installed into the environment, for whoever looks into the image."""
    # Imported here: a build that reuses the environment, which is to take no time, writes none.
    from python_buildpack.environment.lock_file import pylock_toml

    lock = venv.directory / _LOCK_FILE
    lock.write_text(pylock_toml(resolution), encoding="utf-8", newline="\n")


def write_lock_and_sbom(
    layers_dir: Path, venv: VenvLayer, python: PythonLayer, resolution: Resolution
) -> None:
    """Write down what was installed: a lock in the environment, an SBOM beside it.

    Args:
        layers_dir: this buildpack's layers.
        venv: the environment, complete.
        python: which runs it.
        resolution: what was installed.

    Raises:
        ReservedFilesError: what was installed would be taken for the buildpack's.
    """
    check_reserved_names(venv.directory)
    from python_buildpack.environment.sbom.layer_sboms import write_environment_sbom

    write_lock(venv, resolution)
    write_environment_sbom(layers_dir, NAME, python_version=python.version, resolution=resolution)


def finish_venv_layer(
    layers_dir: Path, record: VenvRecord, types: LayerTypes, *, detect_changes: bool
) -> None:
    """Declare the layer; where it isn't on disk, the image keeps it.

    Args:
        layers_dir: this buildpack's layers.
        record: what is remembered of it.
        types: who gets it.
        detect_changes: whether a later buildpack may change it.
    """
    layer_env = _layer_env(layers_dir / NAME)
    write_layer(
        layers_dir, NAME, types, record.to_metadata(), layer_env, detect_changes=detect_changes
    )


def _layer_env(layer_dir: Path) -> LayerEnv:
    return (
        LayerEnv()
        .insert(Scope.BUILD, ModificationBehavior.OVERRIDE, "VIRTUAL_ENV", str(layer_dir))
        .insert(Scope.LAUNCH, ModificationBehavior.DEFAULT, "VIRTUAL_ENV", str(layer_dir))
    )
