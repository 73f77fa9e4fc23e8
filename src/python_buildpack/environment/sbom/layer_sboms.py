"""Writing the bill of materials of each layer, beside the layer.

A layer that is reused keeps the one that it was made with, which the lifecycle gives back with the
layer's metadata; ``cnb.layers_dir`` takes a layer for empty where it is not that one.
"""

from __future__ import annotations

from pathlib import Path

from python_buildpack.cnb.layers_dir import Layers, SbomFormat
from python_buildpack.environment.resolution import Resolution
from python_buildpack.environment.sbom.components import Sbom
from python_buildpack.environment.sbom.cyclonedx import cyclonedx_json
from python_buildpack.environment.sbom.distributions import environment_sbom
from python_buildpack.environment.sbom.runtime import runtime_sbom
from python_buildpack.environment.sbom.spdx import spdx_json
from python_buildpack.python_version.inventory import Artifact


def write_python_sbom(layers_dir: Path, layer: str, artifact: Artifact) -> None:
    """Describe the runtime in ``layer``.

    Raises:
        OSError: the filesystem refused.
    """
    _write(layers_dir, runtime_sbom(layer, artifact))


def write_environment_sbom(
    layers_dir: Path,
    layer: str,
    *,
    python_version: str,
    resolution: Resolution | None,
) -> None:
    """Describe the distributions in ``layer``, which is on disk.

    Args:
        layers_dir: this buildpack's layers.
        layer: a virtual environment or a user site.
        python_version: X.Y or X.Y.Z.
        resolution: what was installed, as far as it is known.

    Raises:
        OSError: the filesystem refused.
    """
    sbom = environment_sbom(layer, layers_dir / layer, python_version, resolution)
    _write(layers_dir, sbom)


def _write(layers_dir: Path, sbom: Sbom) -> None:
    documents = {
        SbomFormat.CYCLONEDX: cyclonedx_json(sbom),
        SbomFormat.SPDX: spdx_json(sbom),
    }
    Layers(layers_dir).write_sboms(sbom.layer, documents)
