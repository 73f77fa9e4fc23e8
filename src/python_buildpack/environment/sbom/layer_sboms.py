"""Writing the bill of materials of each layer, beside the layer.

A layer that is reused keeps the one that it was made with, which the lifecycle gives back with the
layer's metadata; ``cnb.layers_dir`` takes a layer for empty if it is not that one.
"""

from __future__ import annotations

from python_buildpack.cnb.layers_dir import Layers, SbomFormat
from python_buildpack.environment.sbom.components import Sbom
from python_buildpack.environment.sbom.cyclonedx import cyclonedx_json
from python_buildpack.environment.sbom.spdx import spdx_json


def write_layer_sbom(layers: Layers, sbom: Sbom) -> None:
    """Describe a layer."""
    documents = {
        SbomFormat.CYCLONEDX: cyclonedx_json(sbom),
        SbomFormat.SPDX: spdx_json(sbom),
    }
    layers.write_sboms(sbom.layer, documents)
